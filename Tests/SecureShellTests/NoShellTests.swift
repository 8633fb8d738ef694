import Diagnostics
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    /// Accounts that let in and give no shell.
    @Suite struct NoShellTests {
        private func refusal(_ configuration: [String]) async throws -> SSHError? {
            try await withServer(configuration) { server in
                let session = try await SSHSession.connect(to: server.target())
                let error = await sshError {
                    _ = try await session.openShell().batch([ShellCommand("echo in")], deadline: .seconds(10))
                }
                await session.close()
                return error
            }
        }

        @Test func whatAnswersInsteadIsQuoted() async throws {
            // As images of cloud providers refuse root (cloud-init, disable_root_opts).
            let words = "Please login as the user \"debian\" rather than the user \"root\"."
            let error = try await refusal(["ForceCommand echo '\(words)'; exit 142"])
            #expect(error == .noShell(detail: words))
            let diagnostic = try #require(error).diagnostic(host: "h")
            #expect(diagnostic.code == "ssh.no-shell")
            #expect(diagnostic.exitCode == .unreachable)
            #expect(diagnostic.detail?.contains(words) == true)
        }

        @Test func oneThatSaysNothingIsToldApart() async throws {
            let error = try await refusal(["ForceCommand exit 0"])
            #expect(error == .noShell(detail: "nothing, the login shell ended at once"))
        }

        @Test func aKeyThatIsKnownAndAnAccountThatIsClosedAreToldApart() async throws {
            try await withServer(["PermitRootLogin no"]) { server in
                guard server.user == "root" else {
                    // Nobody else can be root; the account is open then.
                    await (try SSHSession.connect(to: server.target())).close()
                    return
                }
                let error = await sshError { await (try SSHSession.connect(to: server.target())).close() }
                #expect(error == .accountRefused(user: "root", key: server.folder + "/id"))
                let diagnostic = try #require(error).diagnostic(host: "h")
                #expect(diagnostic.code == "ssh.auth.account-refused")
                #expect(diagnostic.exitCode == .unreachable)
                #expect(diagnostic.hint?.contains("PermitRootLogin") == true)
            }
        }

        @Test func rootIsToldOfPermitRootLogin() {
            let root = SSHError.authenticationFailed(user: "root", offered: ["id"], accepts: ["publickey"])
            let other = SSHError.authenticationFailed(user: "ann", offered: ["id"], accepts: ["publickey"])
            #expect(root.diagnostic(host: "h").hint?.contains("PermitRootLogin") == true)
            #expect(other.diagnostic(host: "h").hint?.contains("PermitRootLogin") == false)
        }
    }
}
