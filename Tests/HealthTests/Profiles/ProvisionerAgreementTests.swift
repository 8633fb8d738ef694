import Catalogue
import ClusterModel
import ConfigTree
import Foundation
import Planning
import TestSupport
import Testing
import YAMLDocument

@testable import Health

/// What the provisioner writes for `profile: production` passes the probe about it, for each version.
///
/// The flags are the rendered `extraArgs` upon those that kubeadm adds itself.
@Suite("The provisioner and the profiles agree")
struct ProvisionerAgreementTests {
    static let versions = [KubernetesVersion(1, 20, 2), KubernetesVersion(1, 29, 15), KubernetesVersion(1, 33, 1)]

    /// What kubeadm 1.20 and later give the programs beyond a spec (cmd/kubeadm/app/phases), as far as probes read it.
    static let kubeadm: [ClusterProgram: [String: String]] = [
        .apiServer: [
            "enable-admission-plugins": "NodeRestriction", "authorization-mode": "Node,RBAC",
            "client-ca-file": "/etc/kubernetes/pki/ca.crt",
        ],
        .controllerManager: ["bind-address": "127.0.0.1", "use-service-account-credentials": "true"],
        .scheduler: ["bind-address": "127.0.0.1"],
        .etcd: [
            "cert-file": "/etc/kubernetes/pki/etcd/server.crt", "key-file": "/etc/kubernetes/pki/etcd/server.key",
            "trusted-ca-file": "/etc/kubernetes/pki/etcd/ca.crt", "client-cert-auth": "true",
            "peer-cert-file": "/etc/kubernetes/pki/etcd/peer.crt", "peer-key-file": "/etc/kubernetes/pki/etcd/peer.key",
            "peer-trusted-ca-file": "/etc/kubernetes/pki/etcd/ca.crt", "peer-client-cert-auth": "true",
        ],
        .kubelet: ["config": "/var/lib/kubelet/config.yaml"],
    ]

    static func context(_ version: KubernetesVersion, _ profile: Profile) -> KubeadmContext {
        let hosts = (1...3).map { number in
            HostSpec(
                name: "cp\(number)", address: "192.0.2.1\(number)", internalAddress: "10.20.0.1\(number)",
                roles: [.controlPlane])
        }
        return KubeadmContext(
            spec: ClusterSpec(
                name: "example", profile: profile,
                kubernetes: Kubernetes(driver: .kubeadm, version: version, source: .bundle(path: "bundle.tar")),
                endpoint: Endpoint(kind: .keepalived, address: "10.20.0.100", port: 8443),
                network: Network(plugin: .routed), images: Images(), packages: Packages(), components: Components(),
                hosts: hosts))
    }

    /// The world that the rendered documents make.
    static func world(_ version: KubernetesVersion, _ profile: Profile) throws -> ProfileWorld {
        let context = context(version, profile)
        let text = KubeadmConfiguration.initDocuments(
            context, host: context.spec.hosts[0], token: nil, certificateKey: nil)
        let documents = try YAMLReader.documents(Array(text.utf8), file: "kubeadm")
        func document(_ kind: String) throws -> ConfigNode {
            try #require(documents.map(\.root).first { $0["kind"]?.text == kind })
        }
        var world = ProfileWorld()
        world.version = "v\(version.description.drop { $0 == "v" })"
        let cluster = try document("ClusterConfiguration")
        func arguments(_ node: ConfigNode?) -> [String: String] {
            guard let node = node?["extraArgs"] else { return [:] }
            // A mapping up to v1beta3, a list of names and values from v1beta4 on.
            let pairs =
                node.kind == .mapping
                ? node.entries.map { ($0.key.text, $0.value.text) }
                : node.items.map { ($0["name"]?.text ?? "", $0["value"]?.text ?? "") }
            return Dictionary(pairs, uniquingKeysWith: { $1 })
        }
        world.flags = kubeadm
        for (program, node) in [
            (ClusterProgram.apiServer, cluster["apiServer"]), (.controllerManager, cluster["controllerManager"]),
            (.scheduler, cluster["scheduler"]), (.etcd, cluster["etcd"]?["local"]),
        ] {
            world.flags[program]?.merge(arguments(node)) { $1 }
        }
        let parts = text.components(separatedBy: "\n---\n")
        world.kubelet =
            try #require(parts.first { $0.contains("kind: KubeletConfiguration") })
            // kubeadm fills these in (app/componentconfigs/kubelet.go).
            + "\nauthentication:\n  x509:\n    clientCAFile: /etc/kubernetes/pki/ca.crt\nrotateCertificates: true\n"
        world.auditPolicy = world.flags[.apiServer]?["audit-policy-file"] == nil ? nil : ControlPlaneFiles.auditPolicy()
        world.encryption = nil
        if let path = world.flags[.apiServer]?["encryption-provider-config"] {
            world.encryption = try words(
                of: ControlPlaneFiles.encryptionConfiguration(key: "c2VjcmV0"), path: path)
        }
        return world
    }

    /// Runs the question's own filter on the rendered file.
    private static func words(of text: String, path: String) throws -> String {
        let shell = try QuestionShell()
        try shell.write("/proc/10/comm", "kube-apiserver\n")
        try shell.write("/proc/10/cmdline", "kube-apiserver\0--encryption-provider-config=\(path)\0")
        try shell.write("/proc/10/root\(path)", text)
        return try shell.run(EncryptionProviders.question, moved: ["/proc"]).output
    }

    /// Probes about what the provisioner sets.
    static let agreed = [
        "audit-log", "audit-policy", "encryption", "admission", "authorization", "goaway", "tls-floor", "profiling",
        "bind-addresses", "etcd-tls", "etcd-quota", "kubelet-authentication", "kubelet-read-only-port",
        "kubelet-rotation", "kubelet-tls-floor", "kubelet-kernel", "kubelet-reservations", "kubelet-eviction",
        "kubelet-pids", "kubelet-logs", "kubelet-sessions",
    ]

    @Test("Production passes", arguments: versions)
    func production(_ version: KubernetesVersion) throws {
        let evidence = try Self.world(version, .production).evidence
        let later = version.isAtLeast(1, 25) ? ["kubelet-shutdown", "kubelet-seccomp"] : []
        for id in Self.agreed + later {
            let probes = HealthProfile.production.probes.filter { $0.id == "production.\(id)" }
            let findings = HealthEvaluation.findings(probes, evidence)
            #expect(!findings.isEmpty, "\(id)")
            for finding in findings { #expect(finding.status == .pass, "\(finding)") }
        }
        for id in [
            "1.2.20", "1.2.21", "1.2.22", "1.2.23", "1.2.24", "1.2.32", "1.2.33", "1.3.1", "1.3.2", "1.4.1",
            "3.2.1", "3.2.2", "4.2.6",
        ] {
            let findings = HealthEvaluation.findings(HealthProfile.cis.probes.filter { $0.id == "cis.\(id)" }, evidence)
            // Newer editions do not have this one, so that it is not judged there.
            let wanted: HealthStatus = id == "4.2.6" && version.isAtLeast(1, 25) ? .skipped : .pass
            #expect(!findings.isEmpty && findings.allSatisfy { $0.status == wanted }, "\(findings)")
        }
    }

    @Test("A lab does not, and the probes say what is missing", arguments: versions)
    func lab(_ version: KubernetesVersion) throws {
        let evidence = try Self.world(version, .lab).evidence
        for id in [
            "audit-log", "audit-policy", "encryption", "goaway", "profiling", "etcd-quota", "kubelet-kernel",
            "kubelet-reservations", "kubelet-eviction", "kubelet-pids",
        ] {
            let probes = HealthProfile.production.probes.filter { $0.id == "production.\(id)" }
            for finding in HealthEvaluation.findings(probes, evidence) {
                #expect(finding.status == .fail || finding.status == .warn, "\(finding)")
            }
        }
    }

    @Test("Kernel settings are those that the provisioner writes")
    func kernel() {
        let written = Dictionary(
            HostPreparation.settings(profile: .production, hostIsContainer: false).map { ($0.key, $0.value) },
            uniquingKeysWith: { $1 })
        for setting in ProductionHosts.settings {
            #expect(written[setting.name].flatMap { Double($0) } == setting.wanted, "\(setting.name)")
        }
    }
}
