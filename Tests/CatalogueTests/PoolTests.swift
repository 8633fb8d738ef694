import ClusterModel
import Diagnostics
import Planning
import TestSupport
import Testing

@testable import Catalogue

@Suite("Pools of spare hosts")
struct PoolTests {
    /// A cluster with three spares in a pool.
    private static func cluster(minimum: Int = 0, maximum: Int = 3) -> VirtualCluster {
        let scenario = Scenario(endpoint: .host, controlPlanes: 1)
        var spec = scenario.spec
        let taint = Taint(key: "cheap", value: "yes", effect: .noSchedule)
        spec.pools = [PoolSpec(name: "spare", minimum: minimum, maximum: maximum)]
        spec.hosts += (1...3).map { number in
            HostSpec(
                name: "spare\(number)", address: "192.0.2.3\(number)", internalAddress: "10.20.0.3\(number)",
                roles: [.worker], labels: ["pool": "spare"], taints: [taint], pool: "spare")
        }
        return VirtualCluster(spec, scenario.release)
    }

    private static func run(_ cluster: inout VirtualCluster, _ change: PoolChange = .none) {
        var numbers = SeededNumbers(seed: 7)
        cluster.change = change
        cluster.run(cluster.plan(), numbers: &numbers)
        cluster.change = .none
    }

    private static func changes(_ cluster: VirtualCluster) -> [String] { cluster.plan().changes.map(\.id) }

    @Test("An apply leaves spares alone, and they are no strangers")
    func idle() {
        var cluster = Self.cluster()
        Self.run(&cluster)
        #expect(cluster.nodes.keys.sorted() == ["cp1", "worker1"])
        #expect(Self.changes(cluster) == [])
        #expect(cluster.plan().diagnostics.isEmpty)
        #expect(cluster.hosts["spare1"]?.packages.isEmpty == true)
    }

    @Test("The minimum joins with the first apply")
    func minimum() {
        var cluster = Self.cluster(minimum: 2)
        Self.run(&cluster)
        #expect(cluster.nodes.keys.sorted() == ["cp1", "spare1", "spare2", "worker1"])
        #expect(Self.changes(cluster) == [])
    }

    @Test("A spare joins with the pool's label and taint, stays with later applies, and leaves without a trace")
    func joinAndLeave() {
        var cluster = Self.cluster()
        Self.run(&cluster)
        Self.run(&cluster, PoolChange(joining: ["spare2"]))
        #expect(cluster.nodes["spare2"]?.labels["pool"] == "spare")
        #expect(cluster.nodes["spare2"]?.taints == ["cheap=yes:NoSchedule"])
        #expect(Self.changes(cluster) == [])
        #expect(cluster.plan().steps.contains { $0.host == "spare2" })
        Self.run(&cluster, PoolChange(leaving: ["spare2"]))
        #expect(cluster.nodes["spare2"] == nil)
        // The others had a route to its pods until it was gone.
        #expect(Self.changes(cluster) == ["pod-network@cp1", "pod-network@worker1"])
        Self.run(&cluster)
        #expect(Self.changes(cluster) == [])
        Self.run(&cluster, PoolChange(joining: ["spare2", "spare3"]))
        #expect(cluster.nodes.keys.sorted() == ["cp1", "spare2", "spare3", "worker1"])
        #expect(Self.changes(cluster) == [])
    }

    @Test("A way out that was cut off is ended by the next apply", arguments: 0...3)
    func cutOff(_ limit: Int) {
        var cluster = Self.cluster()
        Self.run(&cluster)
        Self.run(&cluster, PoolChange(joining: ["spare1"]))
        cluster.change = PoolChange(leaving: ["spare1"])
        var numbers = SeededNumbers(seed: UInt64(limit))
        cluster.run(cluster.plan(), limit: limit, numbers: &numbers)
        // Drained, and its host still believes that it belongs to the cluster.
        if cluster.nodes["spare1"] == nil { cluster.change = .none }
        cluster.run(cluster.plan(), numbers: &numbers)
        cluster.change = .none
        Self.run(&cluster)
        #expect(cluster.nodes["spare1"] == nil)
        #expect(cluster.hosts["spare1"]?.active.contains("kubelet.service") == false)
        #expect(Self.changes(cluster) == [])
    }

    @Test("More nodes than the maximum are told, and taken out with --prune")
    func maximum() {
        var cluster = Self.cluster(maximum: 1)
        Self.run(&cluster)
        Self.run(&cluster, PoolChange(joining: ["spare1", "spare3"]))
        #expect(cluster.plan().diagnostics.map(\.code) == ["cluster.pool-maximum"])
        cluster.prune = true
        Self.run(&cluster)
        #expect(cluster.nodes.keys.sorted() == ["cp1", "spare1", "worker1"])
    }

    @Test("Where no API answers, a spare that has joined counts as a node: unknown is not absent")
    func unknown() {
        var cluster = Self.cluster()
        Self.run(&cluster)
        Self.run(&cluster, PoolChange(joining: ["spare1"]))
        cluster.hosts["cp1"]?.isStopped = true
        let context = cluster.context(cluster.facts())
        #expect(context.api == nil)
        #expect(context.spec.hosts.map(\.name) == ["cp1", "worker1", "spare1"])
        #expect(context.idle.map(\.name) == ["spare2", "spare3"])
    }

    @Test(
        "The size of a pool becomes spares that join or leave",
        arguments: [
            (0, [], ["spare1", "spare2"]), (1, [], ["spare2"]), (2, [], []), (3, ["spare3"], []),
        ])
    func resize(_ wanted: Int, _ joining: [String], _ leaving: [String]) throws {
        var cluster = Self.cluster()
        Self.run(&cluster)
        Self.run(&cluster, PoolChange(joining: ["spare1", "spare2"]))
        let context = cluster.context(cluster.facts())
        let change = try PoolResize.change(cluster.spec.pools[0], to: wanted, in: context)
        #expect(change == PoolChange(joining: Set(joining), leaving: Set(leaving)))
    }

    @Test("A size beyond the bounds is refused")
    func bounds() throws {
        var cluster = Self.cluster(minimum: 1, maximum: 2)
        Self.run(&cluster)
        let context = cluster.context(cluster.facts())
        for wanted in [0, 3] {
            let error = #expect(throws: Diagnostic.self) {
                try PoolResize.change(cluster.spec.pools[0], to: wanted, in: context)
            }
            #expect(error?.code == "nodes.bounds")
        }
    }
}
