import Health

/// Findings in words, worst first.
enum HealthFindingList {
    /// More subjects than this are folded away.
    private static let limit = 8

    /// What needs somebody.
    static func section(_ model: HealthPageModel) -> String {
        let articles = model.groups.enumerated().filter { $0.element.status.isProblem }.map { article($1, index: $0) }
        guard !articles.isEmpty else { return "" }
        return """
            <section>
            <h2>What needs attention</h2>
            \(articles.joined(separator: "\n"))
            </section>
            """
    }

    /// What was left out and what passes.
    static func rest(_ model: HealthPageModel) -> String {
        let skipped = model.groups.filter { $0.status == .skipped }.map { group in
            """
            <tr><td><code>\(escaped(group.id))</code></td><td>\(escaped(SubjectSummary.text(group.subjects, columns: 80)))\
            </td><td>\(escaped(group.commonMeasured ?? ""))</td></tr>
            """
        }
        // Passes of pairs are the green cells of the matrix; 50 nodes have 2450 of them.
        let passes = model.report.findings.filter { $0.status == .pass && NodePair($0.subject) == nil }
        let rows = passes.map { finding in
            """
            <tr><td><code>\(escaped(finding.id))</code></td><td>\(escaped(finding.subject))</td>\
            <td>\(escaped(finding.measured))</td></tr>
            """
        }
        var text = ""
        if !skipped.isEmpty {
            text += details("skipped", "\(model.report.count(of: .skipped)) skipped", table("reason", skipped))
        }
        if model.report.count(of: .pass) > 0 {
            let counts = escaped(model.report.counts(of: .pass))
            text += details("pass", "\(model.report.count(of: .pass)) passed: \(counts)", table("measured", rows))
        }
        guard !text.isEmpty else { return "" }
        return "<section>\n<h2>The rest</h2>\n\(text)</section>"
    }

    private static func article(_ group: FindingGroup, index: Int) -> String {
        let status = group.status.rawValue
        let entries = group.entries
        let subjects = SubjectSummary.text(group.subjects, columns: 60)
        var text = "<article class=\"\(status)\" id=\"finding-\(index)\">\n"
        text += "<h3 class=\"head\">\(HealthSign.sign(group.status))<span class=\"word\">\(status.uppercased())</span>"
        text += "<code class=\"id\">\(escaped(group.id))</code><span>\(escaped(subjects))</span></h3>\n"
        if entries.count <= limit { text += measured(entries, below: subjects) }
        if !group.threshold.isEmpty { text += "<p class=\"soft\">expected: \(escaped(group.threshold))</p>\n" }
        if !group.remedy.isEmpty { text += "<p class=\"remedy\">\(code(group.remedy))</p>\n" }
        if entries.count > limit {
            text +=
                "<details><summary>\(entries.count) measurements</summary>\n\(measured(entries, below: subjects))</details>\n"
        }
        text += evidence(entries, isOpen: group.status == .fail)
        return text + "</article>"
    }

    private static func measured(_ entries: [FindingGroup.Entry], below headline: String) -> String {
        // The subjects of the only entry are in the headline, unless there was no room.
        if let only = entries.first, entries.count == 1 {
            let since = only.since.map { " <span class=\"soft\">since \(escaped($0))</span>" } ?? ""
            let all = subjects(only) != escaped(headline) ? "<p class=\"soft\">\(subjects(only))</p>\n" : ""
            return "<p>\(escaped(only.measured))\(since)</p>\n\(all)"
        }
        let rows = entries.map { entry in
            let since = entry.since.map { "<td class=\"soft\">since \(escaped($0))</td>" } ?? ""
            return "<tr><td>\(subjects(entry))</td><td>\(escaped(entry.measured))</td>\(since)</tr>"
        }
        return "<table class=\"stack\"><tbody>\(rows.joined())</tbody></table>\n"
    }

    private static func subjects(_ entry: FindingGroup.Entry) -> String {
        escaped(SubjectSummary.text(entry.subjects, columns: 400))
    }

    /// Commands of a sentence, which stand in backticks.
    private static func code(_ sentence: String) -> String {
        let parts = sentence.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { return escaped(sentence) }
        return parts.enumerated().map { index, part in
            index % 2 == 1 ? "<code>\(escaped(String(part)))</code>" : escaped(String(part))
        }.joined()
    }

    private static func evidence(_ entries: [FindingGroup.Entry], isOpen: Bool) -> String {
        let quotes = entries.filter { !$0.evidence.isEmpty }
        guard !quotes.isEmpty else { return "" }
        let blocks = quotes.map { entry in
            let lines = ForeignText.lines(entry.evidence, replacement: "\u{fffd}")
            let subjects = entries.count > 1 ? subjects(entry) : ""
            let head = subjects.isEmpty ? "" : "<p class=\"soft\">\(subjects)</p>"
            return "\(head)<pre>\(MarkupText.escaped(lines: lines))</pre>"
        }
        let open = isOpen && quotes.count <= limit ? " open=\"open\"" : ""
        return "<details\(open)><summary>evidence</summary>\n\(blocks.joined(separator: "\n"))\n</details>\n"
    }

    private static func details(_ status: String, _ summary: String, _ body: String) -> String {
        "<details class=\"rest\"><summary>\(HealthSign.sign(HealthStatus(rawValue: status) ?? .unknown)) \(summary)</summary>\(body)</details>\n"
    }

    private static func table(_ last: String, _ rows: [String]) -> String {
        guard !rows.isEmpty else { return "" }
        return """
            <table class="stack"><thead><tr><th>check</th><th>subject</th><th>\(last)</th></tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            """
    }

    private static func escaped(_ text: String) -> String { MarkupText.escaped(text) }
}
