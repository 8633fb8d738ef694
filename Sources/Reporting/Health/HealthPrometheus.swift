internal import Foundation
package import Health

/// A verdict in the text format of Prometheus (exposition format 0.0.4), for a file that a collector picks up.
package enum HealthPrometheus {
    package static func text(_ report: HealthReport) -> String {
        let cluster = ("cluster", report.cluster)
        var text = metric(
            "martlet_health_verdict", "Verdict on the cluster: 0 pass, 1 warn, 2 unknown, 3 fail.",
            [([cluster], String(severity(report.verdict)))])
        text += metric(
            "martlet_health_findings", "Findings by status.",
            HealthStatus.allCases.map { ([cluster, ("status", $0.rawValue)], String(report.count(of: $0))) })
        text += metric(
            "martlet_health_finding", "1 for each probe and subject with what was found.",
            report.findings.map { finding in
                let labels = [("id", finding.id), ("subject", finding.subject), ("status", finding.status.rawValue)]
                return ([cluster] + labels, "1")
            })
        text += metric(
            "martlet_health_duration_seconds", "Time that the verdict took.", [([cluster], number(report.cost.seconds))]
        )
        text += metric(
            "martlet_health_api_calls", "Requests to the Kubernetes API for the verdict.",
            [([cluster], String(report.cost.apiCalls))])
        text += metric(
            "martlet_health_api_bytes", "Bytes of the answers of the Kubernetes API for the verdict.",
            [([cluster], String(report.cost.apiBytes))])
        text += metric(
            "martlet_health_hosts", "Hosts asked over SSH for the verdict.", [([cluster], String(report.cost.hosts))])
        if let time = HealthTime.seconds(report.time) {
            text += metric(
                "martlet_health_time_seconds", "When the verdict was made, in seconds since 1970.",
                [([cluster], number(time))])
        }
        return text
    }

    private typealias Sample = (labels: [(String, String)], value: String)

    /// One metric with its samples, each series once: two would make the whole text invalid.
    private static func metric(_ name: String, _ help: String, _ samples: [Sample]) -> String {
        var text = "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
        var seen = Set<String>()
        for sample in samples {
            let labels = sample.labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
            guard seen.insert(labels).inserted else { continue }
            text += "\(name){\(labels)} \(sample.value)\n"
        }
        return text
    }

    private static func severity(_ status: HealthStatus) -> Int {
        switch status {
        case .pass, .skipped: 0
        case .warn: 1
        case .unknown: 2
        case .fail: 3
        }
    }

    /// A backslash, a quote and a line feed are escaped; other control characters have no escape and become U+FFFD.
    static func escaped(_ label: String) -> String {
        var result = ""
        for scalar in label.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(ForeignText.isRefused(scalar) ? "\u{fffd}" : scalar)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
