import Testing

@testable import Health

/// What pods print becomes findings, as a pure function: first a healthy cluster, then one fault each.
@Suite struct ActiveProbeTests {
    static let nodes = ["cp-1", "worker-1", "worker-2"]

    /// What a healthy node's pod prints; `changes` replaces lines by their beginnings.
    static func lines(_ changes: [String: String]) -> [MeasuringLine] {
        var lines = ["sh: some noise"]
        for node in nodes {
            lines += ["tcp|\(node)|ok|10", "udp|\(node)|ok|0", "big|\(node)|ok|30", "node-port|\(node)|ok|10"]
        }
        lines += [String](repeating: "service|10.96.0.5|ok|10", count: 3)
        lines += [
            "api-service|10.96.0.1:443|ok|20", "policy-allowed|guarded|ok|10", "policy-denied|guarded|silent|3000",
        ]
        lines += [String](repeating: "name|servers.x.svc.cluster.local.|ok|10", count: 10)
        lines += ["absent|nothing.cluster.local.|nxdomain|10", "absent|nothing.example.org.|nxdomain|20", "end|-|ok|0"]
        for (beginning, replacement) in changes {
            lines = lines.map { $0.hasPrefix(beginning) ? replacement : $0 }
        }
        return MeasuringLine.parse(lines.map { "martlet|" + $0 }.joined(separator: "\n"))
    }

    static func world(_ changes: [String: [String: String]] = [:]) -> [NodeMeasurement] {
        nodes.map { NodeMeasurement(node: $0, peers: nodes, lines: lines(changes[$0] ?? [:])) }
    }

    static func findings(_ all: [NodeMeasurement], _ course: Workload.Course? = nil) -> [Finding] {
        var outcome = NetworkTrial.Outcome()
        outcome.measurements = all
        outcome.outside = nodes.map { NodePorts.Outside(node: $0, isReachable: true, answers: true) }
        outcome.policy = .init(guardedNode: "worker-2", policies: 0)
        var evidence = HealthEvidence(now: APIProbeTests.now)
        ActiveRun.judge(outcome, into: &evidence.active)
        if let course {
            let judged = Workload.judge(course)
            evidence.active.judgements[Workload.id] = judged.judgements
            evidence.active.timings[Workload.id] = judged.timings
        }
        let measured = ActiveProbes.all.filter {
            $0.id != StorageClaim.id && (course != nil || $0.id != Workload.id)
        }
        return HealthEvaluation.findings(measured, evidence)
    }

    static func alarms(_ changes: [String: [String: String]]) -> [Finding] {
        findings(world(changes)).filter { $0.status != .pass }
    }

    @Test func aHealthyClusterHasNoAlarm() {
        let findings = Self.findings(Self.world())
        #expect(findings.allSatisfy { $0.status == .pass }, "\(findings.filter { $0.status != .pass })")
        #expect(findings.count { $0.id == PodNetwork.id } == 9, "every ordered pair, and each node with itself")
    }

    @Test func linesThatAreNoLinesAreLeftOut() {
        #expect(MeasuringLine.parse("martlet|tcp|a|ok\nmartlet|new|a|ok|1\nmartlet|tcp|a|ok|x\nnc: bad\n\n").isEmpty)
    }

    // MARK: network

    @Test func oneBrokenPairIsNamed() {
        let alarms = Self.alarms([
            "worker-1": [
                "tcp|worker-2|": "tcp|worker-2|silent|3000", "udp|worker-2|": "udp|worker-2|silent|0",
                "big|worker-2|": "nothing",
            ]
        ])
        #expect(alarms.map(\.id) == [PodNetwork.id, NetworkPayload.id])
        #expect(alarms.map(\.status) == [.fail, .unknown])
        #expect(alarms.allSatisfy { $0.subject == "node/worker-1 -> node/worker-2" })
        #expect(alarms.first?.measured == "no answer over TCP or UDP")
    }

    @Test func onlyDatagramsAreLost() {
        let alarms = Self.alarms(["worker-1": ["udp|worker-2|": "udp|worker-2|silent|0"]])
        #expect(alarms.map(\.status) == [.fail])
        #expect(alarms.first?.measured == "TCP answers, UDP does not")
    }

    @Test func filteredRefusalsAreNoLostDatagrams() {
        let silent = Dictionary(uniqueKeysWithValues: Self.nodes.map { ("udp|\($0)|", "udp|\($0)|silent|0") })
        let alarms = Self.alarms(Dictionary(uniqueKeysWithValues: Self.nodes.map { ($0, silent) }))
        #expect(alarms.count == 9)
        #expect(alarms.allSatisfy { $0.status == .unknown && $0.id == PodNetwork.id })
    }

    @Test func largePacketsThatHangAreTheMTU() {
        let alarms = Self.alarms(["worker-1": ["big|worker-2|": "big|worker-2|short|1380"]])
        #expect(alarms.map(\.id) == [NetworkPayload.id])
        #expect(alarms.first?.status == .fail)
        #expect(alarms.first?.measured == "1380 bytes arrived, then nothing")
    }

    @Test func servicesAndTheAPIOnOneNode() {
        let alarms = Self.alarms([
            "cp-1": [
                "service|": "service|10.96.0.5|silent|3000", "api-service|": "api-service|10.96.0.1:443|silent|3000",
            ]
        ])
        #expect(alarms.map(\.id) == [ServiceNetwork.id, APIServiceAddress.id])
        #expect(alarms.allSatisfy { $0.status == .fail && $0.subject == "node/cp-1" })
        #expect(alarms.first?.measured == "0 of 3 requests to 10.96.0.5 answered")
    }

    @Test func aNodePortFromInside() {
        let alarms = Self.alarms(["cp-1": ["node-port|worker-1|": "node-port|worker-1|silent|3000"]])
        #expect(alarms.map(\.subject) == ["node/cp-1 -> node/worker-1"])
        #expect(alarms.first?.id == NodePorts.id && alarms.first?.status == .fail)
    }

    @Test(arguments: [
        ([true, false, true], [true, true, true], HealthStatus.fail, 1),
        ([false, false, false], [true, true, true], .warn, 3),
        ([false, false, false], [false, false, false], .skipped, 3),
        ([true, false, true], [true, false, true], .skipped, 1),
    ])
    func nodePortsFromThisMachine(answers: [Bool], reached: [Bool], status: HealthStatus, count: Int) {
        let outside = Self.nodes.indices.map {
            NodePorts.Outside(node: Self.nodes[$0], isReachable: reached[$0], answers: answers[$0])
        }
        let alarms = NodePorts.judge([], outside: outside).filter { $0.status != .pass }
        #expect(alarms.count == count)
        #expect(alarms.allSatisfy { $0.status == status })
    }

    // MARK: names

    @Test(arguments: [(10, HealthStatus.pass), (160, .pass), (300, .warn), (1200, .fail)])
    func namesMayBeSlow(milliseconds: Int, status: HealthStatus) {
        let slow = ["name|": "name|servers.x.svc.cluster.local.|ok|\(milliseconds)"]
        let findings = Self.findings(Self.world(["worker-1": slow]))
        #expect(findings.first { $0.id == NameResolution.id && $0.subject == "node/worker-1" }?.status == status)
    }

    @Test func limitsOfOnesOwnApply() {
        var evidence = HealthEvidence(now: APIProbeTests.now)
        evidence.active.timings[NameResolution.id] = [.init("node/a", 0.01, "10 ms")]
        let findings = HealthEvaluation.findings(
            [NameResolution.probe], evidence, overrides: [NameResolution.id: ["warn": 0.001, "fail": 0.005]])
        #expect(findings.map(\.status) == [.fail])
    }

    @Test(arguments: ["silent", "nxdomain", "refused", "empty"])
    func namesMayFail(result: String) {
        let alarms = Self.alarms(["worker-1": ["name|": "name|servers.x.svc.cluster.local.|\(result)|4000"]])
        #expect(alarms.map(\.id) == [NameResolution.id])
        #expect(alarms.first?.status == .fail && alarms.first?.subject == "node/worker-1")
        #expect(alarms.first?.evidence.count == 1, "the same sentence once")
    }

    @Test func aSilentSearchDomain() {
        let name = "absent|nothing.example.org.|"
        let alarms = Self.alarms(["cp-1": [name: name + "silent|4000"]])
        #expect(alarms.map(\.id) == [AbsentNames.id])
        #expect(alarms.first?.measured == "1 of 2 search domains stay silent")
        #expect(Self.alarms(["cp-1": [name: name + "nxdomain|1500"]]).map(\.status) == [.warn])
    }

    // MARK: nodes that could not measure

    @Test func aMissingPodFailsOnceAndIsUnknownElsewhere() {
        var world = Self.world()
        world[1].problem = .init(text: "its pod was not ready in 25 s: no route", isOurs: false)
        let alarms = Self.findings(world).filter { $0.status != .pass }
        #expect(alarms.filter { $0.status == .fail }.map(\.id) == [PodNetwork.id])
        #expect(alarms.allSatisfy { $0.subject == "node/worker-1" && $0.measured.contains("no route") })
        world[1].problem?.isOurs = true
        #expect(Self.findings(world).allSatisfy { $0.status == .pass || $0.status == .unknown })
    }

    @Test func aPodThatWasCutShortIsUnknown() {
        var world = Self.world()
        world[2].lines = []
        let alarms = Self.findings(world).filter { $0.subject.hasPrefix("node/worker-2") && $0.status != .pass }
        #expect(!alarms.isEmpty && alarms.allSatisfy { $0.status == .unknown })
    }

    @Test func nothingMeasuredIsUnknownWithItsReason() {
        var evidence = HealthEvidence(now: APIProbeTests.now)
        evidence.active = .unmeasured("active probes: not allowed")
        let findings = HealthEvaluation.findings(ActiveProbes.all, evidence)
        #expect(findings.count == ActiveProbes.all.count)
        #expect(findings.allSatisfy { $0.status == .unknown && $0.measured == "active probes: not allowed" })
    }

    // MARK: policies

    private static func policy(
        open: [String], blocked: [String] = [], isCut: Bool = false, policies: Int? = 0, controller: String? = nil
    ) -> [HealthStatus] {
        var changes: [String: [String: String]] = [:]
        for node in open { changes[node, default: [:]]["policy-denied|"] = "policy-denied|guarded|ok|10" }
        for node in blocked {
            changes[node, default: [:]]["policy-allowed|"] = "policy-allowed|guarded|silent|3000"
            if isCut { changes[node, default: [:]]["tcp|worker-2|"] = "tcp|worker-2|silent|3000" }
        }
        return NetworkPolicies.judge(
            world(changes), .init(guardedNode: "worker-2", policies: policies, controller: controller)
        ).map(\.status)
    }

    @Test func policiesAreEnforcedOrItIsSaid() {
        #expect(Self.policy(open: []) == [.pass])
        #expect(Self.policy(open: Self.nodes) == [.skipped], "nobody relies on any")
        #expect(Self.policy(open: Self.nodes, policies: 2) == [.warn])
        #expect(Self.policy(open: Self.nodes, policies: nil) == [.warn])
        #expect(Self.policy(open: Self.nodes, controller: "cilium") == [.fail])
        #expect(Self.policy(open: ["cp-1"]) == [.fail], "one node does not enforce")
        #expect(Self.policy(open: [], blocked: ["cp-1"]) == [.fail], "what is allowed must pass")
        #expect(Self.policy(open: [], blocked: ["cp-1"], isCut: true) == [.unknown])
        #expect(
            Self.policy(open: ["worker-1", "worker-2"], blocked: ["cp-1"], isCut: true) == [.skipped, .unknown],
            "a node that is cut off does not make the others look partly enforced")
    }

    @Test func addOnsThatEnforceAreKnownByTheirPods() {
        #expect(NetworkPolicies.controller(["coredns-x", "calico-node-abcde"]) == "calico-node")
        #expect(NetworkPolicies.controller(["kube-flannel-ds-x", "cilium2-x"]) == nil)
    }

    // MARK: workload

    @Test func aWorkloadsLife() {
        func judged(_ change: (inout Workload.Course) -> Void) -> [Finding] {
            var course = Workload.Course(firstAnswer: 4)
            course.calls = (1...100).map { MeasuringLine(kind: .call, target: "\($0)", result: "ok", number: 10) }
            change(&course)
            return Self.findings(Self.world(), course).filter { $0.id == Workload.id }
        }
        #expect(judged { _ in }.map(\.status) == [.pass])
        #expect(judged { $0.firstAnswer = 31 }.map(\.status) == [.warn])
        let lost = judged { $0.calls[16].result = "silent" }
        #expect(lost.map(\.status) == [.fail])
        #expect(lost.first?.measured.hasPrefix("1 of 100 requests were lost") ?? false)
        #expect(lost.first?.evidence == ["requests 17"])
        #expect(judged { $0.problem = "two pods did not become available within 30 s" }.map(\.status) == [.fail])
        let imageless = judged {
            $0.problem = "two pods did not become available within 30 s: pod web: ErrImagePull"
            $0.lacksImage = true
        }
        #expect(imageless.map(\.status) == [.unknown])
        #expect(judged { $0.leftover = "namespace x is still being deleted" }.map(\.status) == [.fail])
        #expect(judged { $0 = Workload.Course() }.map(\.status) == [.unknown], "nobody could ask")
    }
}
