import Diagnostics
import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct HostKeyTests {
        private func otherKey(_ server: TestServer) throws -> String {
            try Running.succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", server.folder + "/other"])
            return try server.hostKeyLine("other")
        }

        private func refusal(_ server: TestServer, knownHosts lines: [String]) async throws -> SSHError? {
            try (lines.joined(separator: "\n") + "\n").write(
                toFile: server.knownHosts, atomically: true, encoding: .utf8)
            let target = server.target()
            return await sshError { _ = try await SSHSession.connect(to: target) }
        }

        @Test func anUnknownKeyIsRefusedWithItsFingerprint() async throws {
            try await withServer { server in
                let error = try await refusal(server, knownHosts: ["# nothing"])
                guard case .hostKeyUnknown(let finding)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                let shown = try Running.succeed("ssh-keygen", ["-l", "-f", server.folder + "/host_key.pub"]).split(
                    separator: " ")[1]
                #expect(finding.seen == shown)
                #expect(finding.files == [server.knownHosts])
                let diagnostic = try #require(error).diagnostic(host: "node-1")
                #expect(diagnostic.code == "ssh.host-key-unknown")
                #expect(diagnostic.exitCode == .unreachable)
                #expect(diagnostic.detail?.contains(shown) == true)
                #expect(diagnostic.hint?.contains("ssh-keyscan -p \(server.port)") == true)
                #expect(!server.log.contains("Accepted"))
            }
        }

        @Test func aDifferentKeyIsRefusedWithFileAndLine() async throws {
            try await withServer { server in
                let error = try await refusal(
                    server, knownHosts: ["#", "[\(server.address)]:\(server.port) \(otherKey(server))"])
                guard case .hostKeyMismatch(let finding)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(finding.places == ["\(server.knownHosts):2"])
                #expect(finding.expected.count == 1)
                #expect(finding.expected.first != finding.seen)
                #expect(error?.code == "ssh.host-key-mismatch")
                #expect(error?.diagnostic(host: "h").detail?.contains("\(server.knownHosts):2") == true)
                #expect(!server.log.contains("Accepted"))
            }
        }

        @Test func aRevokedKeyIsRefused() async throws {
            try await withServer { server in
                let key = try server.hostKeyLine()
                let error = try await refusal(
                    server, knownHosts: ["[\(server.address)]:\(server.port) \(key)", "@revoked * \(key)"])
                #expect(error?.code == "ssh.host-key-revoked")
                guard case .hostKeyRevoked(let finding)? = error else { return }
                #expect(finding.places == ["\(server.knownHosts):2"])
            }
        }

        @Test func theRecordedTypeDecidesWhichKeyIsAskedFor() async throws {
            try await withServer { server in
                // The library by itself would prefer ECDSA where both are there.
                for name in ["host_key", "host_ecdsa"] {
                    try "[\(server.address)]:\(server.port) \(server.hostKeyLine(name))\n".write(
                        toFile: server.knownHosts, atomically: true, encoding: .utf8)
                    let session = try await SSHSession.connect(to: server.target())
                    #expect(try await session.run("true").isSuccess)
                    await session.close()
                }
            }
        }

        @Test func aTypeThatTheHostLacksIsExplained() async throws {
            try await withServer { server in
                var writer = WireWriter()
                writer.append(string: Array("ecdsa-sha2-nistp521".utf8))
                let error = try await refusal(
                    server,
                    knownHosts: [
                        "[\(server.address)]:\(server.port) ecdsa-sha2-nistp521 \(Base64.encode(writer.bytes))"
                    ])
                #expect(error?.code == "ssh.no-common-algorithm")
                #expect(error?.diagnostic(host: "h").detail?.contains("ecdsa-sha2-nistp521") == true)
            }
        }

        @Test func aPinnedFingerprintIsEnoughAndNothingElseIs() async throws {
            try await withServer { server in
                let shown = try Running.succeed("ssh-keygen", ["-l", "-f", server.folder + "/host_key.pub"]).split(
                    separator: " ")[1]
                var target = server.target()
                target.hostKeyPolicy = .pinned(fingerprints: ["SHA256:wrong", String(shown)])
                let session = try await SSHSession.connect(to: target)
                await session.close()
                target.hostKeyPolicy = .pinned(fingerprints: ["SHA256:wrong"])
                let wrong = target
                let error = await sshError { _ = try await SSHSession.connect(to: wrong) }
                #expect(error?.code == "ssh.host-key-mismatch")
            }
        }

        @Test func trustOnFirstUseWritesOnceAndThenRefusesOthers() async throws {
            try await withServer { server in
                let file = server.folder + "/new/known_hosts"
                var target = server.target()
                target.hostKeyPolicy = .acceptNew(file: file, alsoRead: [])
                for _ in 0..<2 {
                    let session = try await SSHSession.connect(to: target)
                    await session.close()
                }
                let written = text(try LocalFile.read(file))
                #expect(written == "[\(server.address)]:\(server.port) \(try server.hostKeyLine())\n")
                try "[\(server.address)]:\(server.port) \(otherKey(server))".write(
                    toFile: file, atomically: true, encoding: .utf8)
                let changed = target
                let error = await sshError { _ = try await SSHSession.connect(to: changed) }
                #expect(error?.code == "ssh.host-key-mismatch")
            }
        }
    }
}
