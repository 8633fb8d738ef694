import Health
import TestSupport
import Testing

@testable import Reporting

@Suite("A verdict as a page")
struct HealthPageTests {
    private static let older = [
        SampleReports.report(at: "2026-11-24T02:50:00Z", findings: SampleReports.sick.findings),
        SampleReports.healthy,
        SampleReports.report(
            at: "2026-11-24T03:02:00Z", findings: SampleReports.sick.findings.filter { $0.id != "workload.crashing" }),
    ]

    private static func page(_ name: String) throws -> String {
        HealthOutput.html(try #require(SampleReports.all[name]), older: name == "sick" ? older : [])
    }

    @Test("Looks as recorded", arguments: ["healthy", "sick", "hostile"])
    func golden(_ name: String) throws { try expectGolden(try Self.page(name), "health/\(name).html") }

    @Test("Is well formed, with balanced tags, and made of known elements only", arguments: SampleReports.all.keys)
    func wellFormed(_ name: String) throws {
        let document = try ParsedMarkup(try Self.page(name))
        let known: Set = [
            "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "h1",
            "h2", "h3", "p", "ul", "li", "div", "span", "time", "code", "pre", "details", "summary", "table", "thead",
            "tbody", "tr", "th", "td", "a", "svg", "symbol", "path", "rect", "g", "text", "use",
        ]
        for element in document.elements where !known.contains(element.name) { Issue.record("<\(element.name)>") }
        let ids = document.elements.compactMap { $0.attributes["id"] }
        #expect(Set(ids).count == ids.count)
        // Outside of a picture a tag that ends itself is open in HTML.
        let selfEnding: Set = ["meta", "path", "rect", "use"]
        for tag in try Self.page(name).matches(of: /<([a-z0-9]+)[^<>]*\/>/) {
            #expect(selfEnding.contains(String(tag.output.1)), "\(tag.output.0)")
        }
    }

    @Test("Refers to nothing outside, and every reference inside has its target", arguments: SampleReports.all.keys)
    func selfContained(_ name: String) throws {
        let page = try Self.page(name)
        let document = try ParsedMarkup(page)
        let ids = Set(document.elements.compactMap { $0.attributes["id"] })
        for element in document.elements {
            for (key, value) in element.attributes {
                #expect(!["src", "srcset", "style", "action", "data"].contains(key))
                #expect(!key.hasPrefix("on"))
                if key.hasSuffix("href") { #expect(value.hasPrefix("#") && ids.contains(String(value.dropFirst()))) }
            }
        }
        #expect(!page.contains("url(") && !page.contains("@import"))
        #expect(!page.contains("http://") && !page.contains("https://"))
    }

    @Test("Has no character that turns the order of reading or is forbidden", arguments: SampleReports.all.keys)
    func characters(_ name: String) throws {
        #expect(try Self.page(name).unicodeScalars.allSatisfy { $0 == "\n" || !ForeignText.isRefused($0) })
    }

    @Test("The cluster is drawn with a box for each member and what is wrong there")
    func picture() throws {
        let document = try ParsedMarkup(try Self.page("sick"))
        let boxes = document.elements.filter { $0.name == "rect" && $0.attributes["class"]?.hasPrefix("box") ?? false }
        // Wide and narrow: the endpoint, six members and what is no node.
        #expect(boxes.count == 16)
        #expect(boxes.count { $0.attributes["class"] == "box fail" } == 6)
        #expect(boxes.count { $0.attributes["class"] == "box unknown" } == 2)
        #expect(boxes.count { $0.attributes["class"] == "box warn" } == 2)
    }

    @Test("The matrix has a cell for each pair of 50 nodes")
    func matrix() throws {
        let document = try ParsedMarkup(try Self.page("large"))
        let cells = document.elements.filter { $0.name == "rect" && $0.attributes["width"] == "14" }
        #expect(cells.count == 2500)
        #expect(cells.count { $0.attributes["class"] == "pass" } == 49 * 49)
        #expect(cells.count { $0.attributes["class"] == "none" } == 49)
        #expect(cells.count { $0.attributes["class"] == "self" } == 50)
    }

    @Test("Only the node that most others do not reach is blamed for it")
    func blame() {
        let model = HealthPageModel(SampleReports.large)
        let blamed = SampleReports.large.members.filter { model.findings(of: $0).contains(where: \.status.isProblem) }
        #expect(blamed.map(\.name) == ["worker-17"])
        let sick = HealthPageModel(SampleReports.sick)
        let cut = SampleReports.sick.members.filter { model in
            sick.findings(of: model).contains { $0.id == "network.reach" }
        }
        #expect(cut.map(\.name) == ["worker-3"])
    }

    @Test("History tells since when a probe does not pass")
    func history() throws {
        let history = HealthHistory(SampleReports.sick, older: Self.older)
        #expect(history.reports.map(\.verdict) == [.fail, .pass, .fail, .fail])
        let streaks = history.streaks.map { "\($0.id) \($0.since) \($0.reports) \($0.isWholeHistory)" }
        #expect(streaks.contains("node.lease 2026-11-24T03:02:00Z 2 false"))
        #expect(streaks.contains("workload.crashing 2026-11-24T03:05:00Z 1 false"))
        #expect(!streaks.contains { $0.hasPrefix("storage") })
        let bad = HealthHistory(SampleReports.sick, older: [Self.older[2]])
        #expect(bad.streaks.contains { $0.id == "node.ready" && $0.isWholeHistory })
    }

    @Test("Reports of other clusters and the report itself are no history")
    func otherClusters() {
        #expect(HealthHistory(SampleReports.sick, older: [SampleReports.large, SampleReports.sick]).reports.count == 1)
        #expect(!HealthOutput.html(SampleReports.sick, older: [SampleReports.large]).contains("<h2>History</h2>"))
    }

    @Test("Escapes leave nothing of a tag or a quote")
    func escapes() {
        #expect(MarkupText.escaped("<a b=\"c\" d='e'>&") == "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;")
        #expect(MarkupText.escaped("\u{0}\u{1b}\u{202e}\n") == "\u{fffd}\u{fffd}\u{fffd}\u{fffd}")
    }
}
