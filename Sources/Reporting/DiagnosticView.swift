package import Diagnostics

/// Diagnostics as text for standard error.
package enum DiagnosticView {
    package static func text(_ diagnostics: [Diagnostic], on terminal: Terminal) -> String {
        diagnostics.map { text($0, on: terminal) }.joined()
    }

    /// `error: summary [code]`, then where it is, what was found, what the host said, and what to do.
    package static func text(_ diagnostic: Diagnostic, on terminal: Terminal) -> String {
        let word: String
        switch diagnostic.severity {
        case .error: word = terminal.styled("error", .red)
        case .warning: word = terminal.styled("warning", .yellow)
        case .note: word = terminal.styled("note", .cyan)
        }
        let subject = diagnostic.host.map { "\($0): " } ?? ""
        var lines: [String] = []
        if let location = diagnostic.location {
            lines.append(
                "\(location.file):\(location.line):\(location.column): \(word): \(subject)\(diagnostic.summary) [\(diagnostic.code)]"
            )
            lines += excerpt(location)
        } else {
            lines.append("\(word): \(subject)\(diagnostic.summary) [\(diagnostic.code)]")
        }
        if let detail = diagnostic.detail, !detail.isEmpty {
            lines += detail.split(separator: "\n").map { "  \(printable(String($0)))" }
        }
        lines += diagnostic.evidence.map { "  | \(printable($0))" }
        if let hint = diagnostic.hint { lines.append("  \(terminal.styled("hint", .cyan)): \(hint)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The line with a caret below the place; tabs are shown as one space, so that the caret stands right.
    private static func excerpt(_ location: SourceLocation) -> [String] {
        guard let text = location.text else { return [] }
        let shown = text.map { $0 == "\t" ? " " : $0 }.map(String.init).joined()
        let width = max(1, min((location.endColumn ?? location.column + 1) - location.column, 200))
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let caret =
            String(repeating: " ", count: max(0, location.column - 1)) + "^" + String(repeating: "~", count: width - 1)
        return [" \(number) | \(printable(shown))", " \(margin) | \(caret)"]
    }

    /// Control characters of a foreign text must not reach the terminal.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
