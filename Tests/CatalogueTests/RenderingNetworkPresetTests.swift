import ClusterModel
import Testing

@testable import Catalogue

@Suite("Pod networks of others")
struct RenderingNetworkPresetTests {
    @Test("where the file of a version is")
    func sources() {
        let expected: [(Network.Preset, String, String?, NetworkPreset.Form?)] = [
            (
                .flannel, "v0.26.1", "https://github.com/flannel-io/flannel/releases/download/v0.26.1/kube-flannel.yml",
                .manifest
            ),
            (
                .calico, "3.29.1",
                "https://raw.githubusercontent.com/projectcalico/calico/v3.29.1/manifests/calico.yaml",
                .manifest
            ),
            (.cilium, "v1.18.0", "https://helm.cilium.io/cilium-1.18.0.tgz", .helmChart),
            (.flannel, "v0.19.0", nil, nil), (.calico, "v3.20.6", nil, nil), (.cilium, "1.9.18", nil, nil),
            (.calico, "v3.29", nil, nil), (.calico, "latest", nil, nil), (.cilium, "v1.19.0-rc.1", nil, nil),
            (.flannel, "v0.26.1/../..", nil, nil),
        ]
        for (preset, version, url, form) in expected {
            let source = NetworkPreset(preset).source(version: version)
            #expect(source?.url == url, "\(preset) \(version)")
            #expect(source?.form == form, "\(preset) \(version)")
        }
    }

    @Test("which versions were tested together")
    func fits() {
        let expected: [(Network.Preset, String, KubernetesVersion, NetworkPreset.Fit)] = [
            (.flannel, "v0.26.1", KubernetesVersion(1, 20, 2), .tested),
            (
                .flannel, "v0.26.1", KubernetesVersion(1, 16, 0),
                .unsupported("flannel's manifest is for Kubernetes 1.17 and newer")
            ),
            (.calico, "v3.29.1", KubernetesVersion(1, 31, 4), .tested),
            (.calico, "v3.29.1", KubernetesVersion(1, 36, 0), .untested),
            (.calico, "v3.24.0", KubernetesVersion(1, 24, 0), .untested),
            (.cilium, "1.18.2", KubernetesVersion(1, 30, 0), .tested),
            (.cilium, "1.18.2", KubernetesVersion(1, 20, 2), .untested),
            (
                .cilium, "newest", KubernetesVersion(1, 30, 0),
                .unsupported("cilium newest is no release whose file martlet knows where to find")
            ),
        ]
        for (preset, version, kubernetes, fit) in expected {
            #expect(NetworkPreset(preset).fit(version: version, kubernetes: kubernetes) == fit, "\(preset) \(version)")
        }
    }

    @Test("the written network of pods is replaced, and only where one is written")
    func adapted() {
        let manifest = "{ \"Network\": \"10.244.0.0/16\", \"Backend\": 1 }\n# 10.244.0.0/16\n"
        #expect(
            NetworkPreset(.flannel).adapted(manifest: manifest, pods: "10.9.0.0/16")
                == "{ \"Network\": \"10.9.0.0/16\", \"Backend\": 1 }\n# 10.244.0.0/16\n")
        #expect(NetworkPreset(.calico).adapted(manifest: manifest, pods: "10.9.0.0/16") == manifest)
    }
}
