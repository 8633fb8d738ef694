import ClusterModel
import Diagnostics
import Foundation
import Planning
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// How many are inside at once.
private final class Counts: Sendable {
    private let state = Mutex((now: 0, most: 0))

    var most: Int { state.withLock { $0.most } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}

@Suite("The fleet", .timeLimit(.minutes(1)))
struct FleetTests {
    private static let probe = Probe.script("p", "echo yes")

    private static func questions(_ names: [String]) -> [(host: String, script: ProbeScript)] {
        names.map { ($0, ProbeScript([probe])) }
    }

    @Test("Asks every host in one batch and tells who did not answer")
    func gathering() async {
        let fleet = Fleet(
            transport: RecordingTransport(hosts: ["a": RecordingHost(), "c": RecordingHost()]),
            hosts: ["a", "b", "c"].map(HostSpec.named), lock: nil)
        let gathering = await fleet.gather(Self.questions(["c", "b", "a", "stranger"]))
        #expect(gathering.facts.hosts.keys.sorted() == ["a", "c"])
        #expect(gathering.facts["a"][Self.probe] == .present("yes"))
        #expect(gathering.problems.map(\.host) == ["b", "stranger"])
        #expect(gathering.problems.map(\.code) == ["ssh.unreachable", "host.unknown"])
    }

    @Test("What some hosts are asked beside costs no batch of its own and is no fact")
    func beside() async {
        let hosts = ["a": RecordingHost(), "b": RecordingHost()]
        let fleet = Fleet(
            transport: RecordingTransport(hosts: hosts), hosts: ["a", "b"].map(HostSpec.named), lock: nil)
        let gathering = await fleet.gather(Self.questions(["a", "b"]), beside: ["a": RemoteCommand("echo s; exit 3")])
        #expect(gathering.results.keys.sorted() == ["a"])
        #expect(gathering.results["a"]?.output == "s\n")
        #expect(gathering.results["a"]?.status == 3)
        for host in ["a", "b"] {
            #expect(gathering.facts[host].answers == [Self.probe: .present("yes")])
            #expect(hosts[host]?.batches == 1)
        }
        #expect(gathering.problems.isEmpty)
    }

    @Test("Probes may be seen, so that a first batch may travel with the start of its shell")
    func visibility() async {
        let host = RecordingHost()
        let fleet = Fleet(transport: RecordingTransport(hosts: ["a": host]), hosts: [.named("a")], lock: nil)
        _ = await fleet.gather(Self.questions(["a"]), beside: ["a": RemoteCommand("true")])
        #expect(host.state.withLock { $0.mayBeSeen } == [true, false])
    }

    @Test("An answer that is cut short leaves its question unknown")
    func cutShort() async {
        let host = RecordingHost { _ in RemoteResult(status: 0, output: "\u{1e}script\nye", errorOutput: "") }
        let fleet = Fleet(transport: RecordingTransport(hosts: ["a": host]), hosts: [.named("a")], lock: nil)
        let facts = await fleet.gather(Self.questions(["a"])).facts
        #expect(facts["a"][Self.probe] == .unknown("the host's answer broke off"))
    }

    @Test("Never connects to more hosts at once than allowed", arguments: [1, 3, 50])
    func concurrency(_ limit: Int) async {
        let counts = Counts()
        let names = (0..<12).map { "h\($0)" }
        let transport = RecordingTransport(
            hosts: Dictionary(
                uniqueKeysWithValues: names.map { name in
                    let answer = RecordingHost { _ in
                        try await Task.sleep(for: .milliseconds(30))
                        counts.leave()
                        return RemoteResult(status: 0, output: "", errorOutput: "")
                    }
                    return (name, answer)
                }),
            connecting: { _ in
                counts.enter()
            })
        let fleet = Fleet(transport: transport, hosts: names.map(HostSpec.named), lock: nil)
        let facts = await fleet.gather(Self.questions(names), concurrent: limit).facts
        #expect(facts.hosts.count == 12)
        #expect(counts.most <= min(limit, 12))
        #expect(counts.most >= min(limit, 2))
    }

    @Test("A connection that has ended is made anew, and only once")
    func endedConnection() async throws {
        let host = RecordingHost()
        let fleet = Fleet(transport: RecordingTransport(hosts: ["a": host]), hosts: [.named("a")], lock: nil)
        host.lose(batch: 0, .beforeRunning)
        await #expect(throws: Diagnostic.self) {
            try await fleet.connection(to: "a").run([RemoteCommand("true")], timeout: .seconds(5))
        }
        for _ in 0..<2 {
            let results = try await fleet.connection(to: "a").run([RemoteCommand("true")], timeout: .seconds(5))
            #expect(results.map(\.status) == [0])
        }
        #expect(host.connections == 2)
    }

    @Test("What only reads is asked again when its connection is lost; a host that is away is waited for")
    func readingAgain() async throws {
        let host = RecordingHost()
        let fleet = Fleet(transport: RecordingTransport(hosts: ["a": host]), hosts: [.named("a")], lock: nil)
        host.lose(batch: 0, .afterRunning)
        host.lose(batch: 2, .beforeRunning)
        #expect(try await fleet.read([RemoteCommand("echo x")], on: "a", timeout: .seconds(5)).map(\.output) == ["x\n"])
        await #expect(throws: Diagnostic.self) {
            try await fleet.connection(to: "a").run([RemoteCommand("true")], timeout: .seconds(5))
        }
        host.state.withLock { state in
            state.refusals = [Diagnostic(code: "ssh.refused", "still starting", exitCode: .unreachable)]
        }
        try await fleet.renew(within: .seconds(5))
        #expect(host.connections == 4)
        host.lose(batch: 3, .beforeRunning)
        await #expect(throws: Diagnostic.self) {
            try await fleet.connection(to: "a").run([RemoteCommand("true")], timeout: .seconds(5))
        }
        host.state.withLock { state in
            state.refusals = Array(
                repeating: Diagnostic(code: "ssh.refused", "gone", exitCode: .unreachable), count: 100)
        }
        await #expect(throws: Diagnostic.self) { try await fleet.renew(within: .milliseconds(300)) }
    }

    @Test("Whoever asks for a connection at the same time gets the same one")
    func sharedConnection() async throws {
        let host = RecordingHost()
        let transport = RecordingTransport(
            hosts: ["a": host], connecting: { _ in try await Task.sleep(for: .milliseconds(50)) })
        let fleet = Fleet(transport: transport, hosts: [.named("a")], lock: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await fleet.connection(to: "a") } }
            try await group.waitForAll()
        }
        #expect(host.connections == 1)
        await fleet.close()
        #expect(host.state.withLock { $0.closed } == 1)
    }
}

@Suite("The journal")
struct JournalTests {
    private let folder: Scratch

    init() throws { folder = try Scratch() }

    private func lines() throws -> [[String: String]] {
        try folder.read("journal/demo.jsonl").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
            line in
            try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        }
    }

    @Test("Every line is JSON with a time and the run it belongs to")
    func format() throws {
        let journal = try Journal(folder: folder.path, cluster: "demo")
        journal.record(.runStarted)
        journal.record(.started, step: "a@\"h\"\n")
        journal.record(.finished, step: "a@h", outcome: "done")
        let lines = try lines()
        #expect(lines.map { $0["event"] } == ["run-started", "started", "finished"])
        #expect(lines[1]["step"] == "a@\"h\"\n")
        #expect(lines[2]["outcome"] == "done")
        #expect(Set(lines.map { $0["run"] }).count == 1)
        for line in lines { #expect(line["time"]?.hasSuffix("Z") == true) }
    }

    @Test("Belongs to its owner alone")
    func modes() throws {
        _ = try Journal(folder: folder.path, cluster: "demo")
        #expect(try folder.mode("journal/demo.jsonl") == 0o600)
        #expect(try folder.mode("journal") == 0o700)
    }

    @Test("Only grows, also when two runs write at once")
    func appending() throws {
        try Journal(folder: folder.path, cluster: "demo").record(.runStarted)
        let first = try Journal(folder: folder.path, cluster: "demo")
        let second = try Journal(folder: folder.path, cluster: "demo")
        for index in 0..<20 {
            first.record(.started, step: "first-\(index)")
            second.record(.started, step: "second-with-a-longer-name-\(index)")
        }
        let lines = try lines()
        #expect(lines.count == 41)
        #expect(lines.compactMap { $0["step"] }.prefix(2) == ["first-0", "second-with-a-longer-name-0"])
        #expect(Set(lines.map { $0["run"] }).count == 3)
    }

    @Test("A folder that cannot be made is said")
    func unwritable() throws {
        let file = try folder.write("file", "")
        #expect(throws: (any Error).self) { try Journal(folder: file, cluster: "demo") }
    }
}

@Suite("A report")
struct ReportTests {
    private static func report(_ outcomes: [StepOutcome], wasCancelled: Bool = false) -> Report {
        let step = Step(
            id: "a@h", phase: .system, host: "h", title: "t", change: .run, reason: "", ensure: [], actions: [],
            requires: [])
        return Report(
            entries: outcomes.map { Report.Entry(step: step, outcome: $0, elapsed: .zero) }, elapsed: .zero,
            wasCancelled: wasCancelled)
    }

    @Test("Makes the exit status")
    func exitCode() {
        let failure = Diagnostic(code: "x", "x")
        let gone = Diagnostic(code: "x", "x", exitCode: .unreachable)
        #expect(Self.report([]).exitCode == .done)
        #expect(Self.report([.done, .satisfied]).exitCode == .done)
        #expect(Self.report([.done, .failed(gone), .failed(failure)]).exitCode == .unreachable)
        #expect(Self.report([.unverified(failure)]).exitCode == .failed)
        #expect(Self.report([.skipped(because: "x")]).exitCode == .failed)
        #expect(Self.report([.done], wasCancelled: true).exitCode == .interrupted)
    }
}
