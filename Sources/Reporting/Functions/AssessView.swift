package import Functions

/// What `framework assess` found, for people and programs.
package enum AssessView {
    package static func json(_ report: AssessReport) -> String { JSONOutput.text(report) }

    package static func text(_ report: AssessReport, on terminal: Terminal) -> String {
        var lines = [
            terminal.styled("\(ForeignText.printable(report.name)) on \(ForeignText.printable(report.cluster))", .bold)
        ]
        lines += FittedText.fold(conditions(report), columns: terminal.columns)
        lines.append("")
        for rule in report.rules {
            lines.append("\(sign(rule.result, terminal)) \(terminal.styled("\(rule.rule). \(rule.title)", .bold))")
            for check in rule.checks {
                let head = "\(sign(check.result, terminal)) \(check.id)"
                lines.append("        \(head)")
                let text = "\(ForeignText.printable(check.observed)); expected: \(check.expected)"
                lines += FittedText.fold(text, columns: max(24, terminal.columns - 16)).map {
                    String(repeating: " ", count: 16) + $0
                }
            }
        }
        lines.append("")
        lines.append(terminal.styled("\(report.name): \(summary(report))", .bold))
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reports side by side: results of the rules, then every number that one of them has.
    package static func comparison(_ reports: [AssessReport], on terminal: Terminal) -> String {
        var rows = [[""] + reports.map { ForeignText.printable($0.name) }, ["time"] + reports.map(\.time)]
        for row in rules(reports) { rows.append([row.title] + row.cells.map { $0.uppercased() }) }
        for row in numbers(reports) { rows.append(["  \(row.title)"] + row.cells) }
        return TextTable.render(rows)
    }

    struct Row {
        var title: String
        var cells: [String]
    }

    static func rules(_ reports: [AssessReport]) -> [Row] {
        (reports.first?.rules ?? []).map { rule in
            Row(
                title: "\(rule.rule). \(rule.title)",
                cells: reports.map { report in
                    report.rules.first { $0.rule == rule.rule }?.result.rawValue ?? "-"
                })
        }
    }

    static func numbers(_ reports: [AssessReport]) -> [Row] {
        (1...8).flatMap { number -> [Row] in
            let all = reports.map { report in report.rules.first { $0.rule == number }?.measured ?? [:] }
            return Set(all.flatMap(\.keys)).sorted().map { key in
                Row(
                    title: "\(number) \(key)",
                    cells: all.map { $0[key].map { AssessJudgement.text($0) } ?? "-" })
            }
        }
    }

    static func conditions(_ report: AssessReport) -> String {
        let conditions = report.conditions
        return "Kubernetes \(conditions.kubernetes), \(AssessJudgement.text(Double(conditions.nodes))) nodes; function "
            + "\(ForeignText.printable(conditions.function)), \(conditions.workers) requests at a time of "
            + "\(conditions.workMilliseconds) ms for \(AssessJudgement.text(conditions.loadSeconds)) s, idle for at most "
            + "\(AssessJudgement.text(conditions.idleSeconds)) s; through \(ForeignText.printable(conditions.door))"
    }

    static func summary(_ report: AssessReport) -> String {
        AssessResult.allCases.map { "\(report.count($0)) \($0.rawValue)" }.joined(separator: ", ")
            + " of \(report.rules.count) rules, in \(AssessJudgement.text(report.seconds)) s"
    }

    private static func sign(_ result: AssessResult, _ terminal: Terminal) -> String {
        switch result {
        case .pass: terminal.styled("pass   ", .green)
        case .fail: terminal.styled("FAIL   ", .red)
        case .unknown: terminal.styled("unknown", .yellow)
        }
    }
}
