import Diagnostics
import Foundation
import Planning
import TestSupport
import Testing

@testable import Reporting

/// A plan with one step of every kind.
enum SamplePlan {
    static func step(
        _ id: String, on host: String, _ phase: Phase, _ change: ChangeKind, reason: String = "",
        actions: [Action] = [],
        requires: [String] = []
    ) -> Step {
        Step(
            id: "\(id)@\(host)", phase: phase, host: host, title: "title \"of\" \(id)", change: change, reason: reason,
            ensure: [], actions: actions, requires: requires)
    }

    static let plan = Plan(
        cluster: "demo", specDigest: "0123abcd",
        steps: [
            step(
                "packages", on: "cp-1", .system, .create, reason: "package curl is absent",
                actions: [
                    .script(Action.Script("install curl", "true"))
                ]),
            step("kernel", on: "cp-1", .system, .noOp),
            step(
                "containerd", on: "cp-1", .runtime, .update, reason: "file /etc/containerd/config.toml differs",
                actions: [
                    .putFile(path: "/etc/containerd/config.toml", mode: 0o644, text: "a\nB\nc\n"),
                    .putFile(path: "/etc/crictl.yaml", mode: 0o600, text: "new\n"),
                ], requires: ["packages@cp-1"]),
            step(
                "binaries", on: "worker-1", .kubernetes, .create, reason: "absent",
                actions: [
                    .putBlob(
                        path: "/usr/local/bin/kubelet", mode: 0o755, blob: Blob(name: "kubelet", sha256: "aa", size: 5))
                ]),
            step(
                "join", on: "worker-1", .workers, .run, reason: "absent",
                actions: [
                    .script(Action.Script("run kubeadm join", "true", input: Slot("token").reference))
                ], requires: ["containerd@cp-1", "binaries@worker-1"]),
            step("remove", on: "worker-2", .removal, .blocked, reason: "the quorum would be lost"),
        ], diagnostics: [Diagnostic(.warning, code: "cluster.extra-nodes", "old-1 in the cluster, but not in the spec")]
    )

    static let contents = ["cp-1": ["/etc/containerd/config.toml": "a\nb\nc\n"]]
}

@Suite("A plan on paper")
struct PlanViewTests {
    private static let plain = Terminal(isInteractive: false, hasColour: false, columns: 80)
    private static let coloured = Terminal(isInteractive: true, hasColour: true, columns: 80)

    @Test("As text, with the differences of files that are replaced")
    func text() throws {
        try expectGolden(PlanView.text(SamplePlan.plan, contents: SamplePlan.contents, on: Self.plain), "plan.txt")
    }

    @Test("Colours change nothing but colours")
    func colours() {
        let coloured = PlanView.text(SamplePlan.plan, contents: SamplePlan.contents, on: Self.coloured)
        #expect(coloured.contains("\u{1b}["))
        let stripped = coloured.replacing(/\u{1b}\[[0-9;]*m/, with: "")
        #expect(stripped == PlanView.text(SamplePlan.plan, contents: SamplePlan.contents, on: Self.plain))
    }

    @Test("As JSON, which holds the count of changes and no value of a slot")
    func json() throws {
        let text = PlanView.json(SamplePlan.plan)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["changes"] as? Int == 5)
        #expect(object["formatVersion"] as? Int == Plan.formatVersion)
        #expect(object["blocked"] as? Bool == true)
        try expectGolden(text, "plan.json")
    }

    @Test("As a graph for DOT and for Mermaid")
    func graphs() throws {
        try expectGolden(GraphView.dot(SamplePlan.plan), "plan.dot")
        try expectGolden(GraphView.mermaid(SamplePlan.plan), "plan.mermaid")
    }

    @Test("A graph names every change once and nothing that holds")
    func graphNodes() {
        let dot = GraphView.dot(SamplePlan.plan)
        for step in SamplePlan.plan.steps {
            let count = dot.ranges(of: "\"\(step.id)\" [label").count
            #expect(count == (step.isChange ? 1 : 0), "\(step.id)")
        }
        #expect(!dot.contains("\"of\""))
    }

    struct Count: Sendable {
        var kinds: [ChangeKind]
        var text: String
    }

    @Test(
        "The count is in good English",
        arguments: [
            Count(kinds: [], text: "Nothing to do: 0 steps hold already"),
            Count(kinds: [.noOp, .noOp], text: "Nothing to do: 2 steps hold already"),
            Count(kinds: [.create], text: "1 change on 1 host; 0 steps hold already"),
            Count(kinds: [.create, .noOp, .run], text: "2 changes on 1 host; 1 step holds already"),
            Count(kinds: [.blocked, .update], text: "2 changes on 1 host; 0 steps hold already; 1 blocked"),
        ])
    func summary(_ count: Count) {
        let steps = count.kinds.enumerated().map { SamplePlan.step("s\($0.offset)", on: "h", .system, $0.element) }
        #expect(PlanView.summary(Plan(cluster: "c", specDigest: "", steps: steps, diagnostics: [])) == count.text)
    }
}
