import Diagnostics
import Execution
import Planning
import Synchronization
import TestSupport
import Testing

@testable import Reporting

@Suite("A run as it goes")
struct ProgressViewTests {
    private final class Screen: Sendable {
        let text = Mutex("")
        @Sendable func write(_ piece: String) { text.withLock { $0 += piece } }
    }

    private static let events: [RunEvent] = {
        let first = SamplePlan.step("packages", on: "cp-1", .system, .create)
        let second = SamplePlan.step("join", on: "worker-1", .workers, .run)
        let third = SamplePlan.step("verify", on: "cp-1", .verify, .run)
        let problem = Diagnostic(code: "step.failed", "it failed", host: "worker-1")
        return [
            .started(first), .started(second), .progress(second, "waiting for the API server: absent"),
            .progress(second, "waiting for the API server: absent"), .progress(third, "not under way"),
            .finished(first, .done, elapsed: .milliseconds(1530)), .note(problem),
            .finished(second, .failed(problem), elapsed: .milliseconds(20)),
            .finished(third, .skipped(because: "join@worker-1 failed"), elapsed: .zero),
            .finished(third, .satisfied, elapsed: .zero), .finished(third, .cancelled, elapsed: .zero),
            .finished(third, .unverified(problem), elapsed: .seconds(61)),
        ]
    }()

    @Test("Is plain lines where there is no terminal, each change of a note once")
    func plain() throws {
        let screen = Screen()
        let view = ProgressView(
            terminal: Terminal(isInteractive: false, hasColour: false, columns: 80), total: 3, write: screen.write)
        Self.events.forEach(view.show)
        view.tick()
        view.end()
        let text = screen.text.withLock { $0 }
        #expect(!text.contains("\u{1b}"))
        try expectGolden(text.replacing(/[0-9]{2}:[0-9]{2}[ ]{2}/, with: "MM:SS  "), "progress.txt")
    }

    @Test("Takes back on a terminal what it drew, line for line")
    func interactive() {
        let screen = Screen()
        let view = ProgressView(
            terminal: Terminal(isInteractive: true, hasColour: false, columns: 40), total: 3, write: screen.write)
        Self.events.forEach(view.show)
        view.end()
        // A small terminal: the cursor goes up and all below it is cleared.
        var lines: [Substring] = []
        let text = screen.text.withLock { $0 }
        for piece in text.split(separator: "\u{1b}[", omittingEmptySubsequences: false) {
            var rest = piece
            if let up = piece.firstMatch(of: /^([0-9]+)A/) {
                lines.removeLast(Int(up.1) ?? 0)
                rest = piece[up.range.upperBound...]
            } else if piece.hasPrefix("0J") {
                rest = piece.dropFirst(2)
            }
            lines += rest.split(separator: "\n")
        }
        #expect(lines.count == 7)
        #expect(lines.allSatisfy { !$0.contains(" of 3 steps") })
        #expect(text.contains("of 3 steps"))
    }
}
