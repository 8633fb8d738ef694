import Testing

@testable import Functions

/// Every check passes, fails and is unknown for the right reason.
@Suite("Assess: from facts to rules")
struct AssessJudgementTests {
    /// A framework that keeps every rule.
    static var good: AssessFacts {
        var facts = AssessFacts("")
        facts.unit = .value(.init(deploySeconds: 2, otherDeploySeconds: 2, disturbed: 0, changeSeconds: 3))
        facts.isolation = .value(0)
        facts.servers = .value(.init(input: "source", named: []))
        facts.storage = .value(.init(written: 4, found: 3, fresh: 8, foundFresh: 0))
        facts.fault = .value(
            .init(sent: 1000, lost: 2, reasons: ["status 502": 2], recoverySeconds: 4, gapSeconds: 0.4))
        facts.places = .value(.init(nodes: 3, used: 2, instances: 4))
        facts.scaling = .value(
            .init(
                workers: 20, before: 1, most: 4, firstSeconds: 12, calmRate: 4.8, loadRate: 60, calmMedian: 205,
                loadMedian: 310, loadP95: 900, sent: 2000, lost: 0, returnSeconds: 70, waitedSeconds: 90))
        facts.idle = .value(.init(waitedSeconds: 90, instances: 0, zeroSeconds: 90, millicores: 0, mebibytes: 0))
        facts.coldStart = .value(.init(seconds: 1.8, warmMedian: 4))
        facts.languages = .value(.init(answered: ["nodejs", "python"]))
        facts.image = .value(.init(isTaken: true, seconds: 5, problem: ""))
        facts.logs = .value(.init(seconds: 0.4, waitedSeconds: 0))
        facts.metrics = .value(.init(name: "calls_total", sent: 10, counted: 10, seconds: 1))
        return facts
    }

    static func findings(_ facts: AssessFacts) -> [String: AssessFinding] {
        let all = AssessJudgement.rules(facts, AssessLimits()).flatMap(\.checks)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
    }

    @Test("Eight rules, all kept")
    func passes() {
        let rules = AssessJudgement.rules(Self.good, AssessLimits())
        #expect(rules.map(\.rule) == Array(1...8))
        #expect(rules.allSatisfy { $0.result == .pass })
        #expect(rules.allSatisfy { !$0.measured.isEmpty })
    }

    /// By check what makes it red, and what it then says.
    static let red: [(String, String, @Sendable (inout AssessFacts) -> Void)] = [
        (
            "unit.deploy", "1 instance of the other function replaced",
            { $0.unit = .value(.init(deploySeconds: 1, otherDeploySeconds: 1, disturbed: 1, changeSeconds: 1)) }
        ), ("unit.scale", "2 instances of the other function", { $0.isolation = .value(2) }),
        (
            "servers.hidden", "an image had to be named",
            { $0.servers = .value(.init(input: "source", named: ["an image"])) }
        ),
        (
            "storage.gone", "3 of 8 reads in fresh instances",
            { $0.storage = .value(.init(written: 4, found: 4, fresh: 8, foundFresh: 3)) }
        ),
        (
            "fault.recovery", "fewer instances than before to the end",
            {
                $0.fault = .value(.init(sent: 10, lost: 0, reasons: [:], recoverySeconds: nil, gapSeconds: 9))
            }
        ),
        (
            "fault.recovery", "after 75 s",
            {
                $0.fault = .value(.init(sent: 10, lost: 0, reasons: [:], recoverySeconds: 75, gapSeconds: 9))
            }
        ),
        (
            "fault.requests-lost", "20 of 1000 lost (2 percent): 20 status 502",
            {
                $0.fault = .value(
                    .init(sent: 1000, lost: 20, reasons: ["status 502": 20], recoverySeconds: 1, gapSeconds: 1))
            }
        ), ("fault.anywhere", "on 1 of 3 nodes", { $0.places = .value(.init(nodes: 3, used: 1, instances: 4)) }),
        (
            "scale.follows", "from 1 to 1 instance",
            {
                $0.scaling = .value(
                    .init(
                        workers: 20, before: 1, most: 1, firstSeconds: nil, calmRate: 1, loadRate: 1, calmMedian: 1,
                        loadMedian: 5, loadP95: 9, sent: 1, lost: 0, returnSeconds: 0, waitedSeconds: 1))
            }
        ),
        (
            "scale.follows", "; 3 of 40 requests lost",
            {
                $0.scaling = .value(
                    .init(
                        workers: 20, before: 1, most: 1, firstSeconds: nil, calmRate: 1, loadRate: 1, calmMedian: 1,
                        loadMedian: 1, loadP95: 1, sent: 40, lost: 3, returnSeconds: 0, waitedSeconds: 1))
            }
        ),
        (
            "scale.returns", "still more than before after 180 s",
            {
                $0.scaling = .value(
                    .init(
                        workers: 20, before: 1, most: 3, firstSeconds: 9, calmRate: 1, loadRate: 1, calmMedian: 1,
                        loadMedian: 1, loadP95: 1, sent: 1, lost: 0, returnSeconds: nil, waitedSeconds: 180))
            }
        ),
        (
            "idle.zero", "1 instance after 30 s without a request",
            {
                $0.idle = .value(
                    .init(waitedSeconds: 30, instances: 1, zeroSeconds: nil, millicores: 100, mebibytes: 128))
            }
        ),
        (
            "idle.zero", "it does not scale to zero: 2 instances after 30 s",
            {
                $0.idle = .value(
                    .init(
                        waitedSeconds: 30, instances: 2, zeroSeconds: nil, millicores: 0, mebibytes: 0,
                        isForeseen: false))
            }
        ), ("idle.cold-start", "after 42 s", { $0.coldStart = .value(.init(seconds: 42, warmMedian: 4)) }),
        (
            "code.languages", "python answered; nodejs: it was refused",
            { $0.languages = .value(.init(answered: ["python"], failed: ["nodejs": "it was refused"])) }
        ),
        (
            "code.image", "takes no images",
            { $0.image = .value(.init(isTaken: false, seconds: 0, problem: "it takes no images")) }
        ),
        ("instrument.logs", "not found within 30 s", { $0.logs = .value(.init(seconds: nil, waitedSeconds: 30)) }),
        (
            "instrument.metrics", "rose by 7 for 10",
            { $0.metrics = .value(.init(name: "calls_total", sent: 10, counted: 7, seconds: 30)) }
        ),
        (
            "instrument.metrics", "there is no metric",
            { $0.metrics = .value(.init(name: "", sent: 10, counted: 0, seconds: 30)) }
        ),
    ]

    @Test("Each check is red when it should be, and no other one is", arguments: red.indices)
    func fails(_ index: Int) {
        let (id, text, change) = Self.red[index]
        var facts = Self.good
        change(&facts)
        let findings = Self.findings(facts)
        #expect(findings[id]?.result == .fail)
        #expect(findings[id]?.observed.contains(text) == true, "\(findings[id]?.observed ?? "")")
        let failed = Set(findings.values.filter { $0.result == .fail }.map(\.id))
        #expect(failed == [id])
    }

    @Test("Every check has a red case")
    func complete() {
        #expect(Set(Self.red.map(\.0)) == Set(Self.findings(Self.good).keys))
    }

    @Test("What was not measured is unknown with its reason, never a pass")
    func unknown() {
        let rules = AssessJudgement.rules(AssessFacts("the API did not answer"), AssessLimits())
        #expect(rules.allSatisfy { $0.result == .unknown })
        for check in rules.flatMap(\.checks) {
            #expect(check.result == .unknown)
            #expect(check.observed == "the API did not answer")
            #expect(check.measured.isEmpty)
        }
    }

    @Test("What was measured and says nothing is unknown, too")
    func undecided() {
        var facts = Self.good
        facts.unit = .value(.init(deploySeconds: 1, otherDeploySeconds: 1, disturbed: nil, changeSeconds: 1))
        facts.storage = .value(.init(written: 4, found: 4, fresh: 0, foundFresh: 0))
        facts.fault = .value(.init(sent: 0, lost: 0, reasons: [:], recoverySeconds: 1, gapSeconds: 1))
        facts.places = .value(.init(nodes: 1, used: 1, instances: 4))
        facts.languages = .value(.init(answered: ["python"], unavailable: ["nodejs": "the image cannot be pulled"]))
        var findings = Self.findings(facts)
        for id in ["unit.deploy", "storage.gone", "fault.requests-lost", "fault.anywhere", "code.languages"] {
            #expect(findings[id]?.result == .unknown, "\(id)")
            #expect(findings[id]?.observed.isEmpty == false)
        }
        #expect(findings["fault.anywhere"]?.observed == "only one node takes pods")
        #expect(findings["code.languages"]?.observed.contains("the image cannot be pulled") == true)
        facts.places = .value(.init(nodes: 3, used: 1, instances: 1))
        facts.scaling = .value(
            .init(
                workers: 1, before: 1, most: 1, firstSeconds: nil, calmRate: 1, loadRate: 1, calmMedian: 1,
                loadMedian: 1, loadP95: 1, sent: 1, lost: 0, returnSeconds: 0, waitedSeconds: 1))
        findings = Self.findings(facts)
        #expect(findings["fault.anywhere"]?.observed == "there never was more than one instance")
        #expect(findings["scale.returns"]?.result == .unknown)
    }

    @Test("As few instances as before that answer as fast say nothing of how they follow")
    func carried() {
        var facts = Self.good
        facts.scaling = .value(
            .init(
                workers: 20, before: 1, most: 1, firstSeconds: nil, calmRate: 4, loadRate: 78, calmMedian: 252,
                loadMedian: 252, loadP95: 272, sent: 3500, lost: 0, returnSeconds: 0, waitedSeconds: 1))
        let finding = Self.findings(facts)["scale.follows"]
        #expect(finding?.result == .unknown)
        #expect(finding?.observed.contains("1 instance carried 20 requests at a time") == true)
        #expect(finding?.observed.contains("--workers") == true)
    }

    @Test("What martlet supplied is said, and was not named by anybody")
    func supplied() {
        var facts = Self.good
        facts.servers = .value(.init(input: "source", named: [], supplied: ["an image", "a port"]))
        let finding = Self.findings(facts)["servers.hidden"]
        #expect(finding?.result == .pass)
        #expect(
            finding?.observed
                == "deployed from source alone; the framework asks for an image and a port, which martlet supplied")
        #expect(finding?.measured == ["namedParts": 0, "suppliedParts": 2])
    }

    @Test("A rule is as good as its worst check")
    func worst() {
        func finding(_ result: AssessResult) -> AssessFinding {
            AssessFinding(id: "x", title: "", result: result, expected: "", observed: "")
        }
        #expect(AssessRule(rule: 1, title: "", checks: [finding(.pass), finding(.unknown)]).result == .unknown)
        #expect(AssessRule(rule: 1, title: "", checks: [finding(.unknown), finding(.fail)]).result == .fail)
        #expect(AssessRule(rule: 1, title: "", checks: []).result == .unknown)
    }

    @Test("Numbers for people", arguments: [(0.123, "0.12"), (0.5, "0.5"), (2.0, "2"), (2.34, "2.3"), (42.6, "43")])
    func numbers(_ value: Double, _ text: String) { #expect(AssessJudgement.text(value) == text) }
}
