import Health

/// Verdicts over time, and since when each problem is there.
struct HealthHistory {
    /// Of more reports only the latest are drawn.
    private static let limit = 200

    /// A probe that does not pass now.
    struct Streak {
        var id: String
        var status: HealthStatus
        /// Time of the first report of the unbroken series of reports in which it does not pass.
        var since: String
        var reports: Int
        /// No older report is known in which it did not have this problem.
        var isWholeHistory: Bool
    }

    /// Oldest first; the last is the report itself.
    let reports: [HealthReport]

    init(_ report: HealthReport, older: [HealthReport]) {
        let others = older.filter { $0.cluster == report.cluster && $0.time != report.time }
        reports = others.sorted { HealthTime.isEarlier($0.time, $1.time) } + [report]
    }

    /// Worst first.
    ///
    /// A report that did not measure a probe, or skipped it, ends the series: nothing is known of that time.
    var streaks: [Streak] {
        guard let report = reports.last else { return [] }
        let states = reports.map { report in
            Dictionary(report.findings.map { ($0.id, $0.status) }) { $0.rank < $1.rank ? $0 : $1 }
        }
        let problems = (states.last ?? [:]).filter(\.value.isProblem)
        return problems.map { id, status in
            let series = states.reversed().prefix { $0[id]?.isProblem ?? false }.count
            let first = reports[max(0, reports.count - series)]
            return Streak(
                id: id, status: status, since: series == 0 ? report.time : first.time, reports: series,
                isWholeHistory: series == reports.count)
        }.sorted { ($0.status.rank, $0.id) < ($1.status.rank, $1.id) }
    }

    /// Empty without older reports.
    var section: String {
        guard reports.count > 1 else { return "" }
        let squares = reports.suffix(Self.limit).map { report in
            let title = MarkupText.escaped("\(report.time) \(report.verdict.rawValue.uppercased()): \(report.counts)")
            return "<span title=\"\(title)\">\(HealthSign.sign(report.verdict))</span>"
        }
        let rows = streaks.map { streak in
            let since = "\(streak.isWholeHistory ? "at least since" : "since") \(streak.since)"
            let count = "\(streak.reports) report\(streak.reports == 1 ? "" : "s")"
            return "<tr><td>\(HealthSign.sign(streak.status)) <code>\(MarkupText.escaped(streak.id))</code></td>"
                + "<td>no pass \(MarkupText.escaped(since))</td><td>\(count)</td></tr>"
        }
        let table = rows.isEmpty ? "" : "<table class=\"stack\"><tbody>\(rows.joined(separator: "\n"))</tbody></table>"
        let shown = min(reports.count, Self.limit)
        let all = shown == reports.count ? "" : " of \(reports.count)"
        return """
            <section>
            <h2>History</h2>
            <p class="soft">the last \(shown)\(all) reports, oldest first</p>
            <div class="squares">\(squares.joined())</div>
            \(table)
            </section>
            """
    }
}
