import Diagnostics
import Planning
import Testing

@Suite("The planner")
struct PlannerTests {
    private static let file = Probe.file("/etc/a")
    private static let version = Probe.package("containerd")
    private static let put = Action.putFile(path: "/etc/a", mode: 0o644, text: "a\n")
    private static let script = Action.script(Action.Script("restart it", "true"))

    private static func goal(
        _ id: String = "a", _ phase: Phase = .system, ensure: [Check] = [], by: [Action] = [], requires: [String] = [],
        blocked: String? = nil, always: String? = nil, reason: String? = nil
    ) -> Goal {
        var goal = Goal(
            id, phase, "title of \(id)", because: "of the test", ensure: ensure, by: by, requires: requires,
            blocked: blocked,
            always: always)
        goal.reason = reason
        return goal
    }

    private static func plan(_ goals: [(String, [Goal])], _ facts: [String: [Probe: FactValue]] = [:]) -> Plan {
        Planner.plan(
            cluster: "c", specDigest: "d", goals: goals.map { Planner.HostGoals(host: $0.0, goals: $0.1) },
            facts: Facts(hosts: facts.mapValues { HostFacts(answers: $0) }))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var goal: Goal
        var answers: [Probe: FactValue]
        var change: ChangeKind
        var reason: String

        init(_ name: String, _ goal: Goal, _ answers: [Probe: FactValue], _ change: ChangeKind, _ reason: String) {
            testDescription = name
            self.goal = goal
            self.answers = answers
            self.change = change
            self.reason = reason
        }
    }

    private static let wantsFile = Check(file, .equals("file 0644 0 0 aa"))
    private static let wantsVersion = Check(version, .present)

    static let cases: [Case] = [
        Case("all hold", goal(ensure: [wantsFile], by: [put]), [file: .present("file 0644 0 0 aa")], .noOp, ""),
        Case("nothing is ensured", goal(by: [put]), [:], .noOp, ""),
        Case("absent", goal(ensure: [wantsFile], by: [put]), [file: .absent], .create, "file /etc/a is absent"),
        Case(
            "another content", goal(ensure: [wantsFile], by: [put]), [file: .present("file 0644 0 0 bb")], .update,
            "file /etc/a differs"),
        Case(
            "another kind of file", goal(ensure: [wantsFile], by: [put]), [file: .present("directory 0755 0 0")],
            .update,
            "file /etc/a is a directory 0755 0 0"),
        Case(
            "wrong, and only scripts mend it", goal(ensure: [wantsFile], by: [script]),
            [file: .present("file 0644 0 0 bb")],
            .run, "file /etc/a differs"),
        Case(
            "one of two is absent", goal(ensure: [wantsFile, wantsVersion], by: [put]),
            [file: .present("file 0644 0 0 aa"), version: .absent], .update, "package containerd is absent"),
        Case(
            "not known", goal(ensure: [wantsFile], by: [put]), [file: .unknown("cut off")], .update,
            "file /etc/a is not known: cut off"),
        Case(
            "not asked", goal(ensure: [wantsVersion], by: [script]), [:], .run,
            "package containerd is not known: it was not asked"),
        Case(
            "a value", goal(ensure: [Check(.sysctl("a.b"), .equals("1"))], by: [script]),
            [.sysctl("a.b"): .present("0")],
            .run, "sysctl a.b is 0, expected 1"),
        Case(
            "an empty value", goal(ensure: [Check(.sysctl("a.b"), .equals("1"))], by: [script]),
            [.sysctl("a.b"): .present("")], .run, "sysctl a.b is empty, expected 1"),
        Case(
            "blocked although all hold", goal(ensure: [wantsFile], by: [put], blocked: "no"),
            [file: .present("file 0644 0 0 aa")], .blocked, "no"),
        Case(
            "always although all hold", goal(ensure: [wantsFile], by: [put], always: "a token"),
            [file: .present("file 0644 0 0 aa")], .run, "a token"),
        Case("blocked beats always", goal(by: [put], blocked: "no", always: "a token"), [:], .blocked, "no"),
        Case(
            "a reason of its own", goal(ensure: [wantsFile], by: [put], reason: "it is gone"), [file: .absent], .create,
            "it is gone"),
        Case(
            "a reason of its own and nothing to do", goal(ensure: [wantsFile], by: [put], reason: "it is gone"),
            [file: .present("file 0644 0 0 aa")], .noOp, ""),
        Case(
            "many reasons", goal(ensure: (1...5).map { Check(.package("p\($0)"), .present) }, by: [script]),
            Dictionary(uniqueKeysWithValues: (1...5).map { (Probe.package("p\($0)"), FactValue.absent) }), .create,
            "package p1 is absent; package p2 is absent; and 3 more"),
    ]

    @Test("Decides and says why", arguments: cases)
    func decision(_ example: Case) throws {
        let plan = Self.plan([("h", [example.goal])], ["h": example.answers])
        let step = try #require(plan.steps.first)
        #expect(step.change == example.change)
        #expect(step.reason == example.reason)
        let acts = example.change != .noOp && example.change != .blocked
        #expect(step.actions == (acts ? example.goal.by : []))
        #expect(plan.isBlocked == (example.change == .blocked))
        #expect(step.isUnconditional == (example.change == .run && example.goal.always != nil))
    }

    @Test("Steps are ordered by phase, then by host as given, then by the author")
    func order() {
        let goals = [Self.goal("late", .verify), Self.goal("b", .system), Self.goal("a", .system)]
        let plan = Self.plan([("z", goals), ("y", goals)])
        #expect(plan.steps.map(\.id) == ["b@z", "a@z", "b@y", "a@y", "late@z", "late@y"])
        #expect(plan == Self.plan([("z", goals), ("y", goals)]))
    }

    @Test("Requirements name steps of the same host unless they name another")
    func requirements() {
        let first = Self.goal("first", always: "x")
        let second = Self.goal("second", requires: ["first", "first@other"], always: "x")
        let plan = Self.plan([("other", [first]), ("h", [first, second])])
        #expect(plan.steps.first { $0.id == "second@h" }?.requires == ["first@h", "first@other"])
    }

    @Test("A requirement that holds already, or that no step of the plan has, is dropped")
    func pruning() {
        let held = Self.goal("held")
        let pending = Self.goal("pending", always: "x")
        let blocked = Self.goal("blocked", blocked: "no")
        let last = Self.goal(
            "last", requires: ["held", "pending", "blocked", "missing", "pending@elsewhere"], always: "x")
        let plan = Self.plan([("h", [held, pending, blocked, last])])
        #expect(plan.steps.first { $0.id == "last@h" }?.requires == ["pending@h", "blocked@h"])
    }

    @Test("A step that holds requires nothing and does nothing")
    func noOp() throws {
        let held = Self.goal("held", by: [Self.put], requires: ["pending"])
        let plan = Self.plan([("h", [Self.goal("pending", always: "x"), held])])
        let step = try #require(plan.steps.first { $0.id == "held@h" })
        #expect(step.requires.isEmpty && step.actions.isEmpty && !step.isChange)
        #expect(plan.changes.map(\.id) == ["pending@h"])
    }

    @Test(
        "An error of the catalogue blocks the plan, a warning does not",
        arguments: [
            (Diagnostic.Severity.error, true), (.warning, false), (.note, false),
        ])
    func diagnostics(_ severity: Diagnostic.Severity, _ isBlocked: Bool) {
        let plan = Planner.plan(
            cluster: "c", specDigest: "d", goals: [], facts: Facts(),
            diagnostics: [Diagnostic(severity, code: "x", "x")])
        #expect(plan.isBlocked == isBlocked)
    }
}
