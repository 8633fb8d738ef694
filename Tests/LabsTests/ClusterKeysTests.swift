import Diagnostics
import KubernetesAPI
import Testing

@testable import Labs

@Suite("Commands of martlet, pools and measured variables in a lab file")
struct ClusterKeysTests {
    private static func text(_ solution: String, vars: String = "{}", needs: String = "{hosts: true, pools: [spare]}")
        -> String
    {
        """
        lab: sample
        id: X1
        version: 1
        title: A sample
        honesty: L1
        about: For tests.
        goals: [Something]
        needs: \(needs)
        \(vars == "{}" ? "" : "vars: \(vars)")
        setup: [{namespace: "lab-${nonce}"}]
        steps:
          - id: one
            title: One
            do: Nothing.
            solution: \(solution)
            checks:
              - {id: it, why: It matters., object: {ref: configmap/a}}

        """
    }

    private static let resize =
        "{martlet: {argv: [nodes, resize, --pool, spare, --nodes, \"1\"], undo: [[nodes, list]], timeout: 5m}}"

    @Test func aCommandIsRead() throws {
        let lab = try #require(Sample.read(Self.text(Self.resize)).lab)
        guard case .martlet(let call) = lab.steps[0].solution.first else {
            Issue.record("no command")
            return
        }
        #expect(call.argv == ["nodes", "resize", "--pool", "spare", "--nodes", "1"])
        #expect(call.undo == [["nodes", "list"]])
        #expect(call.timeout == .seconds(300))
        #expect(lab.needs.pools == ["spare"])
        #expect(
            MartletCall.arguments(call.argv, spec: "c.yaml") == [
                "nodes", "resize", "-f", "c.yaml", "--pool", "spare", "--nodes", "1",
            ])
        #expect(MartletCall.arguments(["apply"], spec: "c.yaml") == ["apply", "-f", "c.yaml"])
    }

    @Test(arguments: [
        ("{martlet: {argv: [reset]}}", "lab.outside"), ("{martlet: {argv: [apply, -f, other.yaml]}}", "lab.value"),
        ("{martlet: {argv: []}}", "lab.empty"), ("{martlet: {argv: [apply], undo: [[reset]]}}", "lab.outside"),
    ])
    func otherCommandsAreRefused(_ solution: String, _ code: String) {
        let reading = Sample.read(Self.text(solution))
        #expect(reading.lab == nil)
        #expect(reading.diagnostics.map(\.code) == [code])
    }

    @Test func aStrangersLabRunsNone() {
        let reading = Sample.read(Self.text(Self.resize), isOwn: false)
        #expect(reading.lab == nil)
        #expect(reading.diagnostics.map(\.code) == ["lab.outside"])
    }

    @Test func itNeedsHosts() {
        let reading = Sample.read(Self.text(Self.resize, needs: "{pools: [spare]}"))
        #expect(reading.diagnostics.map(\.code) == ["lab.missing-need"])
    }

    @Test(arguments: [
        ("{r: {allocatable: cpu, share: 0}}", "lab.value"), ("{r: {allocatable: cpu, share: 1.5}}", "lab.value"),
        ("{r: {allocatable: disk, share: 0.5}}", "lab.value"), ("{r: {allocatable: cpu}}", "lab.missing-key"),
    ])
    func sharesAreChecked(_ vars: String, _ code: String) {
        #expect(Sample.read(Self.text(Self.resize, vars: vars)).diagnostics.map(\.code) == [code])
    }

    private static func node(_ name: String, cpu: String, memory: String, _ labels: [String: JSONValue] = [:])
        -> JSONValue
    {
        [
            "metadata": ["name": .string(name), "labels": .object(labels)],
            "status": ["allocatable": ["cpu": .string(cpu), "memory": .string(memory)]],
        ]
    }

    @Test func aShareIsThatOfTheSmallestNode() throws {
        let nodes = [
            Self.node("cp", cpu: "1", memory: "1Gi", ["node-role.kubernetes.io/control-plane": ""]),
            Self.node("w1", cpu: "4", memory: "8Gi"), Self.node("w2", cpu: "1930m", memory: "4000Mi", ["pool": "a"]),
        ]
        #expect(NodeShare(resource: .cpu, share: 0.1).text(nodes) == "193m")
        #expect(NodeShare(resource: .cpu, selector: "pool!=a", share: 0.1).text(nodes) == "100m")
        #expect(NodeShare(resource: .memory, selector: "pool=a", share: 0.25).text(nodes) == "1000Mi")
        #expect(NodeShare(resource: .cpu, selector: "pool=b", share: 0.1).text(nodes) == nil)
        let lab = try #require(
            Sample.read(Self.text(Self.resize, vars: "{r: {allocatable: cpu, share: 0.1}, t: \"ask for ${r}\"}")).lab)
        var run = LabRun(nonce: "x", started: Sample.start, cluster: "c", acceptsCommands: false)
        #expect(lab.variables(for: run)["r"] == "${r}")
        run.measured = lab.shares.compactMapValues { $0.text(nodes) }
        #expect(lab.variables(for: run)["t"] == "ask for 193m")
    }
}

@Suite("Commands of martlet are carried out and taken back")
struct MartletActionTests {
    @Test func runAndUndo() async throws {
        let lab = try Sample.lab("object: {ref: configmap/a}")
        var ground = RecordedGround()
        let context = CheckContext(
            lab: lab, run: LabRun(nonce: "xnonce", started: Sample.start, cluster: "c", acceptsCommands: false),
            api: RecordedAPI(), ground: ground)
        let undo = UndoJournal()
        let call = MartletCall(
            argv: ["nodes", "${nonce}"], undo: [["nodes", "first"], ["nodes", "second"]], timeout: .seconds(1))
        try await ActionRunner(context, undo: undo).run(.martlet(call))
        #expect(ground.commands.all == ["nodes xnonce"])
        #expect(await undo.undo(context).isEmpty)
        #expect(ground.commands.all == ["nodes xnonce", "nodes first", "nodes second"])
        ground.answer = LabProgramAnswer(status: 1, output: "", errors: "no such pool")
        let failing = CheckContext(lab: lab, run: context.run, api: RecordedAPI(), ground: ground)
        let error = await #expect(throws: CannotJudge.self) { try await ActionRunner(failing).run(.martlet(call)) }
        #expect(error?.reason.contains("`martlet nodes xnonce` ended with status 1: no such pool") == true)
    }
}
