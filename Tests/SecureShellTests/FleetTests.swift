import Foundation
import SSHServerRig
import Synchronization
import TestSupport
import Testing

@testable import SecureShell

extension ServerTests {
    @Suite struct FleetTests {
        @Test func twoHundredHosts() async throws {
            // Two hundred names on a dozen loopback addresses: sshd listens on few sockets, and on no other network.
            let listening = (2...12).map { "ListenAddress 127.0.0.\($0)" }
            try await withServer(["MaxStartups 500"] + listening) { server in
                let key = try server.hostKeyLine()
                let addresses = (0..<200).map { "127.0.0.\($0 % 12 + 1)" }
                // Every tenth host has no entry.
                let lines = addresses.indices.filter { $0 % 10 != 9 }.map { "[host-\($0)]:\(server.port) \(key)\n" }
                try lines.joined().write(toFile: server.knownHosts, atomically: true, encoding: .utf8)
                let targets = addresses.enumerated().map { index, address in
                    var target = server.target()
                    (target.host, target.address) = ("host-\(index)", address)
                    return target
                }
                let results = Mutex<[Int: Result<CommandResult, SSHError>]>([:])
                await FleetRunner().run("echo $SSH_CONNECTION", on: targets, concurrency: 64) { index, result in
                    results.withLock { $0[index] = result }
                }
                let all = results.withLock { $0 }
                #expect(all.count == 200)
                for (index, address) in addresses.enumerated() {
                    switch all[index] {
                    case .success(let result)?:
                        #expect(index % 10 != 9)
                        #expect(text(result.stdout).contains(" \(address) \(server.port)"))
                    case .failure(let error)?:
                        #expect(index % 10 == 9, "\(error)")
                        #expect(error.code == "ssh.host-key-unknown")
                    case nil: Issue.record("no result for \(address)")
                    }
                }
            }
        }

        @Test func cancellationBeginsNothingMore() async throws {
            try await withServer { server in
                let done = Counter()
                let task = Task {
                    await FleetRunner().run(
                        "sleep 20", on: Array(repeating: server.target(), count: 100), concurrency: 4
                    ) {
                        index, result in
                        if case .failure(.cancelled) = result { done.add(index) }
                    }
                }
                for _ in 0..<500 where server.log.components(separatedBy: "Starting session").count < 5 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let began = ContinuousClock.now
                task.cancel()
                await task.value
                #expect(ContinuousClock.now - began < .seconds(12))
                #expect(done.values.count <= 8)
                #expect(!done.values.isEmpty)
            }
        }

        @Test func timersComeInOrder() {
            var random = SeededNumbers(seed: 3)
            var heap = TimerHeap()
            var times: [UInt64] = []
            for _ in 0..<500 {
                let time = UInt64.random(in: 0..<1000, using: &random)
                times.append(time)
                heap.insert(.init(time: MonotonicTime(nanoseconds: time), slot: Int(time % 7), generation: 0, token: 0))
            }
            heap.keep { $0.slot != 3 }
            var seen: [UInt64] = []
            while let entry = heap.popDue(at: MonotonicTime(nanoseconds: 800)) { seen.append(entry.time.nanoseconds) }
            #expect(seen == times.filter { $0 % 7 != 3 && $0 <= 800 }.sorted())
            #expect(heap.count == times.count { $0 % 7 != 3 && $0 > 800 })
        }
    }
}
