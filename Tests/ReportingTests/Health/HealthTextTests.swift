import Foundation
import Health
import TestSupport
import Testing

@testable import Reporting

@Suite("A verdict on the terminal")
struct HealthTextTests {
    private static let plain = Terminal(isInteractive: false, hasColour: false, columns: 80)
    private static let coloured = Terminal(isInteractive: true, hasColour: true, columns: 200)

    @Test("Looks as recorded", arguments: ["healthy", "sick", "hostile"], [false, true])
    func golden(_ name: String, _ verbose: Bool) throws {
        let report = try #require(SampleReports.all[name])
        let text = HealthOutput.text(report, on: Self.plain, verbose: verbose)
        try expectGolden(text, "health/\(name)\(verbose ? "-verbose" : "").txt")
    }

    @Test("Fits in 80 columns and cannot steer the terminal", arguments: SampleReports.all.keys, [false, true])
    func columns(_ name: String, _ verbose: Bool) throws {
        let report = try #require(SampleReports.all[name])
        let text = HealthOutput.text(report, on: Self.plain, verbose: verbose)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !ForeignText.isRefused($0) })
        #expect(text.hasSuffix("\n"))
    }

    @Test("Colours change nothing but the colour", arguments: SampleReports.all.keys)
    func colours(_ name: String) throws {
        let report = try #require(SampleReports.all[name])
        let coloured = HealthOutput.text(report, on: Self.coloured, verbose: true)
        #expect(coloured.contains("\u{1b}[1m") || report.verdict == .pass || report.findings.isEmpty)
        let styled = coloured.replacing(/\u{1b}\[[0-9]+m/, with: "")
        #expect(styled == HealthOutput.text(report, on: Self.plain, verbose: true))
    }

    @Test("The first line has the verdict, the cluster, the time and the counts")
    func firstLine() throws {
        let text = HealthOutput.text(SampleReports.sick, on: Self.plain, verbose: false)
        let first = try #require(text.split(separator: "\n").first)
        #expect(first.hasPrefix("FAIL  demo  2026-11-24T03:05:00Z  "))
        #expect(first.contains("fail, 1 unknown, 3 warn"))
    }

    @Test("Nothing measured is no pass")
    func nothing() {
        let text = HealthOutput.text(SampleReports.nothing, on: Self.plain, verbose: false)
        #expect(text.hasPrefix("UNKNOWN  empty  2026-11-24T03:05:00Z  nothing measured\n"))
    }

    @Test("Verbose shows every pass")
    func verbose() {
        let text = HealthOutput.text(SampleReports.healthy, on: Self.plain, verbose: true)
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("pass  ") } == SampleReports.healthy.count(of: .pass))
    }

    @Test("One cause does not fill the page: a few examples, then names; verbose shows all", arguments: [10, 11, 50])
    func manySubjects(_ count: Int) {
        let findings = (1...count).flatMap { number in
            SampleReports.each(
                ["pod/shop/web-\(number)"], "workload.crashing", .fail, "main: CrashLoopBackOff, \(number) restarts",
                threshold: "none", remedy: "read its log", evidence: ["back-off of web-\(number)"])
        }
        let report = SampleReports.report(at: "2026-11-24T03:05:00Z", findings: findings)
        let text = HealthOutput.text(report, on: Self.plain, verbose: false)
        let shown = count > 10 ? 3 : count
        #expect(text.components(separatedBy: "    | back-off of").count - 1 == shown)
        #expect(text.contains("  and \(count - shown) pods: shop/web-") == (count > shown))
        #expect(text.components(separatedBy: "\n").count < 40)
        let whole = HealthOutput.text(report, on: Self.plain, verbose: true)
        #expect(whole.components(separatedBy: "    | back-off of").count - 1 == count)
    }

    @Test("Probes that were skipped for one reason share a line", arguments: [2, 3, 30])
    func skipped(_ count: Int) {
        let findings = (1...count).flatMap {
            SampleReports.each(["cluster"], "etcd.part-\($0)", .skipped, "no access to hosts: only a spec gives it")
        }
        let other = SampleReports.each(["cluster"], "storage.x", .skipped, "storage is not used")
        let report = SampleReports.report(at: "2026-11-24T03:05:00Z", findings: findings + other)
        let lines = HealthOutput.text(report, on: Self.plain, verbose: false).split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("skipped") } == (count > 2 ? 2 : 3))
        let together = "skipped  \(count) probes: no access to hosts: only a spec gives it; --verbose names"
        #expect(lines.contains { $0.hasPrefix(together) } == (count > 2))
        #expect(lines.allSatisfy { $0.count <= 80 })
        let whole = HealthOutput.text(report, on: Self.plain, verbose: true).split(separator: "\n")
        #expect(whole.count { $0.hasPrefix("skipped") } == count + 1)
    }

    @Test("A narrow terminal has narrow lines")
    func narrow() {
        let terminal = Terminal(isInteractive: true, hasColour: false, columns: 50)
        let text = HealthOutput.text(SampleReports.sick, on: terminal, verbose: false)
        for line in text.split(separator: "\n") { #expect(line.count <= 50, "\(line)") }
    }
}

@Suite("Subjects in one line")
struct SubjectSummaryTests {
    struct Case: Sendable {
        var subjects: [String]
        var columns = 80
        var text: String
    }

    static let cases = [
        Case(subjects: [], text: ""),
        Case(subjects: ["node/a"], text: "node/a"),
        Case(subjects: ["node/a", "node/b"], text: "2 nodes: a, b"),
        Case(subjects: ["node/a", "host/b"], text: "2 subjects: node/a, host/b"),
        Case(subjects: ["pod/x/a", "pod/y/a"], text: "2 pods: x/a, y/a"),
        Case(subjects: ["class/a", "class/b"], text: "2 classes: a, b"),
        Case(subjects: ["node/one", "node/two", "node/three"], columns: 24, text: "3 nodes: one, 2 more"),
        Case(subjects: ["node/one", "node/two", "node/three"], columns: 10, text: "3 nodes"),
        Case(subjects: ["node/a -> node/b", "node/a -> node/c"], text: "2 pairs, all from a: a -> b, a -> c"),
        Case(subjects: ["node/b -> node/a", "node/c -> node/a"], text: "2 pairs, all to a: b -> a, c -> a"),
        Case(subjects: ["node/b -> node/a", "node/a -> node/c"], text: "2 pairs, all with a: b -> a, a -> c"),
        Case(subjects: ["node/b -> node/a", "node/a -> node/b"], text: "2 pairs: b -> a, a -> b"),
        Case(subjects: ["node/a -> node/b", "node/c"], text: "2 subjects: node/a -> node/b, node/c"),
    ]

    @Test("Names go as far as there is room", arguments: cases)
    func text(_ example: Case) {
        #expect(SubjectSummary.text(example.subjects, columns: example.columns) == example.text)
    }

    @Test("A pair is two nodes and one arrow")
    func pairs() {
        #expect(NodePair("node/a -> node/b") == NodePair(from: "a", to: "b"))
        for text in ["node/a", "node/a -> b", "node/a -> node/b -> node/c", "node/ -> node/b", " -> ", ""] {
            #expect(NodePair(text) == nil, "\(text)")
        }
    }
}

@Suite("Text in columns that must hold")
struct FittedTextTests {
    @Test("No line is longer than allowed and no character but a space is lost", arguments: [1, 7, 20, 80])
    func fold(_ columns: Int) {
        let text = "  one  two three-that-is-a-long-word " + String(repeating: "y", count: 90)
        let lines = FittedText.fold(text, columns: columns)
        #expect(lines.allSatisfy { $0.count <= columns })
        #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
    }

    @Test("Words fill the line as far as it goes")
    func fill() {
        #expect(FittedText.fold("aa bb cc", columns: 5) == ["aa bb", "cc"])
        #expect(FittedText.fold("aaaaaaa b", columns: 3) == ["aaa", "aaa", "a b"])
        #expect(FittedText.fold("", columns: 5) == [""])
    }

    @Test("What is cut is marked")
    func cut() {
        #expect(FittedText.cut("abcdef", to: 6) == "abcdef")
        #expect(FittedText.cut("abcdefg", to: 6) == "abc...")
        #expect(FittedText.cut("abcdefg", to: 2) == "ab")
        #expect(FittedText.cut("abcdefg", to: -1) == "")
    }
}
