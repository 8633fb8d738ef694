import Planning
import Testing

@testable import Health

@Suite("Probes of hosts: control plane")
struct ControlPlaneProbeTests {
    @Test(
        "Controller manager and scheduler by their health",
        arguments: [
            ("code=200\ncode=200", HealthStatus.pass, "both answer 200"),
            ("code=000\ncode=200", .fail, "kube-controller-manager does not answer"),
            ("code=200\ncode=500", .fail, "kube-scheduler answers 500"),
            ("code=403\ncode=200", .unknown, "answers 403"),
            ("missing=curl", .unknown, "no curl"), ("code=200", .unknown, "did not answer"),
        ])
    func components(_ answer: String, _ status: HealthStatus, _ words: String) {
        let host = BenchHost().answering(ControlPlaneComponents.question, answer)
        expect(judge(ControlPlaneComponents.probe, host), status, "host/cp-1", words)
    }

    /// As kubeadm writes them, shortened.
    static func manifests(
        _ name: String, _ address: String, cluster: String, state: Bool = true, flag: String = "--profiling=false"
    ) -> String {
        """
        manifest=kube-apiserver.yaml
        metadata:
          annotations:
            kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: \(address):6443
        spec:
          containers:
          - command:
            - kube-apiserver
            - --advertise-address=\(address)
            - \(flag)
            livenessProbe:
              httpGet:
                host: \(address)
        manifest=etcd.yaml
            - --advertise-client-urls=https://\(address):2379
            - --initial-cluster=\(cluster)
            \(state ? "- --initial-cluster-state=existing" : "")
            - --listen-peer-urls=https://\(address):2380
            - --name=\(name)
            - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
        """
    }

    static func host(_ name: String, _ address: String, _ text: String) -> BenchHost {
        BenchHost(name, address).answering(ManifestEquality.question, text)
    }

    static let first = host(
        "cp-1", "10.0.0.1", manifests("cp-1", "10.0.0.1", cluster: "cp-1=https://10.0.0.1:2380", state: false))
    static let second = host(
        "cp-2", "10.0.0.12",
        manifests("cp-2", "10.0.0.12", cluster: "cp-1=https://10.0.0.1:2380,cp-2=https://10.0.0.12:2380"))
    static let third = host("cp-3", "10.0.0.13", manifests("cp-3", "10.0.0.13", cluster: "cp-3=https://10.0.0.13:2380"))

    @Test("Names, addresses and etcd's first list are each host's own")
    func equal() {
        let findings = judge(ManifestEquality.probe, Self.first, Self.second, Self.third)
        #expect(findings.count == 3)
        #expect(findings.allSatisfy { $0.status == .pass }, "\(findings)")
    }

    @Test("The one that differs is named with its lines")
    func differing() {
        let other = Self.host(
            "cp-3", "10.0.0.13",
            Self.manifests("cp-3", "10.0.0.13", cluster: "cp-3=https://10.0.0.13:2380", flag: "--profiling=true"))
        let findings = judge(ManifestEquality.probe, other, Self.first, Self.second)
        #expect(findings.map(\.status) == [.fail, .pass, .pass])
        expect(Array(findings.prefix(1)), .fail, "host/cp-3", "kube-apiserver.yaml differs from cp-1")
        #expect(
            findings.first?.evidence == [
                "kube-apiserver.yaml: only here: - --profiling=true",
                "kube-apiserver.yaml: only on cp-1: - --profiling=false",
            ])
    }

    @Test("An address that is not the host's own is a difference")
    func foreignAddress() {
        let stray = Self.manifests("cp-2", "10.0.0.12", cluster: "")
            .split(separator: "\n").map { $0.hasSuffix("host: 10.0.0.12") ? "        host: 10.0.0.99" : String($0) }
            .joined(separator: "\n")
        let findings = judge(ManifestEquality.probe, Self.first, Self.host("cp-2", "10.0.0.12", stray))
        #expect(findings.map(\.status) == [.pass, .fail])
    }

    @Test("One control plane is skipped; one without manifests fails; one that is silent is unknown")
    func fewer() {
        expect(judge(ManifestEquality.probe, Self.first), .skipped, "cluster", "nothing to differ from")
        let bare = BenchHost("cp-2", "10.0.0.12").lacking(ManifestEquality.question)
        #expect(Set(judge(ManifestEquality.probe, Self.first, bare).map(\.status)) == [.pass, .fail])
        let silent = BenchHost("cp-2", "10.0.0.12").silent("no route to host")
        #expect(Set(judge(ManifestEquality.probe, Self.first, silent).map(\.status)) == [.pass, .unknown])
    }
}
