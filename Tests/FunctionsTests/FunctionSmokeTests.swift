import Diagnostics
import KubernetesAPI
import Synchronization
import Testing

@testable import Functions

/// A platform whose answers are a list: the double for the order of things, not for a framework.
private final class ScriptedPlatform: FunctionPlatform {
    let site = FunctionSite(framework: "scripted", adapter: .openfaas, namespace: "fn", core: "core")
    private let answers: Mutex<[InvocationAnswer]>
    private let done = Mutex<[String]>([])
    private let isThere = Mutex(false)
    let state: FunctionRecord.State

    init(_ answers: [InvocationAnswer], state: FunctionRecord.State = .ready) {
        self.answers = Mutex(answers)
        self.state = state
    }

    var calls: [String] { done.withLock { $0 } }

    private func note(_ call: String) { done.withLock { $0.append(call) } }

    func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        note("deploy \(order.name)")
        isThere.withLock { $0 = true }
        return .created
    }

    func list() async throws(Diagnostic) -> [FunctionRecord] { [] }

    func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? {
        guard isThere.withLock({ $0 }) else { return nil }
        return FunctionRecord(name: name, framework: "scripted", namespace: "fn", state: state)
    }

    func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        note("invoke \(name)")
        return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }

    func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] { [] }
    func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {}

    func delete(_ name: String) async throws(Diagnostic) {
        guard isThere.withLock({ $0 }) else { throw FunctionProblem.missing(name, framework: "scripted", known: []) }
        note("delete \(name)")
        isThere.withLock { $0 = false }
    }

    func pods(_ name: String) -> FunctionPods? { nil }
    func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? { nil }
}

@Suite("Smoke test of a framework") struct FunctionSmokeTests {
    private func smoke(_ platform: ScriptedPlatform, deadline: Duration = .seconds(20)) -> FunctionSmoke {
        FunctionSmoke(
            platform, FunctionObjects(TableCluster()), order: FunctionOrder(name: "smoke", code: .image("i")),
            invocation: Invocation(), expected: .init(status: 200, text: "hello"), deadline: deadline)
    }

    private func answer(_ status: Int, _ text: String) -> InvocationAnswer {
        InvocationAnswer(status: status, body: Array(text.utf8))
    }

    @Test func isAskedUntilItIsRightAndTakenAway() async throws {
        let platform = ScriptedPlatform([answer(404, "no route"), answer(200, "well, hello")])
        let outcome = try await smoke(platform).run()
        #expect(outcome.requests == 2 && outcome.answered >= .milliseconds(500))
        #expect(platform.calls == ["deploy smoke", "invoke smoke", "invoke smoke", "delete smoke"])
    }

    @Test(arguments: [(500, "hello", "status 500"), (200, "good\u{1b}[2Jbye", "status 200")])
    func aWrongAnswerIsTold(_ status: Int, _ text: String, _ words: String) async throws {
        let platform = ScriptedPlatform([answer(status, text)])
        let problem = await #expect(throws: Diagnostic.self) {
            try await smoke(platform, deadline: .milliseconds(100)).run()
        }
        #expect(problem?.code == "framework.smoke" && problem?.summary.contains(words) == true)
        #expect(problem?.detail?.contains("expected status 200 and `hello` in the answer") == true)
        #expect(problem?.evidence == [status == 500 ? "hello" : "good[2Jbye"])
        #expect(platform.calls.last == "delete smoke")
    }

    @Test func whatNeverGetsReadyIsTakenAway() async throws {
        let platform = ScriptedPlatform([answer(200, "hello")], state: .pending)
        let problem = await #expect(throws: Diagnostic.self) {
            try await smoke(platform, deadline: .milliseconds(200)).run()
        }
        #expect(problem?.code == "function.not-ready")
        #expect(platform.calls == ["deploy smoke", "delete smoke"])
    }

    @Test func anInterruptionTidiesUp() async throws {
        let platform = ScriptedPlatform([answer(404, "")])
        let task = Task { try await smoke(platform).run() }
        while !platform.calls.contains("invoke smoke") { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: Diagnostic.self) { try await task.value }
        #expect(platform.calls.last == "delete smoke")
    }
}
