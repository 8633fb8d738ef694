import Foundation
import Testing

@testable import Labs
@testable import Reporting

@Suite("Views of labs")
struct LabViewTests {
    private static func lab() throws -> Lab {
        let text = LabSkeleton.text(id: "E99", name: "sample")
        let reading = LabReader.decode(
            Array(text.utf8), file: "lab.yaml", origin: LabOrigin(folder: "/nowhere", isOwn: true)
        ) { _ in .success([LabSkeleton.object]) }
        return try #require(reading.lab)
    }

    private static func outcome(_ result: CheckResult, id: String = "colour") -> CheckOutcome {
        CheckOutcome(
            id: id, step: "settings", tier: .goal, title: "", result: result,
            expected:
                "ConfigMap settings: `data.colour` is xabcde, and a rather long text follows so that it must be folded",
            observed: "data.colour is \u{1b}[31mgrey<b>", why: "A setting that nobody wrote down is lost.",
            next: "`kubectl -n lab-sample-xabcde describe configmap settings`",
            evidence: ["a line of a log that is longer than forty characters are"], attempts: 3, seconds: 2.4,
            time: "2026-01-02T03:04:05Z", captured: [:])
    }

    private static func report(_ results: CheckResult...) throws -> LabReport {
        LabReport(
            try lab(), cluster: "test", step: nil, state: .started, gaps: [],
            checks: results.enumerated().map { outcome($1, id: "check-\($0)") }, seconds: 1, now: .distantPast)
    }

    private static func terminal(_ columns: Int) -> Terminal {
        Terminal(isInteractive: false, hasColour: false, columns: columns)
    }

    @Test("Nothing is wider than the terminal, and a failed check has its four parts", arguments: [40, 80])
    func width(_ columns: Int) throws {
        let text = LabReportView.text(
            try Self.report(.fail, .error, .blocked, .pass), on: Self.terminal(columns), verbose: true)
        for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
        for word in ["expected", "observed", "why", "next", "3 looks"] { #expect(text.contains(word), "\(word)") }
        #expect(!text.contains("\u{1b}"))
    }

    @Test("No view is wider than a terminal of 40 columns, however long the names are", arguments: [40, 60, 80])
    func narrow(_ columns: Int) throws {
        var lab = try Self.lab()
        lab.title = "A database that keeps its data, and a client, inside Kubernetes, for a long time"
        lab.steps[0].title = "A step whose title goes on and on for longer than any terminal should have to show"
        var progress = LabProgress(
            lab, cluster: "a-cluster-with-a-name-of-more-than-forty-characters", nonce: "xabcde", now: .distantPast)
        progress.take(
            [Self.outcome(.fail), Self.outcome(.error, id: "another-one-with-a-long-id")], of: lab, now: .distantPast)
        let report = LabReport(
            lab, cluster: progress.cluster, step: "settings", state: .started,
            gaps: [
                NeedsSurvey.Gap(
                    need: "a default StorageClass: without one every claim stays Pending", remedy: "apply one")
            ],
            checks: [Self.outcome(.blocked), Self.outcome(.pass)], seconds: 1, now: .distantPast)
        let phase = ProofReport.Phase(
            kind: .sabotage, id: "a-sabotage-with-a-long-id", proven: false, expected: ["colour"],
            red: ["colour", "another-one"],
            error: [], problems: ["another-one turned red, too: data.colour is something else altogether"], seconds: 12,
            outcomes: [])
        let proof = ProofReport(
            lab: "sample", id: "E99", honesty: .faithful, cluster: "c", proven: false, phases: [phase], sabotages: [],
            unproven: ["colour", "another-one-with-a-long-id", "a-third"], seconds: 100)
        let grades = [
            LabGrade("ada", [Self.outcome(.fail), Self.outcome(.pass)], seconds: 1),
            LabGrade(
                "a-learner-with-a-name-that-goes-on-for-more-than-forty-characters", [], seconds: 1,
                problem: "the namespace is not there, and neither is the cluster"),
        ]
        let terminal = Self.terminal(columns)
        let texts = [
            LabReportView.text(report, on: terminal, verbose: true), LabShowView.lab(lab, progress, on: terminal),
            LabShowView.step(lab.steps[0], of: lab, progress, on: terminal),
            LabPathView.text(lab, progress, on: terminal), ProofView.text(proof, on: terminal),
            GradeView.text(lab, grades, seconds: 1, on: terminal),
            LabListView.text([LabRow(lab, state: .started)], on: terminal),
            LabExplainView.text(lab.checks[0], of: lab, on: terminal),
        ]
        for line in texts.joined(separator: "\n").split(separator: "\n") {
            #expect(line.count <= columns, "\(line.count): \(line)")
        }
    }

    @Test("What reaches beyond the namespace is shown before it is accepted")
    func reach() throws {
        var lab = try Self.lab()
        #expect(LabExplainView.reach(lab, on: Self.terminal(80)).isEmpty)
        lab.steps[0].solution = [
            .run(
                LocalRun(
                    argv: ["sh", "-c", "x"], environment: [:], name: nil, port: nil, timeout: .seconds(1), undo: nil))
        ]
        let text = LabExplainView.reach(lab, on: Self.terminal(80))
        #expect(text.contains("run `sh -c x` (solution of settings)"), "\(text)")
    }

    @Test("A solution says which of its kinds an older cluster has in another version")
    func olderVersions() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../../labs/A4-gold-prices"
        ).standardizedFileURL.path
        let lab = try #require(LabReader.read(folder: folder, isOwn: true).lab)
        let progress = LabProgress(lab, cluster: "c", nonce: "xabcde", now: .distantPast)
        let collect = LabShowView.solution(
            try #require(lab.step("collect")), of: lab, progress, on: Self.terminal(80))
        #expect(collect.contains("  An older Kubernetes has CronJob in `batch/v1beta1`.\n"), "\(collect)")
        let database = LabShowView.solution(
            try #require(lab.step("database")), of: lab, progress, on: Self.terminal(80))
        #expect(database.contains("kind: StatefulSet") && !database.contains("An older"))
    }

    @Test("A lab that is not passed says so; errors are told apart")
    func verdicts() throws {
        #expect(LabReportView.text(try Self.report(.pass), on: Self.terminal(80), verbose: false).contains("passed"))
        #expect(LabReportView.text(try Self.report(.fail), on: Self.terminal(80), verbose: false).contains("not yet"))
        #expect(
            LabReportView.text(try Self.report(.error), on: Self.terminal(80), verbose: false).contains(
                "could not be judged"))
    }

    @Test("JSON has the keys that programs rely on")
    func json() throws {
        let report = try JSONSerialization.jsonObject(with: Data(LabReportView.json(try Self.report(.fail)).utf8))
        let members = try #require(report as? [String: Any])
        #expect(members["result"] as? String == "fail")
        let check = try #require((members["checks"] as? [[String: Any]])?.first)
        for key in ["id", "tier", "result", "expected", "observed", "why"] { #expect(check[key] != nil, "\(key)") }
        let list = try JSONSerialization.jsonObject(
            with: Data(LabListView.json([LabRow(try Self.lab(), state: .new)]).utf8))
        let row = try #require(((list as? [String: Any])?["labs"] as? [[String: Any]])?.first)
        for key in ["id", "chapter", "title", "honesty", "state"] { #expect(row[key] != nil, "\(key)") }
    }

    @Test("Texts of others do no harm in pages and in JUnit")
    func foreign() throws {
        let lab = try Self.lab()
        var progress = LabProgress(lab, cluster: "<c>", nonce: "xabcde", now: .distantPast)
        progress.take([Self.outcome(.fail)], of: lab, now: .distantPast)
        let page = LabPathView.html(lab, progress)
        #expect(page.contains("grey&lt;b&gt;") && !page.contains("\u{1b}"))
        let junit = LabPathView.junit(lab, progress)
        #expect(junit.contains("failures=\"1\"") && junit.contains("<failure message=") && !junit.contains("<b>"))
        #expect(LabPathView.text(lab, progress, on: Self.terminal(80)).contains("Path"))
    }

    @Test("Markdown is wrapped, and code is left as it is")
    func markdown() {
        let lines = MarkdownText.lines(
            "One **two** three four five six seven eight.\n\n- an item that is long enough for two lines\n\n```\nkubectl   get\n```\n",
            on: Self.terminal(30))
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(lines.contains("    kubectl   get"))
        #expect(lines.joined().contains("One two three"))
    }

    @Test("An item of a list goes on in the lines below it, and code where a line breaks")
    func continued() {
        let text =
            "- one `first` and\n  the rest of it\n- two\n\nRun `kubectl get pods --all-namespaces` now, **not so much** later."
        #expect(
            MarkdownText.lines(text, on: Self.terminal(24)) == [
                "- one `first` and the", "  rest of it", "- two", "", "Run `kubectl get pods", "--all-namespaces` now,",
                "not so much later.",
            ])
        let coloured = MarkdownText.lines(text, on: Terminal(isInteractive: true, hasColour: true, columns: 24))
        let cyan = Terminal(isInteractive: true, hasColour: true, columns: 24).styled("--all-namespaces", .cyan)
        #expect(coloured.contains { $0 == "\(cyan) now," }, "\(coloured)")
    }

    @Test("A step has its variables filled in and says how it is checked")
    func step() throws {
        let lab = try Self.lab()
        let progress = LabProgress(lab, cluster: "c", nonce: "xabcde", now: .distantPast)
        let text = LabShowView.step(lab.steps[0], of: lab, progress, on: Self.terminal(80))
        #expect(text.contains("lab-sample-xabcde") && text.contains("martlet lab check E99 --step settings"))
        let explained = LabExplainView.text(lab.checks[0], of: lab, on: Self.terminal(80))
        for word in ["asks", "expects", "why", "next", "proven by"] { #expect(explained.contains(word)) }
    }
}
