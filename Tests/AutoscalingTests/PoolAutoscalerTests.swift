import ClusterModel
import Foundation
import Testing

@testable import Autoscaling

struct GrowthTests {
    @Test func noShortageNoNode() throws {
        var world = PoolWorld.small
        for number in 1...4 { world.addPod("web-\(number)", on: "worker-1") }
        let decision = try world.decide().decision
        #expect(decision.kind == .stay)
        #expect(!decision.isShort)
    }

    @Test func aPodWithoutRequestsIsNeverShort() throws {
        var world = PoolWorld.small
        for number in 1...25 { world.addPod("web-\(number)", on: "worker-1", cpu: nil) }
        #expect(try world.decide().decision.kind == .stay)
    }

    @Test func podsThatFitNowhereMakeOneSpareJoin() throws {
        var world = PoolWorld.small
        for number in 1...5 { world.addPod("web-\(number)", on: "worker-1") }
        for number in 6...20 { world.addPod("web-\(number)") }
        let decision = try world.decide().decision
        #expect(decision.kind == .join)
        #expect(decision.host == "worker-2")
        #expect(decision.reason.contains("work/web-6 (the scheduler: 0/2 nodes are available: 2 Insufficient cpu.)"))
    }

    /// The scheduler has not looked again yet: room that is there needs no further node.
    @Test func podsThatFitIntoWhatIsThereAreLeftToTheScheduler() throws {
        var world = PoolWorld.small
        for number in 1...5 { world.addPod("web-\(number)", on: "worker-1") }
        world.addNode("worker-2", labels: ["pool": "spare"])
        world.addPod("web-6")
        let decision = try world.decide().decision
        #expect(decision.kind == .stay)
        #expect(decision.notes.contains { $0.contains("worker-2 stays: a pod that waits will go there") })
    }

    @Test func whatDoesNotFitOnTheSecondNodeMakesTheNextOneJoin() throws {
        var world = PoolWorld.small
        for number in 1...5 { world.addPod("web-\(number)", on: "worker-1") }
        world.addNode("worker-2", labels: ["pool": "spare"])
        for number in 6...12 { world.addPod("web-\(number)") }
        let decision = try world.decide().decision
        #expect(decision.kind == .join)
        #expect(decision.host == "worker-3")
    }

    @Test func theMaximumIsKept() throws {
        var world = PoolWorld.small
        world.pool.maximum = 1
        world.addNode("worker-2", cpu: "1")
        for number in 1...8 { world.addPod("web-\(number)", cpu: "900m") }
        let decision = try world.decide().decision
        #expect(decision.kind == .stay)
        #expect(decision.isShort)
        #expect(decision.reason.contains("its most nodes: 1"))
    }

    @Test func aPodThatNoSpareCanTakeMakesNoneJoin() throws {
        var world = PoolWorld.small
        world.addPod("huge", cpu: "64")
        let decision = try world.decide().decision
        #expect(decision.kind == .stay)
        #expect(
            decision.notes == ["a spare would not help: work/huge: it asks for 64 cores of cpu, 2 cores are free"])
    }

    @Test(arguments: [
        (#""nodeSelector": {"pool": "gold"}"#, false), (#""nodeSelector": {"pool": "spare"}"#, true),
        (
            #""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["spare"]}]}]}}}"#,
            true
        ),
        (
            #""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "DoesNotExist"}]}]}}}"#,
            false
        ),
        (
            #""affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["1"]}]}]}}}"#,
            false
        ),
        (
            #""affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]}}"#,
            false
        ),
        (#""topologySpreadConstraints": [{"whenUnsatisfiable": "DoNotSchedule"}]"#, false),
        (#""volumes": [{"persistentVolumeClaim": {"claimName": "x"}}]"#, false), (#""priority": -20"#, false),
    ])
    func whereAPodMayGoDecides(_ spec: String, _ joins: Bool) throws {
        var world = PoolWorld.small
        for number in 1...5 { world.addPod("web-\(number)", on: "worker-1") }
        world.addPod("waits", cpu: "1", spec: spec)
        #expect(try world.decide().decision.kind == (joins ? .join : .stay))
    }

    @Test func aTaintOfThePoolNeedsAToleration() throws {
        var world = PoolWorld.small
        world.taints = [Taint(key: "cheap", value: "yes", effect: .noSchedule)]
        for number in 1...5 { world.addPod("web-\(number)", on: "worker-1") }
        world.addPod("waits")
        #expect(try world.decide().decision.kind == .stay)
        world.addPod("tolerates", spec: #""tolerations": [{"key": "cheap", "value": "yes", "effect": "NoSchedule"}]"#)
        let decision = try world.decide().decision
        #expect(decision.kind == .join)
        #expect(decision.reason.contains("those that a spare like this could take: 1"))
    }

    @Test func aPodForWhichAnotherMakesWayAsksForNoNode() throws {
        var world = PoolWorld.small
        for number in 1...5 { world.addPod("web-\(number)", on: "worker-1") }
        world.addPod("first", status: #""nominatedNodeName": "worker-1""#)
        #expect(try world.decide().decision.kind == .stay)
    }

    @Test func aNodeThatIsStillStartingIsWaitedFor() throws {
        var world = PoolWorld.small
        world.addNode("worker-2", isReady: false, created: -30)
        for number in 1...9 { world.addPod("web-\(number)") }
        #expect(try world.decide().decision.kind == .wait)
    }

    @Test func aNodeThatNeverBecomesReadyIsNoPromise() throws {
        var world = PoolWorld.small
        world.addNode("worker-2", isReady: false, created: -1000)
        for number in 1...9 { world.addPod("web-\(number)") }
        let decision = try world.decide().decision
        #expect(decision.kind == .join)
        #expect(decision.host == "worker-3")
    }

    @Test func aSpareThatDoesNotAnswerIsPassedOver() throws {
        var world = PoolWorld.small
        world.hosts = [("worker-2", false), ("worker-3", true)]
        for number in 1...9 { world.addPod("web-\(number)") }
        #expect(try world.decide().decision.host == "worker-3")
        world.hosts = [("worker-2", false)]
        let decision = try world.decide().decision
        #expect(decision.kind == .stay)
        #expect(decision.isShort)
        #expect(decision.reason.hasSuffix("the spare worker-2 does not answer"))
    }

    @Test func aSpareWhoseJoinFailedIsLeftAloneForAWhile() throws {
        var world = PoolWorld.small
        for number in 1...9 { world.addPod("web-\(number)") }
        var memory = PoolMemory()
        memory.joinHasFailed("worker-2", now: world.now)
        #expect(try world.decide(PoolSettings(), memory).decision.host == "worker-3")
        world.now += 301
        #expect(try world.decide(PoolSettings(), memory).decision.host == "worker-2")
    }

    @Test func aPoolBelowItsMinimumGrowsWithoutWork() throws {
        var world = PoolWorld.small
        world.pool.minimum = 1
        #expect(try world.decide().decision.kind == .join)
    }
}

struct ShrinkageTests {
    /// worker-2 of the pool is a node beside worker-1, which has room.
    private var world: PoolWorld {
        var world = PoolWorld.small
        world.addNode("worker-2", labels: ["pool": "spare"])
        return world
    }

    /// What is decided now, and what after the time is over.
    private func verdicts(_ world: PoolWorld) throws -> [PoolDecision] {
        let first = try world.decide()
        var later = world
        later.now += 61
        return [first.decision, try later.decide(PoolSettings(idle: 60), first.memory).decision]
    }

    @Test func anEmptyNodeGoesWhenItsTimeIsOver() throws {
        let decisions = try verdicts(world)
        #expect(decisions.map(\.kind) == [.wait, .remove])
        #expect(decisions[1].host == "worker-2")
        #expect(decisions[1].reason == "worker-2 runs nothing but what belongs to every node, for at least 60 s")
    }

    @Test func aNodeOfNoPoolStaysHoweverEmpty() throws {
        #expect(try verdicts(PoolWorld.small).map(\.kind) == [.stay, .stay])
    }

    @Test func theMinimumStays() throws {
        var world = world
        world.pool.minimum = 1
        #expect(try verdicts(world).map(\.kind) == [.stay, .stay])
    }

    @Test func littleWorkThatFitsElsewhereMoves() throws {
        var world = world
        world.addPod("web-1", on: "worker-2")
        let decisions = try verdicts(world)
        #expect(decisions.map(\.kind) == [.wait, .remove])
        #expect(decisions[1].reason.contains("ask for 20 % of worker-2, and the one that can move would fit elsewhere"))
    }

    @Test func workThatFitsNowhereElseStays() throws {
        var world = world
        for number in 1...5 { world.addPod("old-\(number)", on: "worker-1") }
        world.addPod("web-1", on: "worker-2")
        let decisions = try verdicts(world)
        #expect(decisions.map(\.kind) == [.stay, .stay])
        #expect(decisions[0].notes == ["worker-2 stays: work/web-1 would fit on no other node"])
    }

    @Test func aBusyNodeStays() throws {
        var world = world
        for number in 1...3 { world.addPod("web-\(number)", on: "worker-2") }
        #expect(try verdicts(world)[1].notes == ["worker-2 stays: its pods ask for 60 % of it, the limit is 50 %"])
    }

    /// Each of these keeps its node, by the rules of the Cluster Autoscaler.
    @Test(arguments: [
        ("no controller would make it again", "", "", "", "work"),
        ("it keeps data on its node", "ReplicaSet", #""volumes": [{"emptyDir": {}}]"#, "", "work"),
        ("it keeps data on its node", "ReplicaSet", #""volumes": [{"hostPath": {"path": "/x"}}]"#, "", "work"),
        ("its claim may bind it to a node", "StatefulSet", #""volumes": [{"persistentVolumeClaim": {}}]"#, "", "work"),
        (
            "it is marked as not safe to evict", "ReplicaSet", "",
            #""cluster-autoscaler.kubernetes.io/safe-to-evict": "false""#, "work"
        ),
        ("it is a part of the system and has no disruption budget", "ReplicaSet", "", "", "kube-system"),
    ])
    func whatMayNotMoveKeepsItsNode(
        _ reason: String, _ owner: String, _ spec: String, _ annotations: String, _ namespace: String
    ) throws {
        var world = world
        world.addPod(
            "web-1", on: "worker-2", namespace: namespace, owner: owner.isEmpty ? nil : owner, annotations: annotations,
            spec: spec)
        let decisions = try verdicts(world)
        #expect(decisions.map(\.kind) == [.stay, .stay])
        #expect(decisions[1].notes == ["worker-2 stays: \(namespace)/web-1: \(reason)"])
    }

    @Test func aBudgetThatAllowsNothingKeepsTheNode() throws {
        var world = world
        world.addPod("web-1", on: "worker-2")
        world.addBudget("web", allowed: 0)
        #expect(
            try verdicts(world)[1].notes == [
                "worker-2 stays: work/web-1: the budget web allows no disruption now"
            ])
        world.budgets = []
        world.addBudget("web", allowed: 1)
        #expect(try verdicts(world)[1].kind == .remove)
    }

    @Test(arguments: [
        (#""volumes": [{"emptyDir": {"medium": "Memory"}}]"#, ""),
        (#""volumes": [{"emptyDir": {}}]"#, #""cluster-autoscaler.kubernetes.io/safe-to-evict": "true""#),
    ])
    func whatMayMoveDoesNotKeepIt(_ spec: String, _ annotations: String) throws {
        var world = world
        world.addPod("web-1", on: "worker-2", annotations: annotations, spec: spec)
        #expect(try verdicts(world)[1].kind == .remove)
    }

    @Test func whatBelongsToTheNodeDoesNotCount() throws {
        var world = world
        world.addPod("proxy", on: "worker-2", namespace: "kube-system", owner: "DaemonSet")
        world.addPod("done", on: "worker-2", owner: nil, status: #""phase": "Succeeded""#)
        world.pods[1] = world.pods[1].replacing(#""phase": "Running","#, with: "")
        #expect(try verdicts(world)[1].kind == .remove)
    }

    /// Otherwise a look right after work was deleted would find that everything is needed.
    @Test func podsThatAreEndingNeedNoNode() throws {
        var world = world
        for number in 1...4 { world.addPod("web-\(number)", on: "worker-2", isGoing: true) }
        #expect(try verdicts(world).map(\.kind) == [.wait, .remove])
    }

    @Test func timesBeginAnewWhenANodeIsNeededInBetween() throws {
        let first = try world.decide()
        var busy = world
        busy.now += 30
        for number in 1...3 { busy.addPod("web-\(number)", on: "worker-2") }
        let second = try busy.decide(PoolSettings(idle: 60), first.memory)
        var later = world
        later.now += 61
        #expect(try later.decide(PoolSettings(idle: 60), second.memory).decision.kind == .wait)
    }

    @Test func oneAtATimeTheEmptierFirst() throws {
        var world = world
        world.addNode("worker-3", labels: ["pool": "spare"])
        world.addPod("web-1", on: "worker-3")
        #expect(try verdicts(world)[1].host == "worker-2")
    }

    @Test func aJoinPutsOffEveryRemoval() throws {
        var memory = try world.decide().memory
        #expect(memory.unneededSince.keys.sorted() == ["worker-2"])
        memory.nodeHasJoined()
        #expect(memory.unneededSince.isEmpty)
    }
}
