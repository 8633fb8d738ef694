import Digests
import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

@Suite struct KnownHostsTests {
    static let keys: [HostKey] = (1...3).compactMap { number in
        var writer = WireWriter()
        writer.append(string: Array("ssh-ed25519".utf8))
        writer.append(string: [UInt8](repeating: UInt8(number), count: 32))
        return HostKey(blob: writer.bytes)
    }

    static func line(_ names: String, _ key: Int, mark: String = "") -> String {
        (mark.isEmpty ? "" : mark + " ") + "\(names) ssh-ed25519 \(Base64.encode(keys[key].blob)) comment here"
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var lines: [String]
        var host: String
        var port: UInt16 = 22
        var verdict: String
        var testDescription: String { "\(host):\(port) \(verdict) \(lines.map { $0.prefix(30) })" }
    }

    static let cases: [Case] = [
        Case(lines: [line("host", 0)], host: "host", verdict: "matches 1"),
        Case(lines: [line("host", 0)], host: "HOST", verdict: "matches 1"),
        Case(lines: [line("Host", 0)], host: "host", verdict: "matches 1"),
        Case(lines: [line("host", 1)], host: "host", verdict: "differs 1"),
        Case(lines: [line("other", 0)], host: "host", verdict: "unknown"),
        Case(lines: ["# host", "", line("host", 1), line("host", 0)], host: "host", verdict: "matches 4"),
        Case(lines: [line("a,host,b", 0)], host: "host", verdict: "matches 1"),
        Case(lines: [line("[host]:2222", 0)], host: "host", port: 2222, verdict: "matches 1"),
        Case(lines: [line("[host]:2222", 0)], host: "host", port: 22, verdict: "unknown"),
        Case(lines: [line("[host]:2222", 0)], host: "host", port: 2223, verdict: "unknown"),
        Case(lines: [line("host", 0)], host: "host", port: 2222, verdict: "matches 1"),
        Case(lines: [line("host", 1)], host: "host", port: 2222, verdict: "unknown"),
        Case(lines: [line("host", 0), line("[host]:2222", 1)], host: "host", port: 2222, verdict: "matches 1"),
        Case(lines: [line("*.example.org", 0)], host: "a.example.org", verdict: "matches 1"),
        Case(lines: [line("*.example.org", 0)], host: "example.org", verdict: "unknown"),
        Case(lines: [line("10.0.0.?", 0)], host: "10.0.0.7", verdict: "matches 1"),
        Case(lines: [line("10.0.0.?", 0)], host: "10.0.0.17", verdict: "unknown"),
        Case(lines: [line("*.example.org,!bad.example.org", 0)], host: "bad.example.org", verdict: "unknown"),
        Case(lines: [line("!bad.example.org,*.example.org", 0)], host: "good.example.org", verdict: "matches 1"),
        Case(lines: [line("!host", 0)], host: "other", verdict: "unknown"),
        Case(lines: [line("[*]:2222", 0)], host: "any", port: 2222, verdict: "matches 1"),
        Case(lines: [line("host", 0), line("host", 0, mark: "@revoked")], host: "host", verdict: "revoked 2"),
        Case(lines: [line("*", 0, mark: "@revoked"), line("host", 0)], host: "host", verdict: "revoked 1"),
        Case(lines: [line("host", 1, mark: "@revoked"), line("host", 0)], host: "host", verdict: "matches 2"),
        Case(lines: [line("host", 0, mark: "@cert-authority")], host: "host", verdict: "unknown 1"),
        Case(lines: [line("host", 1, mark: "@cert-authority"), line("host", 0)], host: "host", verdict: "matches 2"),
        Case(lines: [line("::1", 0)], host: "::1", verdict: "matches 1"),
        Case(lines: [line("[::1]:2222", 0)], host: "::1", port: 2222, verdict: "matches 1"),
        Case(lines: ["host ssh-ed25519 not-base64!", line("host", 0)], host: "host", verdict: "matches 2"),
        Case(lines: ["host ssh-rsa \(Base64.encode(keys[0].blob))"], host: "host", verdict: "unknown"),
        Case(lines: ["@strange " + line("host", 0)], host: "host", verdict: "unknown"),
        Case(lines: ["host ssh-ed25519"], host: "host", verdict: "unknown"),
        Case(
            lines: ["\t" + line("host", 0).replacingOccurrences(of: " ", with: "\t") + "\r"], host: "host",
            verdict: "matches 1"),
    ]

    static func describe(_ verdict: KnownHosts.Verdict) -> String {
        switch verdict {
        case .matches(let entry): "matches \(entry.line)"
        case .differs(let entries): "differs " + entries.map { "\($0.line)" }.joined(separator: " ")
        case .revoked(let entry): "revoked \(entry.line)"
        case .unknown(let authorities): (["unknown"] + authorities.map { "\($0.line)" }).joined(separator: " ")
        }
    }

    @Test(arguments: cases) func verdicts(given: Case) {
        let hosts = KnownHosts(Array(given.lines.joined(separator: "\n").utf8), file: "f")
        #expect(Self.describe(hosts.check(host: given.host, port: given.port, key: Self.keys[0])) == given.verdict)
    }

    /// Hashed by OpenSSH itself.
    @Test func hashedNamesMatch() throws {
        let folder = try Scratch("ssh")
        let path = folder.file("known")
        try [Self.line("host.example.org", 0), Self.line("[host]:2222", 1)].joined(separator: "\n").appending("\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        try Running.succeed("ssh-keygen", ["-q", "-H", "-f", path])
        let contents = try LocalFile.read(path)
        #expect(text(contents).hasPrefix("|1|"))
        let hosts = KnownHosts(contents, file: path)
        #expect(Self.describe(hosts.check(host: "host.example.org", port: 22, key: Self.keys[0])) == "matches 1")
        #expect(Self.describe(hosts.check(host: "host", port: 2222, key: Self.keys[1])) == "matches 2")
        #expect(Self.describe(hosts.check(host: "host", port: 22, key: Self.keys[1])) == "unknown")
    }

    @Test func skippedLinesAreReported() {
        let hosts = KnownHosts(Array("x\nhost ssh-ed25519 !!\n@odd a b c\n|1|x|y a b\n".utf8), file: "f")
        #expect(hosts.entries.isEmpty)
        #expect(hosts.problems.map(\.line) == [1, 2, 3, 4])
    }

    @Test func theKnownTypesDecideWhatIsAskedFor() throws {
        var writer = WireWriter()
        writer.append(string: Array("ssh-rsa".utf8))
        let rsa = Base64.encode(writer.bytes)
        let hosts = KnownHosts(
            Array("host ssh-rsa \(rsa)\n\(Self.line("host", 0))\n[host]:2222 ssh-rsa \(rsa)\n".utf8), file: "f")
        #expect(hosts.keyTypes(host: "host", port: 22) == ["ssh-ed25519", "ssh-rsa"])
        #expect(hosts.keyTypes(host: "host", port: 2222) == ["ssh-rsa"])
        #expect(hosts.keyTypes(host: "other", port: 22).isEmpty)
        #expect(HostKey.algorithms(for: "ssh-rsa", modernRSA: true) == ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"])
    }

    @Test func fingerprintsAreThoseOfOpenSSH() throws {
        let folder = try Scratch("ssh")
        let path = folder.file("key")
        try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path])
        let shown = try Running.succeed("ssh-keygen", ["-l", "-f", path]).split(separator: " ")[1]
        let blob = try #require(Base64.decode(try LocalFile.read(path + ".pub").split(separator: 32)[1]))
        #expect(HostKey.fingerprint(of: blob) == shown)
    }

    @Test(arguments: 0..<200) func noTextBreaksTheParser(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let words = [
            "@revoked", "@cert-authority", "|1|", "host", "*", "!", ",", "[", "]:22", "ssh-ed25519", "=", "\n", " ",
            "\t", "\r", "#", "|", "AAAA", "\0", "\u{ff}", Self.line("h", 0),
        ]
        var soup = ""
        for _ in 0..<200 { soup += words.randomElement(using: &random) ?? "" }
        let hosts = KnownHosts(Array(soup.utf8), file: "f")
        let lines = soup.utf8.count { $0 == 10 } + 1
        #expect(hosts.entries.count + hosts.problems.count <= lines)
        #expect((hosts.entries.map(\.line) + hosts.problems.map(\.line)).allSatisfy { (1...lines).contains($0) })
        _ = hosts.check(host: "host", port: 22, key: Self.keys[0])
        // A good line after the soup is always found.
        var more = hosts
        more.add(Array((Self.line("certain", 2) + "\n").utf8), file: "g")
        #expect(more.entries.last?.place == "g:1")
    }

    @Test(arguments: [
        ("*", "", true), ("a*b*c", "aXbYc", true), ("a*b*c", "aXbY", false), ("**a", "a", true), ("?", "", false),
        ("*?*?", "ab", true), ("*a*a*a*a*b", String(repeating: "a", count: 60), false),
    ])
    func globs(pattern: String, name: String, expected: Bool) {
        #expect(Pattern(pattern).matches(name) == expected)
    }
}

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func sha256(message: String, digest: String) {
        #expect(Digest.sha256(message) == digest)
    }

    @Test func base64() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            #expect(Base64.encode(Array(plain.utf8)) == coded)
            #expect(Base64.decode(coded.utf8) == Array(plain.utf8))
        }
        for bad in ["Z", "Zg=", "Z===", "Zm9v!", "Zg==Zg", "Zm 9v"] {
            #expect(Base64.decode(bad.utf8) == nil, "\(bad)")
        }
    }
}
