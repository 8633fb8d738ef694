import Foundation
import SSHServerRig
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct JumpTests {
        @Test func twoHops() async throws {
            try await withServer { first in
                try await withServer(listen: "127.0.0.2") { second in
                    try await withServer(listen: "127.0.0.3") { third in
                        var target = third.target()
                        target.jumps = [first.target(), second.target()]
                        let session = try await SSHSession.connect(to: target)
                        let result = try await session.run(
                            "echo $SSH_CONNECTION; cat", stdin: [UInt8](repeating: 65, count: 1_000_000))
                        #expect(text(Array(result.stdout.prefix(200))).contains("127.0.0.3 \(third.port)"))
                        #expect(result.stdout.count > 1_000_000)
                        let shell = try await session.openShell()
                        #expect(
                            try await shell.batch([ShellCommand("echo deep")]).first?.stdout == Array("deep\n".utf8))
                        await session.close()
                        #expect(first.log.contains("Accepted publickey"))
                        #expect(second.log.contains("Accepted publickey"))
                        try await Task.sleep(for: .milliseconds(300))
                        // Nothing is left open on the way.
                        #expect(first.sessionProcesses().isEmpty)
                        #expect(second.sessionProcesses().isEmpty)
                    }
                }
            }
        }

        @Test func manyThroughOneBastion() async throws {
            try await withServer { bastion in
                try await withServer(listen: "127.0.0.2", ["MaxStartups 200"]) { inner in
                    var target = inner.target()
                    target.jumps = [bastion.target()]
                    let failures = Counter()
                    let successes = Counter()
                    await FleetRunner().run("echo x", on: Array(repeating: target, count: 30), concurrency: 16) {
                        index, result in
                        if case .success(let result) = result, result.isSuccess {
                            successes.add(index)
                        } else {
                            failures.add(index)
                        }
                    }
                    #expect(failures.values.isEmpty)
                    #expect(successes.values.count == 30)
                    // Shared: far fewer connections than targets.
                    let accepted = bastion.log.components(separatedBy: "Accepted publickey").count - 1
                    #expect(accepted < 16)
                }
            }
        }

        @Test func theBastionIsNamedWhenItFails() async throws {
            try await withServer { bastion in
                try await withServer(listen: "127.0.0.2") { inner in
                    var target = inner.target()
                    var wrong = bastion.target()
                    wrong.hostKeyPolicy = .pinned(fingerprints: ["SHA256:no"])
                    target.jumps = [wrong]
                    let refused = target
                    let error = await sshError { _ = try await SSHSession.connect(to: refused) }
                    guard case .jump(let host, .hostKeyMismatch)? = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                    #expect(host == bastion.address)
                    #expect(error?.code == "ssh.host-key-mismatch")
                    // Nobody listens behind a good bastion.
                    var nowhere = inner.target()
                    nowhere.port = 1
                    nowhere.jumps = [bastion.target()]
                    let closed = nowhere
                    let behind = await sshError { _ = try await SSHSession.connect(to: closed) }
                    guard case .jump(_, .channelRefused)? = behind else {
                        Issue.record("\(String(describing: behind))")
                        return
                    }
                }
            }
        }

        @Test func aStreamReachesAPort() async throws {
            try await withSession { session, server in
                let stream = try await session.openStream(host: server.address, port: server.port)
                let greeting = try await stream.read()
                #expect(text(greeting ?? []).hasPrefix("SSH-2.0-"))
                try await stream.write(Array("nonsense\r\n".utf8))
                var rest = 0
                while let bytes = try await stream.read(deadline: .seconds(5)) { rest += bytes.count }
                #expect(rest >= 0)
                await stream.close()
                let error = await sshError { _ = try await stream.read() }
                #expect(error?.code == "ssh.channel-refused")
                let after = try await session.run("true")
                #expect(after.isSuccess)
            }
        }
    }
}
