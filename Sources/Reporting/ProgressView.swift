package import Execution
internal import Foundation
internal import Planning
internal import Synchronization

/// A run as it goes, on standard error: a live picture on a terminal, plain lines otherwise.
package final class ProgressView: Sendable {
    private struct State {
        var running: [(step: Step, since: ContinuousClock.Instant, note: String)] = []
        var finished = 0
        var shownLines = 0
    }

    private let state = Mutex(State())
    private let terminal: Terminal
    private let total: Int
    private let begin = ContinuousClock.now
    private let write: @Sendable (String) -> Void

    package init(terminal: Terminal, total: Int, write: @escaping @Sendable (String) -> Void) {
        self.terminal = terminal
        self.total = total
        self.write = write
    }

    /// Consumes one event.
    ///
    /// Called from any thread, never at once with itself.
    package func show(_ event: RunEvent) {
        state.withLock { state in
            erase(&state)
            switch event {
            case .started(let step):
                state.running.append((step, .now, ""))
                if !terminal.isInteractive { write("\(clock())  start  \(step.id)\n") }
            case .progress(let step, let note):
                if let index = state.running.firstIndex(where: { $0.step.id == step.id }) {
                    if !terminal.isInteractive, state.running[index].note != note {
                        write("\(clock())  ....   \(step.id)  \(note)\n")
                    }
                    state.running[index].note = note
                }
            case .finished(let step, let outcome, let elapsed):
                state.running.removeAll { $0.step.id == step.id }
                state.finished += 1
                write(line(step, outcome, elapsed))
            case .note(let diagnostic): write(DiagnosticView.text(diagnostic, on: terminal))
            }
            draw(&state)
        }
    }

    /// Draws the picture anew; called a few times a second on a terminal.
    package func tick() {
        guard terminal.isInteractive else { return }
        state.withLock { state in
            erase(&state)
            draw(&state)
        }
    }

    /// Takes the picture away; what was finished stays.
    package func end() { state.withLock { erase(&$0) } }

    private func line(_ step: Step, _ outcome: StepOutcome, _ elapsed: Duration) -> String {
        let style: Terminal.Style = outcome.isGood ? .green : .red
        let sign: String
        switch outcome {
        case .done: sign = "done "
        case .satisfied: sign = "holds"
        case .unverified: sign = "UNVERIFIED"
        case .failed: sign = "FAILED"
        case .skipped: sign = "skip "
        case .cancelled: sign = "stop "
        }
        var text = "\(clock())  \(terminal.styled(sign, style))  \(step.id)"
        if elapsed >= .milliseconds(100) { text += "  \(seconds(elapsed))" }
        if case .skipped(let because) = outcome { text += "  because \(because)" }
        return text + "\n"
    }

    private func erase(_ state: inout State) {
        guard terminal.isInteractive, state.shownLines > 0 else { return }
        write("\u{1b}[\(state.shownLines)A\u{1b}[0J")
        state.shownLines = 0
    }

    private func draw(_ state: inout State) {
        guard terminal.isInteractive, !state.running.isEmpty else { return }
        var lines = [terminal.styled("\(clock())  \(state.finished) of \(total) steps", .bold)]
        for entry in state.running.prefix(12) {
            let note = entry.note.isEmpty ? entry.step.title : entry.note
            lines.append(
                String("  \(seconds(.now - entry.since))  \(entry.step.id)  \(note)".prefix(terminal.columns - 1)))
        }
        if state.running.count > 12 { lines.append("  and \(state.running.count - 12) more") }
        write(lines.joined(separator: "\n") + "\n")
        state.shownLines = lines.count
    }

    private func clock() -> String {
        let elapsed = Int((ContinuousClock.now - begin).components.seconds)
        return String(format: "%02d:%02d", elapsed / 60, elapsed % 60)
    }

    private func seconds(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        return String(format: "%.1f s", Double(whole) + Double(attoseconds) / 1e18)
    }
}
