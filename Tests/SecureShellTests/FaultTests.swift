import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct FaultTests {
        @Test func aConnectionCutInTheMiddleLeavesTheOutcomeUnknown() async throws {
            try await withSession { session, server in
                let began = ContinuousClock.now
                async let error = sshError { _ = try await session.run("sleep 20") }
                try await server.waitForCommand()
                for pid in server.sessionProcesses() { kill(pid, SIGKILL) }
                let seen = await error
                guard case .connectionLost(sent: true, _)? = seen else {
                    Issue.record("\(String(describing: seen))")
                    return
                }
                #expect(seen?.leavesOutcomeUnknown == true)
                #expect(ContinuousClock.now - began < .seconds(12))
                let next = await sshError { _ = try await session.run("true") }
                guard case .connectionLost(sent: _, _)? = next else {
                    Issue.record("\(String(describing: next))")
                    return
                }
                #expect(await !session.isOpen)
            }
        }

        @Test func aShellBatchCutInTheMiddleLeavesTheOutcomeUnknown() async throws {
            try await withSession { session, server in
                let shell = try await session.openShell()
                async let error = sshError { _ = try await shell.batch([ShellCommand("sleep 20")]) }
                try await server.waitForCommand()
                for pid in server.sessionProcesses() { kill(pid, SIGKILL) }
                let seen = await error
                #expect(
                    seen?.code == "ssh.connection-lost" && seen?.leavesOutcomeUnknown == true,
                    "\(String(describing: seen))"
                )
            }
        }

        @Test func aDeadlineEndsACommand() async throws {
            try await withSession { session, _ in
                let began = ContinuousClock.now
                let error = await sshError { _ = try await session.run("sleep 20", deadline: .milliseconds(300)) }
                #expect(error == .timedOut(phase: .command, sent: true))
                #expect(ContinuousClock.now - began < .seconds(12))
                let after = try await session.run("echo usable")
                #expect(after.isSuccess)
            }
        }

        @Test func aCancelledTaskClosesItsSession() async throws {
            try await withSession { session, server in
                let task = Task { await sshError { _ = try await session.run("sleep 20") } }
                try await server.waitForCommand()
                let began = ContinuousClock.now
                task.cancel()
                #expect(await task.value == .cancelled)
                #expect(ContinuousClock.now - began < .seconds(12))
                #expect(await !session.isOpen)
                let next = await sshError { _ = try await session.run("true") }
                #expect(next == .cancelled)
            }
        }

        @Test func aCancelledConnectEndsAtOnce() async throws {
            // Accepts and never says a word.
            let silent = try SilentServer()
            defer { silent.stop() }
            let target = silent.target
            let task = Task { await sshError { _ = try await SSHSession.connect(to: target) } }
            try await Task.sleep(for: .milliseconds(200))
            let began = ContinuousClock.now
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(ContinuousClock.now - began < .seconds(12))
        }

        @Test func aServerThatSaysNothingTimesOut() async throws {
            let silent = try SilentServer()
            defer { silent.stop() }
            let began = ContinuousClock.now
            let target = silent.target
            let error = await sshError { _ = try await SSHSession.connect(to: target, deadline: .milliseconds(400)) }
            #expect(error == .timedOut(phase: .handshake, sent: false))
            #expect(ContinuousClock.now - began < .seconds(12))
        }

        @Test func whatIsNotThereIsTold() async throws {
            let policy = HostKeyPolicy.pinned(fingerprints: [])
            let closed = SSHTarget(host: "127.0.0.1", port: 1, user: "x", hostKeyPolicy: policy)
            #expect(await sshError { _ = try await SSHSession.connect(to: closed) } == .refused(address: "127.0.0.1:1"))
            let nameless = SSHTarget(host: "no-such-host.invalid", user: "x", hostKeyPolicy: policy)
            #expect(await sshError { _ = try await SSHSession.connect(to: nameless) }?.code == "ssh.unreachable")
        }

        @Test func aDeadPeerIsNoticed() async throws {
            try await withServer { server in
                var target = server.target()
                target.keepaliveInterval = .seconds(1)
                let session = try await SSHSession.connect(to: target)
                // Alive: answers keep the session open.
                try await Task.sleep(for: .milliseconds(3500))
                #expect(await session.isOpen)
                for pid in server.sessionProcesses() { kill(pid, SIGSTOP) }
                let error = await sshError { _ = try await session.run("true", deadline: .seconds(20)) }
                #expect(error?.code == "ssh.connection-lost", "\(String(describing: error))")
                #expect(await !session.isOpen)
                for pid in server.sessionProcesses() { kill(pid, SIGCONT) }
            }
        }

        @Test func dropsBeforeTheGreetingAreTriedAgain() async throws {
            // The server drops every connection beyond one that is not authenticated.
            try await withServer(["MaxStartups 1:100:1"]) { server in
                let successes = Counter()
                let failures = Counter()
                await FleetRunner().run("echo x", on: Array(repeating: server.target(), count: 24), concurrency: 24) {
                    index, result in
                    if case .success(let result) = result, result.isSuccess {
                        successes.add(index)
                    } else {
                        failures.add(index)
                    }
                }
                #expect(successes.values.count == 24)
                #expect(failures.values.isEmpty)
                // It did drop some.
                #expect(server.log.contains("drop connection") || server.log.contains("past MaxStartups"))
            }
        }

        @Test func closingIsBounded() async throws {
            try await withServer { server in
                let session = try await SSHSession.connect(to: server.target())
                for pid in server.sessionProcesses() { kill(pid, SIGSTOP) }
                let began = ContinuousClock.now
                await session.close(deadline: .milliseconds(500))
                #expect(ContinuousClock.now - began < .seconds(12))
                for pid in server.sessionProcesses() { kill(pid, SIGCONT) }
            }
        }

        @Test func aDroppedSessionLetsGoOfItsSocket() async throws {
            try await withServer { server in
                do {
                    let session = try await SSHSession.connect(to: server.target())
                    #expect(await session.isOpen)
                    #expect(!server.sessionProcesses().isEmpty)
                }
                for _ in 0..<100 where !server.sessionProcesses().isEmpty {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(server.sessionProcesses().isEmpty)
            }
        }
    }
}

/// Listens and says nothing.
struct SilentServer {
    private let descriptor: Int32
    let target: SSHTarget

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = descriptor
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 16) == 0 ? getsockname(socket, $0, &length) : -1
            }
        }
        guard status == 0 else { throw Failure("cannot listen") }
        target = SSHTarget(
            host: "127.0.0.1", port: UInt16(bigEndian: name.sin_port), user: "x",
            hostKeyPolicy: .pinned(fingerprints: []))
    }

    func stop() { close(descriptor) }
}
