import Diagnostics
import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct AuthenticationTests {
        /// Makes a key in the server's folder and lets it in.
        private func authorize(
            _ server: TestServer, _ name: String, type: String, passphrase: String = "", extra: [String] = []
        ) throws -> String {
            let path = server.folder + "/" + name
            try Running.succeed("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", name, "-f", path] + extra)
            let keys =
                text(try LocalFile.read(server.folder + "/authorized_keys")) + text(try LocalFile.read(path + ".pub"))
            try keys.write(toFile: server.folder + "/authorized_keys", atomically: true, encoding: .utf8)
            return path
        }

        private func works(_ target: SSHTarget) async throws -> Bool {
            let session = try await SSHSession.connect(to: target)
            let result = try await session.run("echo in")
            await session.close()
            return text(result.stdout) == "in\n"
        }

        private func refusal(_ target: SSHTarget) async -> SSHError? {
            await sshError { await (try SSHSession.connect(to: target)).close() }
        }

        @Test func aKeyThatIsNotAuthorizedIsRefused() async throws {
            try await withServer { server in
                try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", server.folder + "/stranger"])
                var target = server.target()
                target.identities = [server.folder + "/stranger"]
                let error = await refusal(target)
                #expect(
                    error
                        == .authenticationFailed(
                            user: server.user, offered: [server.folder + "/stranger"], accepts: ["publickey"]))
                #expect(error?.diagnostic(host: "h").code == "ssh.auth.failed")
                target.identities.append(server.folder + "/id")
                #expect(try await works(target))
            }
        }

        @Test(arguments: [
            ("ecdsa", ["-b", "256"]), ("ecdsa", ["-b", "521"]), ("ecdsa", ["-b", "384", "-m", "PEM"]), ("ed25519", []),
        ])
        func keysOfEachKindWork(type: String, extra: [String]) async throws {
            try await withServer { server in
                var target = server.target()
                target.identities = [try authorize(server, "key", type: type, extra: extra)]
                #expect(try await works(target))
            }
        }

        @Test func anRSAKeyWorksOrIsExplained() async throws {
            try await withServer { server in
                var target = server.target()
                let key = try authorize(server, "rsa", type: "rsa", extra: ["-b", "2048"])
                target.identities = [key]
                if SecureShell.signsModernRSA {
                    #expect(try await works(target))
                } else {
                    let error = await refusal(target)
                    #expect(error == .rsaUnsupported(user: server.user, key: key))
                    #expect(error?.diagnostic(host: "h").hint?.contains("ed25519") == true)
                }
            }
        }

        @Test(arguments: ["ed25519", "ecdsa"]) func anEncryptedKeyAsksForItsPassphraseOnce(type: String) async throws {
            try await withServer { server in
                var target = server.target()
                let path = try authorize(server, "locked", type: type, passphrase: "a secret", extra: ["-a", "1"])
                target.identities = [path]
                let asked = Counter()
                target.passphrase = { file in
                    asked.add(file == path ? 1 : 0)
                    return Secret("a secret")
                }
                #expect(try await works(target))
                #expect(try await works(target))
                #expect(asked.values == [1])
            }
        }

        @Test func aMissingOrWrongPassphraseIsSaid() async throws {
            try await withServer { server in
                var target = server.target()
                let path = try authorize(server, "locked", type: "ed25519", passphrase: "a secret", extra: ["-a", "1"])
                target.identities = [path]
                let missing = await refusal(target)
                #expect(missing?.code == "ssh.auth.passphrase")
                target.passphrase = { _ in Secret("wrong") }
                let wrong = await refusal(target)
                #expect(wrong == .passphrase(key: path, reason: "the passphrase is wrong"))
                // The wrong one is not remembered.
                target.passphrase = { _ in Secret("a secret") }
                #expect(try await works(target))
            }
        }

        @Test func nothingToOfferIsSaid() async throws {
            try await withServer { server in
                var target = server.target()
                target.identities = []
                #expect(await refusal(target)?.code == "ssh.auth.no-identity")
                target.identities = [server.folder + "/no-such-key"]
                let error = await refusal(target)
                #expect(error?.code == "ssh.auth.no-identity")
                #expect(error?.diagnostic(host: "h").detail?.contains("no-such-key") == true)
                target.identities = [server.folder + "/sshd_config"]
                let nonsense = await refusal(target)
                #expect(nonsense?.code == "ssh.auth.no-identity", "\(String(describing: nonsense))")
            }
        }

        @Test func atMostFiveKeysAreOffered() async throws {
            try await withServer { server in
                var target = server.target()
                target.identities = try (0..<7).map { number in
                    let path = server.folder + "/stranger\(number)"
                    try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path])
                    return path
                }
                guard case .authenticationFailed(_, let offered, _)? = await refusal(target) else {
                    Issue.record("not refused for its keys")
                    return
                }
                #expect(offered.count == 5)
            }
        }

        @Test func theAgentSigns() async throws {
            try await withServer { server in
                let agent = try await Agent(folder: server.folder)
                defer { agent.stop() }
                var target = server.target()
                target.agentSocket = agent.socket
                target.identities = []
                let empty = await refusal(target)
                #expect(empty?.diagnostic(host: "h").detail?.contains("holds no keys") == true)
                try agent.add(try authorize(server, "in-agent", type: "ed25519"))
                #expect(try await works(target))
                #expect(server.log.contains("Accepted publickey"))
                // An ECDSA key behind one that is refused.
                try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", server.folder + "/stranger"])
                try agent.clear()
                try agent.add(server.folder + "/stranger")
                try agent.add(try authorize(server, "second", type: "ecdsa"))
                #expect(try await works(target))
                // Only keys that belong to a configured file, when that is asked for.
                target.agentOnlyForIdentities = true
                target.identities = [server.folder + "/stranger"]
                let limited = await refusal(target)
                #expect(limited?.code == "ssh.auth.failed")
            }
        }

        @Test func aLockedFileIsOpenedByTheAgent() async throws {
            try await withServer { server in
                let agent = try await Agent(folder: server.folder)
                defer { agent.stop() }
                var target = server.target()
                target.agentSocket = agent.socket
                target.agentOnlyForIdentities = true
                target.identities = [
                    try authorize(server, "locked", type: "ed25519", passphrase: "x", extra: ["-a", "1"])
                ]
                // The agent holds the same key without its passphrase.
                let open = server.folder + "/open"
                try FileManager.default.copyItem(atPath: target.identities[0], toPath: open)
                try Running.succeed("ssh-keygen", ["-q", "-p", "-P", "x", "-N", "", "-f", open])
                try agent.add(open)
                #expect(try await works(target))
            }
        }

        @Test func aDeadAgentIsSaid() async throws {
            try await withServer { server in
                var target = server.target()
                target.identities = []
                target.agentSocket = server.folder + "/no-agent"
                let error = await refusal(target)
                #expect(error?.code == "ssh.auth.no-identity")
                #expect(error?.diagnostic(host: "h").detail?.contains("no-agent") == true)
            }
        }
    }
}

/// A real ssh-agent with a socket of its own.
struct Agent {
    let socket: String
    private let running: Running

    init(folder: String) async throws {
        socket = folder + "/agent"
        running = try Running("ssh-agent", ["-D", "-a", socket])
        for _ in 0..<100 where access(socket, F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
    }

    func add(_ key: String) throws {
        try Running.succeed("ssh-add", ["-q", key], environment: ["SSH_AUTH_SOCK": socket])
    }
    func clear() throws { try Running.succeed("ssh-add", ["-q", "-D"], environment: ["SSH_AUTH_SOCK": socket]) }

    func stop() { running.end() }
}
