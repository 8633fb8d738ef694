import ConfigTree
import Foundation
import Testing

@testable import ClusterModel

struct SpecFormatsTests {
    struct Case: Sendable {
        var format: TextFormat
        var right: [String]
        var wrong: [String]
    }

    static let label63 = String(repeating: "a", count: 63)

    static let cases: [Case] = [
        Case(
            format: SpecFormats.dnsLabel, right: ["a", "cp-1", "0", label63],
            wrong: ["", "A", "-a", "a-", "a.b", "a_b", label63 + "a", "é"]),
        Case(
            format: SpecFormats.dnsName, right: ["a", "a.b-c.d", "cluster.local"],
            wrong: ["", ".", "a.", "a..b", "A.b", "-a.b"]),
        Case(
            format: SpecFormats.address,
            right: [
                "10.0.0.1", "host", "host.example", "::1", "::", "2001:db8::1", "fe80::1:2:3:4", "1:2:3:4:5:6:7:8",
                "::ffff:10.0.0.1",
            ],
            wrong: [
                "", "10.0.0", "10.0.0.256", "010.0.0.1", "1.2.3.4.5", "1:2", ":::", "1::2::3", "12345::", "a b",
                "host:22",
            ]),
        Case(
            format: SpecFormats.hostAddress, right: ["10.0.0.1", "host.example", "::1"],
            wrong: ["host:22", "10.0.0.1:22", "root@host", "ssh://host", "10.0.0.1/24", "fe80::1%eth0", "Host"]),
        Case(
            format: SpecFormats.certificateName, right: ["10.0.0.1", "a.b", "*.example.com", "2001:db8::1"],
            wrong: ["", "*", "a.*", "*.", "*.*.a", "a:443", "*example"]),
        Case(
            format: SpecFormats.localPath, right: ["a", "./a b", "/a", "~", "~/a", "a$", "$", "a~b"],
            wrong: ["", "~bob/a", "$HOME/a", "${HOME}/a", "a/$_b", "https://a/b", "file:///a"]),
        Case(
            format: SpecFormats.ipv4, right: ["0.0.0.0", "255.255.255.255"],
            wrong: ["1.2.3", "1.2.3.4 ", "1.2.3.04", "1.2.3.-4", "a.b.c.d", ""]),
        Case(
            format: SpecFormats.network, right: ["10.0.0.0/8", "0.0.0.0/0", "1.2.3.4/32"],
            wrong: [
                "10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "/8", "::/0", "10.0.0.0/8/8",
            ]),
        Case(
            format: SpecFormats.kubernetesVersion, right: ["v1.20.2", "1.20.2", "v1.31.0-rc.1"],
            wrong: ["v1.20", "1", "latest", "v1.20.2.1", "v1.20.x", "v1.20.2-", "v1.20.2-a b", "vv1.2.3"]),
        Case(format: SpecFormats.version, right: ["v1.5.1", "v0.26.1-rc1"], wrong: ["1.5.1", "v1.5", "latest"]),
        Case(
            format: SpecFormats.httpsURL, right: ["https://a", "https://a.b:8/c?d", "https://[::1]/x"],
            wrong: ["http://a", "https://", "ftp://a", "https:// a", "https://a b", "https:///x"]),
        Case(
            format: SpecFormats.fileOrURL, right: ["net.yaml", "./a b.yaml", "https://a/b"],
            wrong: ["", "http://a", "https://"]),
        Case(
            format: SpecFormats.sha256, right: [String(repeating: "0a", count: 32)],
            wrong: ["", "abc", String(repeating: "0A", count: 32), String(repeating: "0g", count: 32)]),
        Case(
            format: SpecFormats.hostKey, right: ["SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s"],
            wrong: [
                "", "SHA256:", "MD5:aa", "uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s",
                "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2*",
            ]),
        Case(
            format: SpecFormats.qualifiedName, right: ["zone", "example.com/zone", "A_b.c-d"],
            wrong: ["", "/a", "a/", "a/b/c", "-a", "a-", "Ex/a", "a b", String(repeating: "a", count: 64)]),
        Case(
            format: SpecFormats.labelValue, right: ["", "a", "A_b.c-d", "1"],
            wrong: ["-a", "a-", "a b", "a/b", label63 + "a"]),
        Case(format: SpecFormats.user, right: ["root", "a.b", "_x"], wrong: ["", "a b", "a@b", "-a", "a:b"]),
        Case(
            format: SpecFormats.jump,
            right: ["none", "bastion", "a@b", "a@b:22", "a@b:22,c", "root@[::1]:22", "Bastion"],
            wrong: ["", "a@", "@b", "a:0", "a:x", "a,,b", "a b", "[1]:2"]),
        Case(
            format: SpecFormats.interface, right: ["eth0", "bond0.12"], wrong: ["", "a b", "a/b", "abcdefghijklmnop"]),
        Case(format: SpecFormats.environmentName, right: ["A", "_A1"], wrong: ["", "1A", "A-B", "A B"]),
        Case(
            format: SpecFormats.repository, right: ["registry.example/k8s", "localhost:5000/a/b", "k8s.gcr.io"],
            wrong: ["", "https://a/b", "A/b", "a//b", "a/b:tag", "a/"]),
        Case(
            format: SpecFormats.registryHost, right: ["docker.io", "a:5000", "_default"],
            wrong: ["", "a:0", "a/b", "https://a", "a:b"]),
        Case(
            format: SpecFormats.image,
            right: ["pause", "k8s.gcr.io/pause:3.2", "a:5000/b:c", "a@sha256:" + String(repeating: "0", count: 64)],
            wrong: ["", "Pause:3.2", "a:", "a:b c", "a@sha256:0", "a@md5:0"]),
        Case(
            format: SpecFormats.preflightCheck, right: ["NumCPU", "Port-6443", "allow"],
            wrong: ["", "all", "ALL", "a b", "1x"]),
        Case(
            format: SpecFormats.flag, right: ["v", "audit-log-maxage"],
            wrong: ["", "-v", "--v", "A", "a_b", "a=b", "1"]),
        Case(
            format: ComponentFields.duration,
            right: ["30s", "1m30s", "1.5h", "0", "-1s", "250ms", "5us", "5µs", "1h0m0s"],
            wrong: ["", "30", "s", "1 s", "1d", "1m30", "m", "1.s.", "--1s"]),
    ]

    @Test(arguments: cases.indices)
    func checkAndPatternSayTheSame(_ index: Int) throws {
        let each = Self.cases[index]
        let expression = try NSRegularExpression(pattern: try #require(each.format.pattern))
        for text in each.right {
            #expect(each.format.check(text) == nil, "\(each.format.noun): \(text)")
            #expect(SchemaCheck.matches(expression, text), "\(each.format.noun): the pattern refuses \(text)")
        }
        for text in each.wrong { #expect(each.format.check(text) != nil, "\(each.format.noun): \(text)") }
    }

    /// What a check accepts, the pattern accepts too: an editor never complains about what the program takes.
    @Test func patternsAreNeverStricterThanChecks() throws {
        let samples = Set(Self.cases.flatMap { $0.right + $0.wrong })
        for each in Self.cases {
            let expression = try NSRegularExpression(pattern: try #require(each.format.pattern))
            for text in samples where each.format.check(text) == nil {
                #expect(SchemaCheck.matches(expression, text), "\(each.format.noun): the pattern refuses \(text)")
            }
        }
    }
}

struct IPv4Tests {
    @Test func networksOverlapAndContain() throws {
        let wide = try #require(IPv4Network("10.96.0.0/12"))
        let narrow = try #require(IPv4Network("10.100.0.0/16"))
        let other = try #require(IPv4Network("10.244.0.0/16"))
        #expect(wide.overlaps(narrow) && narrow.overlaps(wide))
        #expect(!wide.overlaps(other) && !other.overlaps(narrow))
        #expect(wide.contains(try #require(IPv4Address("10.111.255.255"))))
        #expect(!wide.contains(try #require(IPv4Address("10.112.0.0"))))
        #expect(other.count(ofPrefix: 24) == 256)
        #expect(other.count(ofPrefix: 8) == 0)
        #expect(wide.description == "10.96.0.0/12")
        #expect(try #require(IPv4Network("0.0.0.0/0")).contains(try #require(IPv4Address("255.1.2.3"))))
    }
}
