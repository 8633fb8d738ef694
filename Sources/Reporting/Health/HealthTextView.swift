internal import Foundation
package import Health

/// A verdict for the terminal: first what it is, then what is wrong, then why and what to do.
package enum HealthTextView {
    package static func text(_ report: HealthReport, on terminal: Terminal, verbose: Bool) -> String {
        let columns = max(40, min(terminal.columns, 80))
        let groups = FindingGroup.groups(of: report.findings)
        let page = Page(terminal: terminal, columns: columns, isVerbose: verbose)
        let sections = [
            page.head(report),
            page.overview(groups.filter { $0.status.isProblem || $0.status == .skipped }),
            groups.filter(\.status.isProblem).map(page.details).joined(separator: "\n"),
            page.passes(report),
            page.cost(report.cost),
        ]
        return sections.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private struct Page {
        var terminal: Terminal
        var columns: Int
        var isVerbose: Bool

        /// Different entries, and lines of evidence, beyond which only `--verbose` goes.
        private static let limit = 10

        /// Of more entries than the limit so many stand for all: the same cause shows itself in the first ones, too.
        private static let examples = 3

        // MARK: The first line

        func head(_ report: HealthReport) -> String {
            let word = report.verdict.rawValue.uppercased()
            let cluster = FittedText.cut(ForeignText.printable(report.cluster), to: 40)
            let time = ForeignText.printable(report.time)
            let rest = FittedText.fold("\(cluster)  \(time)  \(report.counts)", columns: columns - word.count - 2)
            return lines(rest, after: terminal.styled(word, style(report.verdict)), width: word.count)
        }

        // MARK: One line per group

        func overview(_ groups: [FindingGroup]) -> String {
            let shared = isVerbose ? [] : sharedReasons(groups)
            let alone = groups.filter { !isOf(shared, $0) }
            let width = min(28, alone.map(\.id.count).max() ?? 0)
            let single = alone.map { group in
                let word = FittedText.padded(word(group.status), to: 7)
                let id = FittedText.padded(FittedText.cut(ForeignText.printable(group.id), to: width), to: width)
                let said = summary(group, columns: columns - 11 - width)
                return "\(terminal.styled(word, style(group.status)))  \(id)  \(said)\n"
            }
            let several = shared.map { reason in
                let probes = Set(groups.filter { isOf([reason], $0) }.map(\.id)).count
                let said = "\(probes) probes: \(ForeignText.printable(reason)); --verbose names them"
                return lines(
                    FittedText.fold(said, columns: columns - 9),
                    after: terminal.styled(word(.skipped), style(.skipped)), width: 7)
            }
            return (single + several).joined()
        }

        /// Why more than two probes were skipped for the same whole cluster; they share a line.
        private func sharedReasons(_ groups: [FindingGroup]) -> [String] {
            var order: [String] = []
            var probes: [String: Set<String>] = [:]
            for group in groups {
                guard let reason = group.commonMeasured, isOf([reason], group) else { continue }
                if probes[reason] == nil { order.append(reason) }
                probes[reason, default: []].insert(group.id)
            }
            return order.filter { probes[$0, default: []].count > 2 }
        }

        private func isOf(_ reasons: [String], _ group: FindingGroup) -> Bool {
            guard group.status == .skipped, group.subjects == ["cluster"], let reason = group.commonMeasured else {
                return false
            }
            return reasons.contains(reason)
        }

        private func summary(_ group: FindingGroup, columns: Int) -> String {
            let subjects = group.subjects.map { ForeignText.printable($0) }
            let measured = group.commonMeasured.map { ForeignText.printable($0) }
            if group.status == .skipped, let reason = measured {
                if subjects == ["cluster"] { return FittedText.cut(reason, to: columns) }
                let who = subjects.count == 1 ? subjects[0] : SubjectSummary.count(subjects)
                return FittedText.cut("\(who): \(reason)", to: columns)
            }
            guard subjects.count > 1 else {
                let more = group.findings.count > 1 && measured == nil
                let said =
                    more ? group.findings.map { ForeignText.printable($0.measured) }.joined(separator: "; ") : nil
                return FittedText.cut("\(subjects.first ?? ""): \(said ?? measured ?? "")", to: columns)
            }
            let names = SubjectSummary.text(subjects, columns: columns)
            let full = "\(names) (\(measured ?? ""))"
            return FittedText.cut(measured == nil || full.count > columns ? names : full, to: columns)
        }

        // MARK: Details

        func details(_ group: FindingGroup) -> String {
            let word = terminal.styled(word(group.status), style(group.status))
            let id = FittedText.cut(ForeignText.printable(group.id), to: columns - 9)
            var text = "\(word)  \(terminal.styled(id, .bold))\n"
            let entries = group.entries
            let shown = isVerbose || entries.count <= Self.limit ? entries.count : Self.examples
            for entry in entries.prefix(shown) { text += details(entry) }
            text += others(entries.dropFirst(shown).flatMap(\.subjects))
            text += labelled("expected", group.threshold)
            text += labelled("do", group.remedy)
            return text
        }

        private func details(_ entry: FindingGroup.Entry) -> String {
            let subjects = entry.subjects.map { ForeignText.printable($0) }
            let who = SubjectSummary.text(subjects, columns: isVerbose ? .max : 200)
            let since = entry.since.map { ", since \(ForeignText.printable($0))" } ?? ""
            let said = FittedText.fold("\(who): \(ForeignText.printable(entry.measured))\(since)", columns: columns - 4)
            var text = said.enumerated().map { "\($0 == 0 ? "  " : "    ")\($1)\n" }.joined()
            let evidence = ForeignText.lines(entry.evidence)
            let shown = isVerbose ? evidence.count : Self.limit
            for line in evidence.prefix(shown) {
                let folded = FittedText.fold(line, columns: columns - 8)
                // Deeper where a line goes on, so that the quoted lines can be told apart.
                text += folded.enumerated().map { "    \(bar) \($0 == 0 ? "" : "  ")\($1)\n" }.joined()
            }
            if evidence.count > shown {
                text += "    \(bar) \(evidence.count - shown) more lines; --verbose shows them\n"
            }
            return text
        }

        /// Subjects that are only named, as far as three lines go.
        private func others(_ subjects: [String]) -> String {
            guard !subjects.isEmpty else { return "" }
            let names = SubjectSummary.text(subjects.map { ForeignText.printable($0) }, columns: 3 * columns - 40)
            let said = FittedText.fold("and \(names); --verbose shows all", columns: columns - 4)
            return said.enumerated().map { "\($0 == 0 ? "  " : "    ")\($1)\n" }.joined()
        }

        private var bar: String { terminal.styled("|", .faint) }

        private func labelled(_ label: String, _ said: String) -> String {
            guard !said.isEmpty else { return "" }
            let said = FittedText.fold(ForeignText.printable(said), columns: columns - 12)
            return "  " + lines(said, after: terminal.styled(FittedText.padded(label, to: 8), .cyan), width: 10)
        }

        // MARK: What is well, and the cost

        func passes(_ report: HealthReport) -> String {
            let passes = report.findings.filter { $0.status == .pass }
            guard !passes.isEmpty else { return "" }
            guard isVerbose else {
                let said = FittedText.fold(ForeignText.printable(report.counts(of: .pass)), columns: columns - 8)
                return lines(said, after: terminal.styled("passed", style(.pass)), width: 6)
            }
            let width = min(28, passes.map(\.id.count).max() ?? 0)
            return passes.map { finding in
                let id = FittedText.padded(ForeignText.printable(finding.id), to: width)
                let said = "\(ForeignText.printable(finding.subject)): \(ForeignText.printable(finding.measured))"
                let folded = FittedText.fold("\(id)  \(said)", columns: columns - 6)
                return lines(folded, after: terminal.styled(word(.pass), style(.pass)), width: 4)
            }.joined()
        }

        func cost(_ cost: HealthReport.Cost) -> String {
            FittedText.fold(HealthCost.text(cost), columns: columns).map { terminal.styled($0, .faint) + "\n" }.joined()
        }

        // MARK: Parts

        /// The first line after the label, the others below the first.
        private func lines(_ lines: [String], after label: String, width: Int) -> String {
            let margin = String(repeating: " ", count: width + 2)
            return lines.enumerated().map { $0 == 0 ? "\(label)  \($1)\n" : "\(margin)\($1)\n" }.joined()
        }

        private func word(_ status: HealthStatus) -> String {
            status.isProblem ? status.rawValue.uppercased() : status.rawValue
        }

        private func style(_ status: HealthStatus) -> Terminal.Style {
            switch status {
            case .fail: .red
            case .unknown: .cyan
            case .warn: .yellow
            case .skipped: .faint
            case .pass: .green
            }
        }
    }
}
