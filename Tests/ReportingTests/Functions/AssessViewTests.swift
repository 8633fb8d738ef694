import Foundation
import Testing

@testable import Functions
@testable import Reporting

@Suite("Views of functions and of assessments")
struct AssessViewTests {
    private static func report(_ name: String = "openfaas", lost: Int = 3) -> AssessReport {
        var facts = AssessFacts("the API did not <answer> & left")
        facts.fault = .value(
            .init(sent: 100, lost: lost, reasons: ["status 502": lost], recoverySeconds: 2.5, gapSeconds: 1))
        facts.logs = .value(.init(seconds: 0.4, waitedSeconds: 0))
        facts.metrics = .value(.init(name: "calls_total", sent: 10, counted: 10, seconds: 1))
        return AssessReport(
            framework: name, channel: "mit-2023", version: "0.16.6", cluster: "lab", time: "2026-01-02T03:04:05Z",
            seconds: 321,
            conditions: .init(
                kubernetes: "v1.20.2", nodes: 2, function: "shell", workers: 20, loadSeconds: 45, workMilliseconds: 200,
                idleSeconds: 180, door: "http://10.0.0.1:31112"),
            rules: AssessJudgement.rules(facts, AssessLimits()))
    }

    private static let terminal = Terminal(isInteractive: false, hasColour: false, columns: 80)

    @Test("Text: every rule and check, nothing wider than the terminal")
    func text() {
        let text = AssessView.text(Self.report(), on: Self.terminal)
        for rule in 1...8 { #expect(text.contains("\(rule). ")) }
        #expect(text.contains("FAIL    fault.requests-lost"))
        #expect(text.contains("pass    instrument.logs"))
        #expect(text.contains("unknown storage.gone"))
        #expect(text.contains("openfaas mit-2023 0.16.6: 1 pass, 1 fail, 6 unknown of 8 rules, in 321 s"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    }

    @Test("JSON has what is promised, and is read again")
    func json() throws {
        let report = Self.report()
        let data = Data(AssessView.json(report).utf8)
        let value = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let rules = try #require(value["rules"] as? [[String: Any]])
        #expect(rules.count == 8)
        for (index, rule) in rules.enumerated() {
            #expect(rule["rule"] as? Int == index + 1)
            #expect((rule["title"] as? String)?.isEmpty == false)
            #expect(["pass", "fail", "unknown"].contains(rule["result"] as? String ?? ""))
            #expect(rule["measured"] is [String: Any])
        }
        #expect((rules[3]["measured"] as? [String: Any])?["requestsLost"] as? Double == 3)
        #expect(try JSONDecoder().decode(AssessReport.self, from: data) == report)
    }

    @Test("The page is well-formed, loads nothing, and puts others beside it")
    func page() throws {
        let page = AssessPage.page(Self.report(), others: [Self.report("knative", lost: 0)])
        let parsed = try ParsedMarkup(page)
        #expect(parsed.text.contains("the API did not <answer> & left"))
        #expect(page.contains("Side by side"))
        #expect(page.contains("knative mit-2023 0.16.6"))
        #expect(!page.contains("http-equiv=\"refresh\""))
        #expect(!page.contains("<script"))
        #expect(!page.contains("src="))
    }

    @Test("Reports side by side: results, then numbers by their names")
    func comparison() {
        let text = AssessView.comparison([Self.report(), Self.report("knative", lost: 0)], on: Self.terminal)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(lines.contains { $0.suffix(2) == ["FAIL", "UNKNOWN"] })
        #expect(lines.contains { $0.first == "4" && $0.contains("requestsLost") && $0.suffix(2) == ["3", "0"] })
    }

    @Test("A list and one function")
    func functions() {
        let record = FunctionRecord(
            name: "hello", framework: "openfaas", namespace: "fn", state: .pending, reason: "0 of 1 are new",
            image: "a\u{1b}[31m:1", replicas: 2, available: 1, invocations: 7, url: "/function/hello",
            triggers: ["http /function/hello"], terms: ["envProcess": "cat"])
        let table = FunctionViews.table([record], on: Self.terminal)
        #expect(table.contains("hello     openfaas   pending  1/2       7"))
        #expect(!table.contains("\u{1b}"))
        let text = FunctionViews.text(record, on: Self.terminal)
        #expect(text.contains("pending: 0 of 1 are new"))
        #expect(text.contains("envProcess"))
        #expect(FunctionViews.table([], on: Self.terminal).isEmpty)
        #expect(FunctionViews.json([record]).contains("\"functions\""))
    }
}
