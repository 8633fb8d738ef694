internal import Diagnostics
internal import Foundation
internal import Reporting

/// What the program says beside its data: standard error.
enum Conversation {
    @Sendable static func say(_ line: String) { write(line + "\n") }

    @Sendable static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    static func show(_ diagnostics: [Diagnostic]) {
        guard !diagnostics.isEmpty else { return }
        write(DiagnosticView.text(diagnostics, on: .of(2)))
    }

    /// Asks on the terminal; nil if there is none to ask.
    ///
    /// Nothing has been changed yet, so a signal ends the program at once.
    static func question(_ text: String) -> String? {
        guard isatty(0) == 1 else { return nil }
        let signals = [SIGINT, SIGTERM]
        let handlers = signals.map { signal($0, SIG_DFL) }
        defer { for (number, handler) in zip(signals, handlers) { signal(number, handler) } }
        write(text)
        return readLine()
    }
}
