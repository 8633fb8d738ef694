package import Health

/// A verdict as a stream: the report without its findings in the first line, then a finding in each.
package enum HealthJSONLines {
    /// The keys are those of `HealthReport`.
    private struct Head: Encodable {
        var formatVersion: Int
        var cluster: String
        var endpoint: String
        var time: String
        var verdict: HealthStatus
        var members: [HealthReport.Member]
        var cost: HealthReport.Cost
    }

    package static func text(_ report: HealthReport) -> String {
        let head = Head(
            formatVersion: report.formatVersion, cluster: report.cluster, endpoint: report.endpoint, time: report.time,
            verdict: report.verdict, members: report.members, cost: report.cost)
        return escaped(JSONOutput.line(head) + report.findings.map { JSONOutput.line($0) }.joined())
    }

    /// The same JSON, safe to print on a terminal.
    ///
    /// JSON only demands an escape for C0 controls, but C1 controls steer terminals too, and some readers of lines end a line
    /// at U+2028. Outside of strings JSON has no such characters, so that each may become `\u....` anywhere.
    static func escaped(_ json: String) -> String {
        let needs = { (scalar: Unicode.Scalar) in scalar != "\n" && ForeignText.isRefused(scalar) }
        guard json.unicodeScalars.contains(where: needs) else { return json }
        var text = ""
        for scalar in json.unicodeScalars {
            guard needs(scalar) else {
                text.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return text
    }
}
