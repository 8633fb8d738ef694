import Foundation
import SSHServerRig
import TestSupport
import Testing

@testable import SecureShell

@Suite struct SocksHandshakeTests {
    @Test func clientsAreUnderstoodByteByByte() {
        let cases: [(request: [UInt8], host: String, port: UInt16)] = [
            ([5, 1, 0, 1, 10, 0, 0, 7, 0x19, 0x2b], "10.0.0.7", 6443),
            ([5, 1, 0, 3, 4] + Array("cp-1".utf8) + [0, 22], "cp-1", 22),
            ([5, 1, 0, 4, 0xfd, 0] + [UInt8](repeating: 0, count: 13) + [2, 1, 0], "fd00:0:0:0:0:0:0:2", 256),
        ]
        for each in cases {
            var handshake = SocksHandshake()
            var steps: [SocksHandshake.Step] = []
            for byte in [5, 2, 0, 2] + each.request + [1, 2] {
                handshake.receive([byte])
                if steps.count < 2, case let step = handshake.next(), step != .needsMore { steps.append(step) }
            }
            #expect(steps == [.reply([5, 0]), .connect(.init(host: each.host, port: each.port))])
            #expect(handshake.rest == [1, 2])
        }
    }

    @Test func othersAreRefused() {
        let cases: [([UInt8], [UInt8])] = [
            (Array("GET / HTTP/1.1\r\n".utf8), []),
            ([5, 1, 2], [5, 0xff]),
        ]
        for (bytes, answer) in cases {
            var handshake = SocksHandshake()
            handshake.receive(bytes)
            #expect(handshake.next() == .refuse(answer))
        }
        for (request, code) in [([5, 2, 0, 1, 1, 1, 1, 1, 0, 1], 7), ([5, 1, 0, 9, 1, 1, 1, 1, 0, 1], 8)]
            as [([UInt8], UInt8)]
        {
            var handshake = SocksHandshake()
            handshake.receive([5, 1, 0] + request)
            #expect(handshake.next() == .reply([5, 0]))
            #expect(handshake.next() == .refuse([5, code, 0, 1, 0, 0, 0, 0, 0, 0]))
        }
    }
}

extension ServerTests {
    @Suite struct ForwardingTests {
        /// The `curl` of this machine.
        private func curl(_ arguments: String...) async throws -> (status: Int32, output: String) {
            let outcome = try await Running("curl", ["-sS", "-m", "30"] + arguments).wait(seconds: 60)
            return (outcome.status, outcome.output + outcome.errors)
        }

        @Test func aPortEndsAtTheOneThatWasNamed() async throws {
            try await withSession(["LogLevel DEBUG1"]) { session, server in
                let proxy = try ForwardingProxy(through: session, toHost: "127.0.0.1", port: server.port)
                #expect(proxy.port != 0 && proxy.port != server.port)
                let answer = try await curl("--http0.9", "http://127.0.0.1:\(proxy.port)/")
                #expect(answer.output.hasPrefix("SSH-2.0-OpenSSH"), "\(answer)")
                proxy.close()
                let gone = try await curl("-m", "2", "http://127.0.0.1:\(proxy.port)/")
                #expect(gone.status != 0)
            }
        }

        /// With the `curl` of this machine as the client: whether it went through the host is in the server's log.
        @Test func whatTheHostReachesIsReached() async throws {
            try await withSession(["LogLevel DEBUG1"]) { session, server in
                let proxy = try ForwardingProxy(through: session)
                // The only server here is sshd itself: it speaks first, and curl takes that for HTTP/0.9.
                let answer = try await curl("--http0.9", "-x", proxy.url, "http://127.0.0.1:\(server.port)/")
                #expect(answer.output.hasPrefix("SSH-2.0-OpenSSH"), "\(answer)")
                #expect(server.log.contains("direct-tcpip"))
                let closed = try await curl("-x", proxy.url, "http://127.0.0.1:1/")
                #expect(closed.status == 97, "\(closed)")
                proxy.close()
                let after = try await curl("-x", proxy.url, "http://127.0.0.1:1/")
                #expect(after.status != 0 && after.status != 28, "\(after)")
            }
        }

        @Test func manyAtOnceAndLargeAnswers() async throws {
            try await withSession { session, server in
                let proxy = try ForwardingProxy(through: session)
                let folder = server.folder + "/www"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let content = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) })
                try content.write(to: URL(fileURLWithPath: folder + "/big"))
                let port = Int(server.port) + 1
                let web = try Running(
                    "python3", ["-u", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", folder])
                defer { web.end() }
                try await waitUntil("it serves", within: 60) { web.output.contains("Serving HTTP") }
                let sizes = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<12 {
                        group.addTask {
                            let file = folder + "/copy-\(index)"
                            let answer = try await curl(
                                "--retry", "3", "--retry-connrefused", "-x", proxy.url, "-o",
                                file, "http://127.0.0.1:\(port)/big")
                            return answer.status == 0 && FileManager.default.contents(atPath: file) == content
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(sizes == Array(repeating: true, count: 12))
                proxy.close()
            }
        }
    }
}
