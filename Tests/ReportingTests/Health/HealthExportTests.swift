import Foundation
import Health
import TestSupport
import Testing

@testable import Reporting

@Suite("A verdict for programs")
struct HealthExportTests {
    @Test("Looks as recorded", arguments: ["healthy", "sick", "hostile"])
    func golden(_ name: String) throws {
        let report = try #require(SampleReports.all[name])
        try expectGolden(HealthOutput.json(report), "health/\(name).json")
        try expectGolden(HealthOutput.jsonLines(report), "health/\(name).jsonl")
        try expectGolden(HealthOutput.junit(report), "health/\(name).junit.xml")
        try expectGolden(HealthOutput.prometheus(report), "health/\(name).prom")
    }

    // MARK: JSON

    @Test("JSON is the report again, without characters that steer a terminal", arguments: SampleReports.all.keys)
    func json(_ name: String) throws {
        let report = try #require(SampleReports.all[name])
        let text = HealthOutput.json(report)
        #expect(try JSONDecoder().decode(HealthReport.self, from: Data(text.utf8)) == report)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !ForeignText.isRefused($0) })
    }

    @Test("Lines are the report without its findings, then each finding", arguments: SampleReports.all.keys)
    func jsonLines(_ name: String) throws {
        let report = try #require(SampleReports.all[name])
        let lines = HealthOutput.jsonLines(report).split(separator: "\n")
        let head = try #require(lines.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(head.utf8)) as? [String: Any])
        #expect(object["cluster"] as? String == report.cluster)
        #expect(object["verdict"] as? String == report.verdict.rawValue)
        #expect(object["findings"] == nil)
        let findings = try lines.dropFirst().map { try JSONDecoder().decode(Finding.self, from: Data($0.utf8)) }
        #expect(findings == report.findings)
    }

    // MARK: JUnit

    @Test("JUnit has a case for each finding, with what its status means there", arguments: SampleReports.all.keys)
    func junit(_ name: String) throws {
        let report = try #require(SampleReports.all[name])
        let document = try ParsedMarkup(HealthOutput.junit(report))
        let expected = max(1, report.findings.count)
        #expect(document.count("testcase") == expected)
        #expect(document.count("failure") == report.count(of: .fail))
        #expect(document.count("error") == (report.findings.isEmpty ? 1 : report.count(of: .unknown)))
        #expect(document.count("skipped") == report.count(of: .skipped))
        #expect(document.count("system-out") == report.count(of: .warn))
        let suites = document.elements.filter { $0.name == "testsuite" }
        for number in ["tests", "failures", "errors", "skipped"] {
            let sum = suites.reduce(0) { $0 + (Int($1.attributes[number] ?? "") ?? -1000) }
            #expect(document.elements.first?.attributes[number] == String(sum), "\(number)")
        }
        let known: Set = [
            "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
        ]
        #expect(document.elements.allSatisfy { known.contains($0.name) })
    }

    @Test("JUnit keeps names and groups them by the part before the dot")
    func junitNames() throws {
        let document = try ParsedMarkup(HealthOutput.junit(SampleReports.sick))
        let suites = document.elements.filter { $0.name == "testsuite" }.compactMap { $0.attributes["name"] }
        #expect(
            suites == ["capacity", "control-plane", "etcd", "network", "node", "storage", "workload"])
        let names = document.elements.filter { $0.name == "testcase" }.compactMap { $0.attributes["name"] }
        #expect(Set(names) == Set(SampleReports.sick.findings.map(\.subject)))
    }

    // MARK: Prometheus

    @Test("A strict reader takes every line, and no series comes twice", arguments: SampleReports.all.keys)
    func prometheus(_ name: String) throws {
        let report = try #require(SampleReports.all[name])
        let samples = try PrometheusText.parse(HealthOutput.prometheus(report))
        #expect(Set(samples.map { "\($0.name) \($0.labels.sorted { $0.key < $1.key })" }).count == samples.count)
        let findings = samples.filter { $0.name == "martlet_health_finding" }
        let distinct = Set(report.findings.map { [$0.id, $0.subject, $0.status.rawValue] })
        #expect(findings.count == distinct.count)
        #expect(findings.allSatisfy { $0.value == 1 && Set($0.labels.keys) == ["cluster", "id", "subject", "status"] })
        for status in HealthStatus.allCases {
            let count = samples.first { $0.name == "martlet_health_findings" && $0.labels["status"] == status.rawValue }
            #expect(count?.value == Double(report.count(of: status)))
        }
    }

    @Test("Verdict, cost and time are numbers")
    func prometheusNumbers() throws {
        let samples = try PrometheusText.parse(HealthOutput.prometheus(SampleReports.sick))
        let value = { (name: String) in samples.first { $0.name == name }?.value }
        #expect(value("martlet_health_verdict") == 3)
        #expect(value("martlet_health_duration_seconds") == 1.24)
        #expect(value("martlet_health_api_calls") == 14)
        #expect(value("martlet_health_api_bytes") == 119_600)
        #expect(value("martlet_health_hosts") == 6)
        #expect(value("martlet_health_time_seconds") == 1_795_489_500)
        let other = try PrometheusText.parse(HealthOutput.prometheus(SampleReports.nothing))
        #expect(other.first { $0.name == "martlet_health_verdict" }?.value == 2)
    }

    @Test("A label comes back as it was, but for control characters")
    func prometheusLabels() throws {
        let text = "a\\b\"c\nd\\n{},= é"
        let line = "# HELP x x\n# TYPE x gauge\nx{y=\"\(HealthPrometheus.escaped(text))\"} 1\n"
        #expect(try PrometheusText.parse(line).first?.labels["y"] == text)
        #expect(HealthPrometheus.escaped("\u{0}\r") == "\u{fffd}\u{fffd}")
    }
}
