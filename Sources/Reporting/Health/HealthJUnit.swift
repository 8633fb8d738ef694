internal import Foundation
package import Health

/// A verdict for what reads results of tests: a suite per group of probes, a case per finding.
package enum HealthJUnit {
    package static func text(_ report: HealthReport) -> String {
        let findings = report.findings + missing(report)
        let suites = Dictionary(grouping: findings) { HealthReport.group(of: $0.id) }.sorted { $0.key < $1.key }
        let seconds = String(format: "%.3f", report.cost.seconds)
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"\(MarkupText.escaped("health of \(report.cluster)"))\"\(numbers(findings))"
        text += " time=\"\(seconds)\">\n"
        for (group, findings) in suites {
            text += "  <testsuite name=\"\(MarkupText.escaped(group))\"\(numbers(findings))"
            text += " time=\"0\" timestamp=\"\(MarkupText.escaped(report.time))\">\n"
            text += findings.map(testCase).joined()
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    /// A suite without an error counts as good, but nothing measured is unknown.
    private static func missing(_ report: HealthReport) -> [Finding] {
        guard report.verdict == .unknown, report.count(of: .unknown) == 0 else { return [] }
        return [Finding(id: "health.measured", status: .unknown, subject: "cluster", measured: "nothing was measured")]
    }

    private static func numbers(_ findings: [Finding]) -> String {
        let count = { (status: HealthStatus) in findings.count { $0.status == status } }
        return " tests=\"\(findings.count)\" failures=\"\(count(.fail))\" errors=\"\(count(.unknown))\""
            + " skipped=\"\(count(.skipped))\""
    }

    private static func testCase(_ finding: Finding) -> String {
        let measured = MarkupText.escaped(finding.measured)
        let type = MarkupText.escaped(finding.id)
        let head = "    <testcase classname=\"\(type)\" name=\"\(MarkupText.escaped(finding.subject))\" time=\"0\""
        let body: String
        switch finding.status {
        case .pass: return head + "/>\n"
        case .skipped: body = "<skipped message=\"\(measured)\"/>"
        case .fail: body = "<failure message=\"\(measured)\" type=\"\(type)\">\(explanation(finding))</failure>"
        case .unknown: body = "<error message=\"\(measured)\" type=\"\(type)\">\(explanation(finding))</error>"
        case .warn:
            body =
                "<system-out>\(MarkupText.escaped("warning: \(finding.measured)"))\n\(explanation(finding))</system-out>"
        }
        return "\(head)>\n      \(body)\n    </testcase>\n"
    }

    private static func explanation(_ finding: Finding) -> String {
        var lines: [String] = []
        if !finding.threshold.isEmpty { lines.append("expected: \(finding.threshold)") }
        if let since = finding.since { lines.append("since: \(since)") }
        if !finding.remedy.isEmpty { lines.append("do: \(finding.remedy)") }
        lines += ForeignText.lines(finding.evidence, replacement: "\u{fffd}").map { "| \($0)" }
        return MarkupText.escaped(lines: lines)
    }
}
