import Diagnostics
import Foundation
import SSHServerRig
import Synchronization
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    /// Real sudo with temporary users; needs root and Debian's sudo.
    @Suite(.serialized, .enabled(if: getuid() == 0 && access("/usr/bin/sudo", X_OK) == 0, "needs root and sudo"))
    struct SudoTests {
        private static let password = "it's a $ecret \\ %p"

        /// Makes a user with a password, and a rule for sudo, and takes both away afterwards.
        private func withUser(
            rule: String?, _ body: (SSHSession, String) async throws -> Void
        ) async throws {
            try await withServer { server in
                let user = "mart\(server.port)"
                try Running.succeed("useradd", ["--no-create-home", "--shell", "/bin/sh", user])
                let file = "/etc/sudoers.d/\(user)"
                defer {
                    unlink(file)
                    _ = try? Running.succeed("userdel", ["-f", user])
                }
                try Running.succeed("chpasswd", input: .text("\(user):\(Self.password)\n"))
                if let rule {
                    try Data("\(user) \(rule)\n".utf8).write(to: URL(fileURLWithPath: file))
                    chmod(file, 0o440)
                }
                chmod(server.folder, 0o755)
                chmod(server.folder + "/authorized_keys", 0o644)
                var target = server.target()
                target.user = user
                let session = try await SSHSession.connect(to: target)
                do {
                    try await body(session, server.folder)
                    await session.close()
                } catch {
                    await session.close()
                    throw error
                }
            }
        }

        private func identity(_ session: SSHSession, _ mode: SudoMode) async throws -> [String] {
            let shell = try await session.openShell(sudo: mode)
            let results = try await shell.batch([ShellCommand("id -un"), ShellCommand("cat", stdin: Array("in".utf8))])
            return results.map { text($0.stdout) }
        }

        @Test func withoutAPasswordWhereNoneIsNeeded() async throws {
            try await withUser(rule: "ALL=(ALL) NOPASSWD: ALL") { session, folder in
                #expect(try await identity(session, .withoutPassword) == ["root\n", "in"])
                // A password that nobody asks for must not become a command.
                #expect(try await identity(session, .password(Secret(Self.password))) == ["root\n", "in"])
                try await session.upload(.bytes([1, 2]), to: "/root/martlet-test-\(getpid())", sudo: .withoutPassword)
                #expect(try LocalFile.read("/root/martlet-test-\(getpid())") == [1, 2])
                try await session.upload(
                    .bytes([3]), to: "/root/martlet-test-\(getpid())", sudo: .password(Secret(Self.password)))
                #expect(try LocalFile.read("/root/martlet-test-\(getpid())") == [3])
                unlink("/root/martlet-test-\(getpid())")
            }
        }

        @Test func withAPassword() async throws {
            try await withUser(rule: "ALL=(ALL) ALL") { session, _ in
                let needed = await sshError { _ = try await identity(session, .withoutPassword) }
                #expect(needed == .sudoPasswordRequired(user: session.target.user))
                #expect(needed?.diagnostic(host: "h").code == "ssh.sudo.password-required")
                let wrong = await sshError { _ = try await identity(session, .password(Secret("wrong"))) }
                #expect(wrong == .sudoWrongPassword(user: session.target.user))
                #expect(try await identity(session, .password(Secret(Self.password))) == ["root\n", "in"])
                try await session.upload(
                    .bytes([7]), to: "/root/martlet-test-\(getpid())", sudo: .password(Secret(Self.password)))
                #expect(try LocalFile.read("/root/martlet-test-\(getpid())") == [7])
                unlink("/root/martlet-test-\(getpid())")
                let refused = await sshError {
                    try await session.upload(.bytes([7]), to: "/root/x", sudo: .withoutPassword)
                }
                #expect(refused == .sudoPasswordRequired(user: session.target.user))
            }
        }

        @Test func oneCommandOnManyHosts() async throws {
            let outcome: @Sendable (SSHTarget, SudoMode) async -> Result<CommandResult, SSHError>? = { target, mode in
                let results = Mutex<[Result<CommandResult, SSHError>]>([])
                await FleetRunner().run("id -un; echo 'one' >&2; cat", on: [target], sudo: [mode]) { _, result in
                    results.withLock { $0.append(result) }
                }
                return results.withLock { $0.first }
            }
            let root = CommandResult(status: 0, stdout: Array("root\n".utf8), stderr: Array("one\n".utf8))
            try await withUser(rule: "ALL=(ALL) ALL") { session, _ in
                let user = session.target.user
                #expect(await outcome(session.target, .password(Secret(Self.password))) == .success(root))
                #expect(await outcome(session.target, .withoutPassword) == .failure(.sudoPasswordRequired(user: user)))
                let wrong = await outcome(session.target, .password(Secret("wrong")))
                #expect(wrong == .failure(.sudoWrongPassword(user: user)))
            }
            // A password that nobody asks for is not the command's input.
            try await withUser(rule: "ALL=(ALL) NOPASSWD: ALL") { session, _ in
                #expect(await outcome(session.target, .password(Secret(Self.password))) == .success(root))
                #expect(await outcome(session.target, .withoutPassword) == .success(root))
            }
        }

        @Test func withoutAnyRight() async throws {
            try await withUser(rule: nil) { session, _ in
                let error = await sshError { _ = try await identity(session, .password(Secret(Self.password))) }
                guard case .sudoRefused(_, let message)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(message.contains("not in the sudoers file"))
                #expect(error?.diagnostic(host: "h").evidence == [message])
                let plain = try await identity(session, .none)
                #expect(plain.first == "\(session.target.user)\n")
            }
        }

        @Test func theirWordsAreUnderstood() {
            let cases: [(String, SSHError?)] = [
                ("sudo: a password is required\n", .sudoPasswordRequired(user: "u")),
                ("Sorry, try again.\nsudo: 1 incorrect password attempt\n", .sudoWrongPassword(user: "u")),
                ("u is not in the sudoers file.\n", .sudoRefused(user: "u", message: "u is not in the sudoers file.")),
                (
                    "sudo: sorry, you must have a tty to run sudo\n",
                    .sudoRefused(user: "u", message: "sudo: sorry, you must have a tty to run sudo")
                ),
                (
                    "env: 'sudo': No such file or directory\n",
                    .sudoRefused(user: "u", message: "env: 'sudo': No such file or directory")
                ),
                ("something else\n", nil),
            ]
            for (said, expected) in cases { #expect(SudoRefusal.classify(said, user: "u") == expected, "\(said)") }
        }
    }
}
