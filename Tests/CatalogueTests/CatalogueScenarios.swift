import Bundles
import ClusterModel
import Digests
import Foundation
import Planning
import TestSupport
import Testing

@testable import Catalogue

/// A kind of cluster that the catalogue's tests build.
struct Scenario: Sendable, Codable, CustomTestStringConvertible {
    enum NetworkKind: String, Sendable, Codable, CaseIterable {
        case routed
        case none
        case manifest
    }

    var profile = Profile.lab
    var packages = Packages.Source.bundle
    var network = NetworkKind.routed
    var endpoint = Endpoint.Kind.keepalived
    /// False: images are pulled, and the runtime and its package come from the distribution.
    var isBundle = true
    var controlPlanes = 3

    var testDescription: String {
        "\(profile), packages from \(packages), network \(network), endpoint \(endpoint), "
            + "\(isBundle ? "bundle" : "upstream"), \(controlPlanes)+1 hosts"
    }

    static let all: [Scenario] = Profile.allCases.flatMap { profile in
        [
            Scenario(profile: profile), Scenario(profile: profile, packages: .distribution),
            Scenario(profile: profile, network: .none), Scenario(profile: profile, network: .manifest),
            Scenario(profile: profile, packages: .distribution, isBundle: false),
            Scenario(profile: profile, endpoint: .external),
            Scenario(profile: profile, endpoint: .host, controlPlanes: 1),
        ]
    }

    static let manifest = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: network\n"
    static let version = KubernetesVersion(1, 31, 4)

    var spec: ClusterSpec {
        let planes = (1...controlPlanes).map { number in
            HostSpec(
                name: "cp\(number)", address: "192.0.2.1\(number)", internalAddress: "10.20.0.1\(number)",
                roles: [.controlPlane])
        }
        let worker = HostSpec(
            name: "worker1", address: "192.0.2.21", internalAddress: "10.20.0.21", roles: [.worker],
            labels: ["disk": "ssd"], taints: [Taint(key: "dedicated", value: "batch", effect: .noSchedule)])
        let plugin: Network.Plugin =
            switch network {
            case .routed: .routed
            case .none: .none
            case .manifest: .manifest(location: "network.yaml", sha256: Digest.sha256(Self.manifest))
            }
        let address = endpoint == .host ? "10.20.0.11" : "10.20.0.100"
        return ClusterSpec(
            name: "example", profile: profile,
            kubernetes: Kubernetes(
                driver: .kubeadm, version: Self.version,
                source: isBundle ? .bundle(path: "bundle.tar") : .upstream(Kubernetes.Upstream())),
            endpoint: Endpoint(kind: endpoint, address: address, port: endpoint == .keepalived ? 8443 : 6443),
            network: Network(plugin: plugin), images: Images(), packages: Packages(source: packages),
            components: Components(), hosts: planes + [worker])
    }

    var release: Release {
        func file(_ name: String, _ version: String = "") -> Artefact {
            Artefact(
                name: name, version: version, sha256: Digest.sha256(name), size: 1_000_000,
                content: .file(path: "/bundle/\(name)", offset: 0))
        }
        let runtime = isBundle && packages == .bundle ? ["containerd", "containerd-shim-runc-v2", "ctr", "runc"] : []
        let components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"]
        let images =
            components.map { "registry.k8s.io/\($0):\(Self.version)" }
            + ["registry.k8s.io/etcd:3.5.15-0", "registry.k8s.io/pause:3.10", "registry.example.org/cluster-dns:1.0"]
        return Release(
            kubernetesVersion: Self.version, architecture: .amd64,
            binaries: ["kubeadm", "kubelet", "kubectl", "crictl"].map { file($0, "\(Self.version)") }
                + runtime.map { file($0, "1.7.22") },
            cniPlugins: PodNetwork.plugins.map { file($0) },
            images: isBundle
                ? images.map { name in
                    let short = name.split(separator: "/").last?.split(separator: ":").first ?? ""
                    return ImageArtefact(references: [name], artefact: file("\(short).tar"))
                } : [],
            packages: isBundle
                ? ["conntrack", "socat", "haproxy"].map {
                    PackageArtefact(distribution: "debian-12", artefact: file($0))
                } : [])
    }

    var fresh: VirtualCluster {
        VirtualCluster(spec, release, manifest: network == .manifest ? Self.manifest : nil)
    }

    /// The cluster after its first run.
    var complete: VirtualCluster {
        var cluster = fresh
        var numbers = SeededNumbers(seed: 1)
        cluster.run(cluster.plan(), numbers: &numbers)
        return cluster
    }
}
