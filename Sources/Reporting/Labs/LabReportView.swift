package import Labs

/// What a look at a lab found.
package enum LabReportView {
    package static func json(_ report: LabReport) -> String { JSONOutput.text(report) }

    package static func text(_ report: LabReport, on terminal: Terminal, verbose: Bool) -> String {
        var lines: [String] = []
        let title = "\(report.id)  \(ForeignText.printable(report.title))" + (report.step.map { " (\($0))" } ?? "")
        lines += heading(title, on: terminal)
        lines += FittedText.fold(
            "\(report.honesty.rawValue) \(report.honesty.words); cluster \(ForeignText.printable(report.cluster))",
            columns: terminal.columns)
        for gap in report.gaps {
            lines += FittedText.fold(
                "needs \(ForeignText.printable(gap.need)): \(gap.remedy)", columns: terminal.columns)
        }
        lines.append("")
        for outcome in report.checks { lines += check(outcome, on: terminal, verbose: verbose) }
        lines.append("")
        lines += FittedText.fold(summary(report), columns: terminal.columns).map { terminal.styled($0, .bold) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Bold, and folded where the terminal is narrow.
    static func heading(_ text: String, on terminal: Terminal) -> [String] {
        FittedText.fold(text, columns: terminal.columns).map { terminal.styled($0, .bold) }
    }

    /// Always the same four parts: expected, observed, why, next.
    static func check(_ outcome: CheckOutcome, on terminal: Terminal, verbose: Bool) -> [String] {
        let sign = sign(outcome.result, terminal)
        let tier = outcome.tier == .goal ? "" : " (\(outcome.tier.rawValue))"
        // A title that was made of what is expected would only say it twice.
        let title = outcome.title.isEmpty || outcome.title == outcome.expected ? "" : ": \(outcome.title)"
        var lines = FittedText.fold(
            ForeignText.printable("\(outcome.id)\(tier)\(title)"), columns: max(16, terminal.columns - 8)
        ).enumerated().map { ($0 == 0 ? "\(sign) " : "        ") + $1 }
        guard outcome.result != .pass || verbose else {
            return FittedText.fold(
                "\(outcome.id)\(tier): \(ForeignText.printable(outcome.observed))", columns: terminal.columns - 8
            )
            .enumerated().map { ($0 == 0 ? "\(sign) " : "        ") + $1 }
        }
        var rows = [("expected", outcome.expected), ("observed", observed(outcome)), ("why", outcome.why)]
        if !outcome.next.isEmpty { rows.append(("next", outcome.next)) }
        for (name, text) in rows {
            let parts = FittedText.fold(ForeignText.printable(text), columns: max(16, terminal.columns - 19))
            for (index, part) in parts.enumerated() {
                lines.append("        " + FittedText.padded(index == 0 ? name : "", to: 10) + part)
            }
        }
        for line in ForeignText.lines(outcome.evidence) {
            lines += FittedText.fold(line, columns: max(16, terminal.columns - 20)).map { "        | \($0)" }
        }
        return lines
    }

    /// With the time and the number of looks.
    private static func observed(_ outcome: CheckOutcome) -> String {
        guard outcome.attempts > 0 else { return outcome.observed }
        let clock = outcome.time.split(separator: "T").last ?? ""
        let looks = outcome.attempts == 1 ? "1 look" : "\(outcome.attempts) looks"
        let seconds =
            outcome.seconds < 10
            ? "\(Int(outcome.seconds * 10 + 0.5) / 10).\(Int(outcome.seconds * 10 + 0.5) % 10)"
            : "\(Int(outcome.seconds))"
        return "\(outcome.observed) (\(clock), \(looks) in \(seconds) s)"
    }

    static func sign(_ result: CheckResult, _ terminal: Terminal) -> String {
        switch result {
        case .pass: terminal.styled("pass   ", .green)
        case .fail: terminal.styled("FAIL   ", .red)
        case .error: terminal.styled("ERROR  ", .red)
        case .blocked: terminal.styled("blocked", .yellow)
        case .skipped: terminal.styled("skipped", .faint)
        case .simulatedPass: terminal.styled("simul. ", .yellow)
        }
    }

    private static func summary(_ report: LabReport) -> String {
        let counts = CheckResult.allCases.compactMap { result -> String? in
            let number = report.checks.count { $0.result == result }
            return number == 0 ? nil : "\(number) \(result.rawValue)"
        }
        let verdict: String
        switch report.goals {
        case _ where report.step == "cleanup":
            verdict = report.result == .pass || report.result == .skipped ? "clean" : "not clean yet"
        case .pass where report.step == nil && report.result == .pass: verdict = "passed"
        case .pass where report.step == nil: verdict = "goals passed; what is left is what a quick solution forgets"
        case .pass: verdict = "this step is done"
        case .error: verdict = "could not be judged"
        case .simulatedPass: verdict = "held, in a simulation"
        case .skipped: verdict = "nothing was judged"
        case .fail, .blocked: verdict = "not yet"
        }
        return "\(report.id): \(verdict) (\(counts.joined(separator: ", ")))"
    }
}
