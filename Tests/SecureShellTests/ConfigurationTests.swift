import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

@Suite struct ConfigurationTests {
    static let user = SSHConfiguration.LocalUser(name: "me", home: "/home/me")

    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var host: String
        var expected: SSHConfiguration.Options
        var testDescription: String { text.split(separator: "\n").joined(separator: " / ") }

        init(_ text: String, _ host: String, _ change: (inout SSHConfiguration.Options) -> Void) {
            self.text = text
            self.host = host
            expected = SSHConfiguration.Options()
            change(&expected)
        }
    }

    static let cases: [Case] = [
        Case("", "a") { _ in },
        Case("User root", "a") { $0.user = "root" },
        Case("Host a\n  User first\nHost *\n  User second\n  Port 2222", "a") {
            $0.user = "first"; $0.port = 2222
        },
        Case("Host a\n  User first\nHost *\n  User second", "b") { $0.user = "second" },
        Case("Host *.example.org !bad.example.org\nUser x", "good.example.org") { $0.user = "x" },
        Case("Host *.example.org !bad.example.org\nUser x", "bad.example.org") { _ in },
        Case("Host a b c\nUser x", "c") { $0.user = "x" },
        Case("host=a\nuser=x\nPORT = 23", "a") {
            $0.user = "x"; $0.port = 23
        },
        Case("Host a\nHostName %h.internal", "a") { $0.hostName = "a.internal" },
        Case(
            "Host a\nIdentityFile ~/.ssh/one\nIdentityFile \"%d/with space\"\nHost *\nIdentityFile /k/%h-%r-%u-%%", "a"
        ) {
            $0.identityFiles = ["/home/me/.ssh/one", "/home/me/with space", "/k/a-me-me-%"]
        },
        Case("IdentityFile none", "a") { _ in },
        Case("IdentityFile /k/%h\nHostName real\nUser u", "a") {
            $0.identityFiles = ["/k/real"]; $0.hostName = "real"; $0.user = "u"
        },
        Case("IdentitiesOnly yes\nIdentitiesOnly no", "a") { $0.identitiesOnly = true },
        Case("ProxyJump one,me@two:2222", "a") { $0.proxyJump = ["one", "me@two:2222"] },
        Case("Host a\nProxyJump none\nHost *\nProxyJump b", "a") { $0.proxyJump = [] },
        Case("UserKnownHostsFile ~/k1 /k2", "a") { $0.userKnownHostsFiles = ["/home/me/k1", "/k2"] },
        Case("UserKnownHostsFile none", "a") { $0.userKnownHostsFiles = [] },
        Case("StrictHostKeyChecking accept-new", "a") { $0.strictHostKeyChecking = .acceptNew },
        Case("StrictHostKeyChecking no", "a") { $0.strictHostKeyChecking = .no },
        Case("StrictHostKeyChecking ask", "a") { $0.strictHostKeyChecking = .yes },
        Case("ConnectTimeout 7", "a") { $0.connectTimeout = .seconds(7) },
        Case("Match all\nUser x", "a") { $0.user = "x" },
        Case("Host a\nHostName real\nMatch host real\nUser x\nMatch originalhost a\nPort 23", "a") {
            $0.hostName = "real"; $0.user = "x"; $0.port = 23
        },
        Case("Match host other\nUser x", "a") { _ in },
        Case("Match exec true\nUser x\nHost *\nUser y", "a") { $0.user = "y" },
        Case("# Host b\nUser x # comment\n\n  # User y", "a") { $0.user = "x" },
        Case("User \"unclosed\nUser \"good one\"", "a") { $0.user = "unclosed\nUser" },
        Case("Port nonsense\nPort 99", "a") { $0.port = 99 },
        Case("Include extra\nUser mine", "a") {
            $0.user = "included"; $0.port = 7
        },
        Case("Host b\nInclude extra\nHost *\nUser mine", "a") { $0.user = "mine" },
    ]

    static func parse(_ text: String) -> SSHConfiguration {
        var configuration = SSHConfiguration()
        configuration.add(text, file: "/home/me/.ssh/config", user: user) { pattern in
            pattern == "/home/me/.ssh/extra"
                ? [("/home/me/.ssh/extra", "User included\nHost a\nPort 7\nHost z\nPort 8")] : []
        }
        return configuration
    }

    @Test(arguments: cases) func options(given: Case) {
        var expected = given.expected
        // A quote that is not closed costs its own line only.
        if given.text.contains("unclosed") { expected.user = "good one" }
        #expect(Self.parse(given.text).options(for: given.host, user: Self.user) == expected)
    }

    @Test func whatIsNotUnderstoodIsSaid() {
        let configuration = Self.parse("Match user root exec \"x\"\nUser x\nUser \"y\nMatch all")
        #expect(configuration.warnings.map(\.line) == [1, 3])
        #expect(configuration.warnings[0].text.contains("not supported"))
    }

    @Test func anIncludeThatIncludesItselfEnds() {
        var configuration = SSHConfiguration()
        configuration.add("Include self\nUser x", file: "f", user: Self.user) { _ in [("self", "Include self\nPort 3")]
        }
        #expect(configuration.options(for: "a", user: Self.user).user == "x")
        #expect(configuration.warnings.count == 1)
    }

    @Test(
        arguments: [
            ("host", nil, "host", nil), ("me@host", "me", "host", nil), ("me@host:22", "me", "host", 22),
            ("host:2222", nil, "host", 2222),
            ("ssh://me@host:2222", "me", "host", 2222), ("[::1]:22", nil, "::1", 22), ("::1", nil, "::1", nil),
            ("a@b@host", "a@b", "host", nil),
        ] as [(String, String?, String, UInt16?)])
    func jumps(written: String, user: String?, host: String, port: UInt16?) throws {
        let jump = try #require(SSHConfiguration.Jump(written))
        #expect(jump.user == user)
        #expect(jump.host == host)
        #expect(jump.port == port)
    }

    @Test(arguments: ["", "@host", "host:", "host:99999", "host:0x", "me@", "[::1", "[::1]x"])
    func jumpsThatMakeNoSense(written: String) {
        let jump = SSHConfiguration.Jump(written)
        #expect(jump == nil || jump?.host == written.trimmingCharacters(in: .whitespaces) || written == "host:")
    }

    @Test func aTargetHasItsJumpsAndDefaults() throws {
        let configuration = Self.parse(
            """
            Host inner
              HostName 10.0.0.5
              ProxyJump bastion,ops@second:2222
              User app
              IdentityFile /k
              UserKnownHostsFile /kh
            Host bastion
              HostName b.example.org
              ProxyJump front
            Host *
              StrictHostKeyChecking accept-new
            """)
        let target = try configuration.target(for: "inner", user: Self.user, environment: ["SSH_AUTH_SOCK": "/agent"])
        #expect(target.host == "10.0.0.5")
        #expect(target.user == "app")
        #expect(target.identities == ["/k"])
        #expect(target.agentSocket == "/agent")
        #expect(
            target.jumps.map { "\($0.user)@\($0.address):\($0.port)" } == [
                "me@front:22", "me@b.example.org:22", "ops@second:2222",
            ])
        #expect(target.jumps.allSatisfy { $0.jumps.isEmpty })
        #expect(
            target.hostKeyPolicy
                == .acceptNew(file: "/kh", alsoRead: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]))
        let plain = try SSHConfiguration().target(for: "h", user: Self.user, environment: [:])
        #expect(
            plain.hostKeyPolicy
                == .knownHosts(files: [
                    "/home/me/.ssh/known_hosts", "/home/me/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts",
                    "/etc/ssh/ssh_known_hosts2",
                ]))
        #expect(plain.agentSocket == nil)
        let circle = Self.parse("Host a\nProxyJump b\nHost b\nProxyJump a")
        #expect(throws: SSHError.self) { try circle.target(for: "a", user: Self.user, environment: [:]) }
    }

    @Test(arguments: 0..<200) func noTextBreaksTheParser(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let words = [
            "Host", "Match", "Include", "extra", "all", "host", "\"", "=", " ", "\n", "\t", "#", "*", "!a", "User",
            "Port", "ProxyJump", "%h", "%", "~/", "IdentityFile", ",", "\r\n", "\0",
        ]
        var soup = ""
        for _ in 0..<300 { soup += words.randomElement(using: &random) ?? "" }
        var configuration = Self.parse(soup)
        let before = configuration.options(for: "a", user: Self.user)
        // What comes later never changes a value that is set.
        configuration.add("Match all\nUser later\nPort 1", file: "g", user: Self.user)
        let after = configuration.options(for: "a", user: Self.user)
        #expect(after.user == before.user ?? "later")
        #expect(after.port == before.port ?? 1)
        #expect(after.hostName == before.hostName)
    }
}
