package import Labs

/// What a proof found.
package enum ProofView {
    package static func text(_ report: ProofReport, on terminal: Terminal) -> String {
        let verdict = report.proven ? terminal.styled("proven", .green) : terminal.styled("NOT PROVEN", .red)
        var lines = ["\(terminal.styled(report.id, .bold)) \(verdict)"]
        lines += FittedText.fold("  \(report.score), \(Int(report.seconds)) s", columns: terminal.columns)
        for phase in report.phases {
            let sign = phase.proven ? terminal.styled("ok  ", .green) : terminal.styled("BAD ", .red)
            let name = phase.kind.rawValue + (phase.id.isEmpty ? "" : " \(phase.id)")
            let red = phase.red.isEmpty ? "" : "  red: \(phase.red.joined(separator: ", "))"
            let error = phase.error.isEmpty ? "" : "  error: \(phase.error.joined(separator: ", "))"
            let parts = FittedText.fold(
                "\(name)  (\(Int(phase.seconds)) s)\(red)\(error)", columns: max(20, terminal.columns - 7))
            for (index, part) in parts.enumerated() { lines.append((index == 0 ? "  \(sign) " : "       ") + part) }
            for problem in phase.problems {
                lines += FittedText.fold(ForeignText.printable(problem), columns: max(20, terminal.columns - 9)).map {
                    "       | \($0)"
                }
            }
        }
        if !report.unproven.isEmpty {
            lines += FittedText.fold(
                "  never seen red: \(report.unproven.joined(separator: ", "))", columns: terminal.columns)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
