import Diagnostics
import Foundation
import Planning
import Synchronization
import TestSupport
import Testing

@testable import Execution

@Suite("What a step is doing, and why it failed in its own words", .timeLimit(.minutes(2)))
struct WatchTests {
    private let folder: Scratch
    private let events = Events()

    init() throws { folder = try Scratch() }

    private func step(_ text: String, watch: Probe? = nil) -> Step {
        Step(
            id: "long@h", phase: .system, host: "h", title: "a long step", change: .run, reason: "test", ensure: [],
            actions: [.script(.init("run it", text))], requires: [], watch: watch)
    }

    private func run(
        _ step: Step, on host: RecordingHost = RecordingHost(), reader: FailureExplainer.Reader? = nil
    ) async -> Report {
        let fleet = Fleet(transport: RecordingTransport(hosts: ["h": host]), hosts: [.named("h")], lock: nil)
        let runner = Runner(
            fleet: fleet, blobs: [:], journal: nil, explain: FailureExplainer(causes: [], reader: reader),
            emit: events.add)
        return await runner.run(Plan(cluster: "c", specDigest: "", steps: [step], diagnostics: []))
    }

    /// Works until its watch was asked as often as there are answers, then once more.
    private func host(answering answers: [String?]) -> RecordingHost {
        let asked = Mutex(0)
        return RecordingHost { command in
            if command.script.contains("the watch") {
                let number = asked.withLock { count in
                    count += 1
                    return count - 1
                }
                let answer = number < answers.count ? answers[number] : answers.last ?? nil
                return RemoteResult(
                    status: 0,
                    output: "\u{1e}script\n\(answer ?? "")\n\u{1e}status \(answer == nil ? 1 : 0)\n\u{1e}end\n",
                    errorOutput: "")
            }
            guard command.script.contains("the work") else {
                return RemoteResult(status: 0, output: "", errorOutput: "")
            }
            while asked.withLock({ $0 }) <= answers.count { try await Task.sleep(for: .milliseconds(20)) }
            return RemoteResult(status: 0, output: "\u{1e}0 0\n", errorOutput: "")
        }
    }

    private let watch = Probe.script("progress", ": the watch")

    @Test("The watch is asked while the actions run, and each new answer is shown once")
    func watched() async throws {
        let report = await run(step(": the work", watch: watch), on: host(answering: ["one", "one", "two"]))
        #expect(report.exitCode == .done)
        #expect(events.lines == ["start long@h", "long@h ... one", "long@h ... two", "long@h done"])
    }

    @Test("A watch without an answer shows nothing and spoils nothing")
    func silent() async throws {
        let report = await run(step(": the work", watch: watch), on: host(answering: [nil]))
        #expect(report.exitCode == .done)
        #expect(events.lines == ["start long@h", "long@h done"])
    }

    @Test("A question that is under way when the work ends is let end: a cancelled one would close the connection")
    func late() async throws {
        let state = Mutex((isAsked: false, wasCancelled: Bool?.none))
        let host = RecordingHost { command in
            guard command.script.contains("the watch") else {
                while command.script.contains("the work"), !state.withLock({ $0.isAsked }) {
                    try await Task.sleep(for: .milliseconds(20))
                }
                return RemoteResult(status: 0, output: "\u{1e}0 0\n", errorOutput: "")
            }
            state.withLock { $0.isAsked = true }
            try? await Task.sleep(for: .milliseconds(300))
            state.withLock { $0.wasCancelled = Task.isCancelled }
            return RemoteResult(status: 0, output: "", errorOutput: "")
        }
        #expect(await run(step(": the work", watch: watch), on: host).exitCode == .done)
        while state.withLock({ $0.wasCancelled == nil }) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(state.withLock { $0.wasCancelled } == false)
    }

    @Test("A program that explains its failure is believed, another one is not asked")
    func reader() async {
        let reader: FailureExplainer.Reader = { step, status, errors in
            guard errors.contains("known") else { return nil }
            return Diagnostic(code: "own.code", "\(step.title): \(status)", exitCode: .lacking)
        }
        let known = await run(step("echo known >&2; exit 29"), reader: reader)
        #expect(known.entries.first?.outcome.diagnostic?.code == "own.code")
        #expect(known.entries.first?.outcome.diagnostic?.summary == "a long step: 29")
        #expect(known.exitCode == .lacking)
        let other = await run(step("echo other >&2; exit 1"), reader: reader)
        #expect(other.entries.first?.outcome.diagnostic?.code == "step.failed")
    }
}
