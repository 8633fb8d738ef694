import ClusterModel
import TestSupport
import Testing

@testable import Catalogue

@Suite("Documents for kubeadm")
struct RenderingKubeadmTests {
    static let token = "«slot:join-token»"
    static let key = "«slot:certificate-key»"

    static func initDocuments(_ context: KubeadmContext) -> String {
        KubeadmConfiguration.initDocuments(
            context, host: context.spec.controlPlanes[0], token: token, certificateKey: key)
    }

    static func join(_ context: KubeadmContext, _ host: HostSpec) -> String {
        KubeadmConfiguration.joinDocument(
            context, host: host, token: token, caCertificateHash: "«slot:ca-hash»",
            apiServerEndpoint: "10.20.0.100:8443", certificateKey: host.isControlPlane ? key : nil)
    }

    @Test("init of the first of three control planes", arguments: RenderingFixtures.versions, Profile.allCases)
    func initGolden(version: KubernetesVersion, profile: Profile) throws {
        let context = RenderingFixtures.context(version, profile: profile)
        try expectGolden(Self.initDocuments(context), "kubeadm/\(version)-\(profile.rawValue)-init.yaml")
    }

    @Test("joins of a control plane and of a worker", arguments: RenderingFixtures.versions, Profile.allCases)
    func joinGolden(version: KubernetesVersion, profile: Profile) throws {
        let context = RenderingFixtures.context(version, profile: profile)
        let documents = [context.spec.controlPlanes[1], context.spec.workers[0]].map { Self.join(context, $0) }
        try expectGolden(
            documents.joined(separator: "---\n"), "kubeadm/\(version)-\(profile.rawValue)-join.yaml")
    }

    @Test("what the spec says comes last", arguments: RenderingFixtures.versions)
    func overrides(version: KubernetesVersion) throws {
        let context = RenderingFixtures.overridden(version)
        let text = Self.initDocuments(context)
        try expectGolden(text, "kubeadm/\(version)-overrides-init.yaml")
        #expect(text.contains("profiling: \"true\"") || text.contains("name: profiling\n      value: \"true\""))
        #expect(text.contains("maxPods: 50"))
        #expect(!text.contains("podPidsLimit"), "null gives a field back to the kubelet")
        #expect(text.contains("memory.available: 1Gi") && text.contains("nodefs.available: 10%"), "maps are merged")
        #expect(text.contains("taints: []"), "a control plane that is a worker, too, has no taint")
        #expect(!text.contains("allocate-node-cidrs"))
    }

    @Test("the format follows the version")
    func formats() {
        let formats: [(KubernetesVersion, KubeadmAPI)] = [
            (KubernetesVersion(1, 20, 2), .v1beta2), (KubernetesVersion(1, 21, 14), .v1beta2),
            (KubernetesVersion(1, 22, 0), .v1beta3), (KubernetesVersion(1, 30, 9), .v1beta3),
            (KubernetesVersion(1, 31, 0), .v1beta4), (KubernetesVersion(1, 36, 0), .v1beta4),
        ]
        for (version, api) in formats {
            #expect(KubernetesFacts(version).kubeadmAPI == api, "\(version)")
        }
    }

    @Test("the socket is a path up to 1.23 and a URL from 1.24 on")
    func socket() {
        let old = KubernetesFacts(KubernetesVersion(1, 23, 17))
        let new = KubernetesFacts(KubernetesVersion(1, 24, 0))
        for written in ["/run/containerd/containerd.sock", "unix:///run/containerd/containerd.sock"] {
            #expect(old.criSocket(written) == "/run/containerd/containerd.sock")
            #expect(new.criSocket(written) == "unix:///run/containerd/containerd.sock")
        }
    }

    @Test("taints and labels of a control plane by version")
    func roles() {
        let expected: [(Int, [String], [String])] = [
            (20, ["master"], ["control-plane", "master"]), (23, ["master"], ["control-plane", "master"]),
            (24, ["control-plane", "master"], ["control-plane"]), (25, ["control-plane"], ["control-plane"]),
        ]
        for (minor, taints, labels) in expected {
            let facts = KubernetesFacts(KubernetesVersion(1, minor, 0))
            #expect(facts.controlPlaneTaints == taints.map { "node-role.kubernetes.io/" + $0 }, "1.\(minor)")
            #expect(facts.controlPlaneLabels == labels.map { "node-role.kubernetes.io/" + $0 }, "1.\(minor)")
        }
    }

    @Test("labels that a kubelet may not set are left to the API")
    func labels() {
        let labels = RenderingFixtures.cluster(KubernetesVersion(1, 20, 2), profile: .lab).workers[0].labels
        #expect(NodeLabels.settableByKubelet(labels) == ["disk": "ssd", "topology.kubernetes.io/zone": "a"])
        #expect(
            NodeLabels.settableByAPI(labels) == [
                "node-role.kubernetes.io/worker": "", "node-restriction.kubernetes.io/team": "blue",
            ])
    }

    @Test("certificates have every name of the API servers once")
    func certificateNames() {
        let spec = RenderingFixtures.overridden(KubernetesVersion(1, 20, 2)).spec
        #expect(
            KubeadmConfiguration.certificateNames(spec) == [
                "10.20.0.100", "cp1", "10.20.0.11", "192.0.2.11", "cp2", "10.20.0.12", "192.0.2.12", "cp3",
                "10.20.0.13",
                "192.0.2.13", "127.0.0.1", "localhost", "api.example.org",
            ])
    }

    @Test("DNS of martlet's own is a phase to skip, then a field")
    func skippedPhases() {
        var context = RenderingFixtures.context(KubernetesVersion(1, 20, 2), profile: .lab)
        #expect(KubeadmConfiguration.skipPhases(context) == ["addon/coredns"])
        context.usesKubeadmDNS = true
        #expect(KubeadmConfiguration.skipPhases(context) == [])
        let new = RenderingFixtures.context(KubernetesVersion(1, 31, 4), profile: .lab)
        #expect(KubeadmConfiguration.skipPhases(new) == [])
        #expect(Self.initDocuments(new).contains("dns:\n  disabled: true\n"))
    }

    @Test("the image of a DNS add-on that is skipped need not be there")
    func imagePull() {
        let lab = { RenderingFixtures.context(KubernetesVersion(1, $0, 0), profile: .lab) }
        let old = lab(20)
        #expect(Self.initDocuments(old).contains("ignorePreflightErrors:\n    - ImagePull\n"))
        #expect(Self.join(old, old.spec.controlPlanes[1]).contains("- ImagePull\n"))
        #expect(!Self.join(old, old.spec.workers[0]).contains("ImagePull"))
        #expect(!Self.initDocuments(lab(31)).contains("ImagePull"))
        var own = old
        own.usesKubeadmDNS = true
        #expect(!Self.initDocuments(own).contains("ImagePull"))
    }

    @Test("CoreDNS is found in the registry by versions that look in the wrong folder")
    func coreDNSRepository() {
        let documents = [20, 21, 24, 25].map { minor in
            Self.initDocuments(RenderingFixtures.context(KubernetesVersion(1, minor, 0), profile: .production))
        }
        let moved = "imageRepository: registry.k8s.io/coredns"
        #expect(documents.map { $0.contains(moved) } == [false, true, true, false])
        #expect(documents[1].contains("type: CoreDNS"), "v1beta2 has a type")
        #expect(!documents[2].contains("type: CoreDNS"), "v1beta3 has none")
    }

    @Test("CoreDNS of a bundle is asked for under the bundle's name")
    func coreDNSOfBundle() {
        for minor in [20, 24, 36] {
            var context = RenderingFixtures.context(KubernetesVersion(1, minor, 0), profile: .production)
            context.coreDNSImage = CoreDNSImage(repository: "registry.example/dns", tag: "v1.99.0")
            let dns = "dns:\n  imageRepository: registry.example/dns\n  imageTag: v1.99.0\n"
            #expect(Self.initDocuments(context).contains(dns))
        }
    }

    @Test("GOAWAY only where several servers share an address")
    func goaway() {
        var context = RenderingFixtures.context(KubernetesVersion(1, 24, 17), profile: .production)
        #expect(Self.initDocuments(context).contains("goaway-chance"))
        context.spec.hosts = [context.spec.hosts[0]]
        #expect(!Self.initDocuments(context).contains("goaway-chance"))
    }

    @Test("files of the API server")
    func controlPlaneFiles() throws {
        try expectGolden(ControlPlaneFiles.auditPolicy(), "kubeadm/audit-policy.yaml")
        try expectGolden(
            ControlPlaneFiles.encryptionConfiguration(key: "«slot:encryption-key»"), "kubeadm/encryption.yaml")
    }
}
