import ClusterModel
import Diagnostics
import Digests
import Execution
import Foundation
import Planning
import SSHServerRig
import Testing

@testable import SecureShell
@testable import Transports

extension ServerTests {
    /// A host as the engine sees it: what its first batch costs, and the lock that this batch takes.
    @Suite struct HostConnectionTests {
        private static let look = "tr '\\0' ' ' </proc/$$/cmdline; : a-word-to-look-for"

        private static let me = "me@here pid 1 started 1"

        /// Two connections to one server, the first of them locked by me.
        private func withRivals(
            _ other: String = "you@there pid 2 started 2",
            _ body: (SSHHostConnection, SSHHostConnection, String) async throws -> Void
        ) async throws {
            try await withServer { server in
                var connections: [SSHHostConnection] = []
                for holder in [Self.me, other] {
                    let session = try await SSHSession.connect(to: server.target())
                    connections.append(
                        SSHHostConnection(
                            host: "a", session: session, sudo: .none,
                            lock: HostLock(holder, folder: server.folder + "/locks")))
                }
                defer { for connection in connections { Task { await connection.close() } } }
                try await body(connections[0], connections[1], server.folder + "/locks/lock")
            }
        }

        @Test func questionsTravelWithTheStartOfTheShellAndTheLockIsHeldFromThen() async throws {
            try await withRivals { mine, theirs, lock in
                // A lock that another descriptor holds: 1.
                let isHeld = "flock -n \(lock) true; echo $?; "
                let first = try await mine.run(
                    [RemoteCommand(isHeld + Self.look, mayBeSeen: true)], timeout: .seconds(10))
                #expect(first[0].output.hasPrefix("1\n"))
                #expect(first[0].output.contains("a-word-to-look-for"))
                let later = try await mine.run([RemoteCommand(isHeld + Self.look)], timeout: .seconds(10))
                #expect(later[0].output == "1\nsh ")
                await #expect(throws: Diagnostic.self) {
                    try await theirs.run([RemoteCommand("echo in", mayBeSeen: true)], timeout: .seconds(10))
                }
                await mine.close()
                try await untilFree(theirs)
            }
        }

        /// The lock goes with the shell, some moments after its connection.
        private func untilFree(_ connection: SSHHostConnection) async throws {
            for _ in 0..<200 {
                do {
                    let results = try await connection.run(
                        [RemoteCommand("echo in", mayBeSeen: true)], timeout: .seconds(10))
                    #expect(results.map(\.output) == ["in\n"])
                    return
                } catch let diagnostic as Diagnostic where diagnostic.code == "lock.held" {
                    #expect(diagnostic.detail == "held by \(Self.me)")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            Issue.record("the lock was never free")
        }

        @Test func aLockThatOurOwnLostConnectionStillHasIsWaitedFor() async throws {
            try await withRivals(Self.me) { lost, next, lock in
                _ = try await lost.run([RemoteCommand("true", mayBeSeen: true)], timeout: .seconds(10))
                async let waiting = next.run(
                    [RemoteCommand("flock -n \(lock) true; echo $?", mayBeSeen: true)], timeout: .seconds(10))
                try await Task.sleep(for: .milliseconds(300))
                await lost.close()
                #expect(try await waiting.map(\.output) == ["1\n"])
            }
        }

        @Test func oneSecretInTheBatchHidesAllOfIt() async throws {
            try await withRivals { mine, _, _ in
                let results = try await mine.run(
                    [RemoteCommand(Self.look, mayBeSeen: true), RemoteCommand("cat", input: "secret")],
                    timeout: .seconds(10))
                #expect(results.map(\.output) == ["sh ", "secret"])
            }
        }

        @Test func aFurtherShellSharesTheLockThoughItsFirstBatchMayBeSeen() async throws {
            try await withRivals { mine, _, lock in
                _ = try await mine.run([RemoteCommand("true", mayBeSeen: true)], timeout: .seconds(10))
                // The first shell is busy, so that the other batch opens one of its own.
                async let busy = mine.run([RemoteCommand("sleep 1")], timeout: .seconds(10))
                try await Task.sleep(for: .milliseconds(200))
                let shared = try await mine.run(
                    [RemoteCommand("flock -n \(lock).shares true; echo $?; " + Self.look, mayBeSeen: true)],
                    timeout: .seconds(10))
                #expect(shared[0].output.hasPrefix("1\n"))
                #expect(shared[0].output.contains("a-word-to-look-for"))
                #expect(try await busy[0].status == 0)
            }
        }

        /// A host whose server allows few channels on a connection (MaxSessions; hardening guides ask for 2).
        private func withFewChannels(
            _ limit: Int, _ body: (SSHHostConnection, BlobSource, String) async throws -> Void
        ) async throws {
            try await withServer(["MaxSessions \(limit)"]) { server in
                let content = String(repeating: "martlet ", count: 40_000)
                try content.write(toFile: server.folder + "/blob", atomically: true, encoding: .utf8)
                let blob = BlobSource(
                    path: server.folder + "/blob", offset: 0, size: content.utf8.count, sha256: Digest.sha256(content))
                let connection = SSHHostConnection(
                    host: "a", session: try await SSHSession.connect(to: server.target()), sudo: .none,
                    lock: HostLock(Self.me, folder: server.folder + "/locks"))
                _ = try await connection.run([RemoteCommand("true")], timeout: .seconds(10))
                try await body(connection, blob, server.folder)
                await connection.close()
            }
        }

        @Test func whereTheServerAllowsTwoChannelsOthersWait() async throws {
            try await withFewChannels(2) { connection, blob, folder in
                try await withThrowingTaskGroup(of: String.self) { group in
                    for index in 0..<4 {
                        group.addTask {
                            try await connection.run(
                                [RemoteCommand("sleep 0.2; echo \(index)")], timeout: .seconds(10))[0]
                                .output
                        }
                        group.addTask {
                            try await connection.put(blob, to: "\(folder)/copy-\(index)", mode: 0o600)
                            return ""
                        }
                    }
                    var answers: [String] = []
                    for try await answer in group where !answer.isEmpty { answers.append(answer) }
                    #expect(answers.sorted() == (0..<4).map { "\($0)\n" })
                }
                // The lock was kept all the time.
                let held = try await connection.run(
                    [RemoteCommand("flock -n \(folder)/locks/lock true; echo $?; cat \(folder)/copy-* | sha256sum")],
                    timeout: .seconds(10))
                #expect(held[0].output.hasPrefix("1\n"))
                #expect(
                    held[0].output.contains(Digest.sha256(String(repeating: "martlet ", count: 160_000))), "\(held)")
            }
        }

        @Test func whereTheServerAllowsOneChannelAnUploadSaysSo() async throws {
            try await withFewChannels(1) { connection, blob, folder in
                do {
                    try await connection.put(blob, to: folder + "/copy", mode: 0o600)
                    Issue.record("one channel was enough for a lock and an upload")
                } catch let diagnostic as Diagnostic {
                    #expect(diagnostic.code == "ssh.channel-refused")
                    #expect(diagnostic.hint?.contains("MaxSessions") == true)
                }
            }
        }
    }
}
