import Planning
import Testing

@testable import Health

@Suite("Probes of hosts: certificates")
struct CertificateProbeTests {
    typealias Fixtures = CertificateFixtures

    static let day = 86_400.0

    static func disk(
        ca: String = Fixtures.authority, server: String = Fixtures.server, etcd: String = Fixtures.renewed,
        client: String = Fixtures.renewed, kubelet: String = Fixtures.renewed
    ) -> String {
        """
        file=/etc/kubernetes/pki/ca.crt
        \(ca)
        file=/etc/kubernetes/pki/apiserver.crt
        \(server)
        file=/etc/kubernetes/pki/etcd/server.crt
        \(etcd)
        file=/var/lib/kubelet/pki/kubelet-client-current.pem
        \(client)
        \(Fixtures.authority)
        file=/var/lib/kubelet/pki/kubelet.crt
        \(kubelet)
        """
    }

    static func wire(
        server: String = Fixtures.server, etcd: String = Fixtures.renewed, kubelet: String = Fixtures.renewed
    ) -> String {
        "port=6443\n\(server)\nport=2379\n\(etcd)\nport=10250\n\(kubelet)"
    }

    static func host(
        _ name: String = "cp-1", disk: String = disk(), wire: String = wire(),
        keys: String = "key=ca.crt\n" + Fixtures.authorityKey
    ) -> BenchHost {
        BenchHost(name).answering(HostCertificates.diskQuestion, disk).answering(HostCertificates.wireQuestion, wire)
            .answering(SameAuthority.question, keys)
    }

    @Test("A certificate is read as openssl reads it")
    func document() throws {
        let document = try #require(CertificateDocument.all(pem: Fixtures.server.split(separator: "\n")).first)
        #expect(document.notBefore == Fixtures.begin)
        #expect(document.notAfter == Fixtures.begin + 365 * Self.day)
        #expect(document.dnsNames == ["cp-1", "kubernetes.default.svc"])
        #expect(document.addresses == ["10.0.0.11"])
        let authority = try #require(CertificateDocument.all(pem: Fixtures.authority.split(separator: "\n")).first)
        let key = CertificateDocument.blocks(Fixtures.authorityKey.split(separator: "\n"), label: "PUBLIC KEY").first
        #expect(authority.publicKey == key)
        #expect(authority.dnsNames.isEmpty)
    }

    @Test("No beginning and no change of a certificate crashes the reader")
    func damaged() throws {
        let bytes = try #require(CertificateDocument.all(pem: Fixtures.server.split(separator: "\n")).first).bytes
        for count in bytes.indices { _ = CertificateDocument(der: Array(bytes[..<count])) }
        for index in bytes.indices {
            for value: UInt8 in [0, 0x7f, 0x80, 0x84, 0xff] {
                var changed = bytes
                changed[index] = value
                _ = CertificateDocument(der: changed)
            }
        }
    }

    @Test(
        "Leaf certificates by what is left of them",
        arguments: [
            (100.0, HealthStatus.pass, "expires in 265 days"), (310, .warn, "expires in 55 days"),
            (352, .fail, "expires in 13 days"), (366, .fail, "expired 24 h ago"), (-3, .fail, "not valid before"),
        ])
    func leaves(_ age: Double, _ status: HealthStatus, _ words: String) {
        let findings = judge(LeafCertificates.probe, Self.host(), now: Fixtures.begin + age * Self.day)
        expect(findings, status, "host/cp-1", words)
    }

    @Test("A certificate that was renewed but is not served yet")
    func notReloaded() {
        let findings = judge(LeafCertificates.probe, Self.host(wire: Self.wire(server: Fixtures.renewed)))
        expect(findings, .fail, "host/cp-1", "kube-apiserver serves another certificate than apiserver.crt")
        #expect(findings.first?.remedy.contains("restart kube-apiserver") == true)
        let etcd = judge(LeafCertificates.probe, Self.host(wire: Self.wire(etcd: Fixtures.server)))
        expect(etcd, .fail, "host/cp-1", "etcd serves another certificate than etcd/server.crt")
    }

    @Test("A port that does not answer is the matter of others; a host without openssl is unknown")
    func silentPorts() {
        expect(
            judge(LeafCertificates.probe, Self.host(wire: "port=6443\nport=2379\nport=10250")), .pass, "host/cp-1",
            "expires")
        let blind = judge(LeafCertificates.probe, Self.host(wire: "missing=openssl"))
        expect(blind, .unknown, "host/cp-1", "what is served was not measured: the host has no openssl")
        let none = BenchHost().lacking(HostCertificates.diskQuestion)
        expect(judge(LeafCertificates.probe, none), .unknown, "host/cp-1", "no certificates of Kubernetes")
    }

    @Test("A certificate of a short life is measured by its own")
    func shortLife() {
        func findings(_ age: Double) -> [Finding] {
            let disk = Self.disk(server: Fixtures.short)
            return judge(
                LeafCertificates.probe, Self.host(disk: disk, wire: Self.wire(server: Fixtures.short)),
                now: Fixtures.begin + age * Self.day)
        }
        expect(findings(1), .pass, "host/cp-1", "expires in 9 days")
        expect(findings(8.8), .warn, "host/cp-1", "expires in 29 h")
        expect(findings(9.7), .fail, "host/cp-1", "apiserver.crt")
    }

    @Test(
        "Authorities by years",
        arguments: [
            (0.0, HealthStatus.pass, "ca.crt expires in 3650 days"), (3000, .warn, "650 days"),
            (3300, .fail, "350 days"),
        ])
    func authorities(_ age: Double, _ status: HealthStatus, _ words: String) {
        let findings = judge(AuthorityCertificates.probe, Self.host(), now: Fixtures.begin + age * Self.day)
        expect(findings, status, "host/cp-1", words)
    }

    @Test(
        "The kubelet's certificates",
        arguments: [
            (100.0, HealthStatus.pass, "the client certificate expires in 265 days"), (340, .warn, "25 days"),
            (360, .fail, "5 days"),
        ])
    func kubelet(_ age: Double, _ status: HealthStatus, _ words: String) {
        let findings = judge(KubeletCertificates.probe, Self.host(), now: Fixtures.begin + age * Self.day)
        expect(findings, status, "host/cp-1", words)
    }

    @Test("The kubelet serves another certificate than on disk, an expiring one, or nothing")
    func kubeletWire() {
        expect(
            judge(KubeletCertificates.probe, Self.host(wire: Self.wire(kubelet: Fixtures.server))), .warn, "host/cp-1",
            "another is served than on disk")
        let short = Self.host(disk: Self.disk(kubelet: Fixtures.short), wire: Self.wire(kubelet: Fixtures.short))
        expect(
            judge(KubeletCertificates.probe, short, now: Fixtures.begin + 9.9 * Self.day), .fail, "host/cp-1",
            "the serving certificate expires in")
        expect(
            judge(KubeletCertificates.probe, Self.host(wire: "missing=openssl")), .pass, "host/cp-1",
            "client certificate")
        let foreign = BenchHost().answering(
            HostCertificates.diskQuestion, "file=/etc/kubernetes/pki/ca.crt\n" + Fixtures.authority)
        expect(judge(KubeletCertificates.probe, foreign), .unknown, "host/cp-1", "no /var/lib/kubelet/pki")
    }

    @Test("Names in the served certificate")
    func names() {
        expect(judge(CertificateNames.probe, Self.host()), .pass, "host/cp-1", "has all names")
        expect(
            judge(CertificateNames.probe, Self.host(wire: Self.wire(server: Fixtures.renewed))), .fail, "host/cp-1",
            "not valid for 10.0.0.11, kubernetes.default.svc")
        expect(
            judge(CertificateNames.probe, Self.host(), endpoint: "10.0.0.100"), .fail, "host/cp-1",
            "not valid for 10.0.0.100")
        expect(
            judge(CertificateNames.probe, Self.host(wire: "port=6443\nport=10250")), .unknown, "host/cp-1",
            "nothing is served")
    }

    @Test("The same authority everywhere, and keys that match")
    func sameAuthority() {
        let probe = SameAuthority.probe
        #expect(judge(probe, Self.host(), Self.host("cp-2")).map(\.status) == [.pass, .pass])
        let foreign = Self.host(
            "cp-3", disk: Self.disk(ca: Fixtures.otherAuthority), keys: "key=ca.crt\n" + Fixtures.otherKey)
        let findings = judge(probe, Self.host(), Self.host("cp-2"), foreign)
        #expect(findings.map(\.status) == [.pass, .pass, .fail])
        expect(Array(findings.suffix(1)), .fail, "host/cp-3", "ca.crt differs from the other hosts'")
        expect(
            judge(probe, Self.host(keys: "key=ca.crt\n" + Fixtures.otherKey)), .fail, "host/cp-1",
            "the key of ca.crt is another's")
        expect(judge(probe, Self.host(keys: "key=ca.crt")), .fail, "host/cp-1", "cannot be read")
        expect(judge(probe, Self.host(keys: "")), .pass, "host/cp-1", "as on all hosts")
        expect(judge(probe, Self.host(keys: "missing=openssl")), .unknown, "host/cp-1", "no openssl")
    }
}
