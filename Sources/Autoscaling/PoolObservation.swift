package import ClusterModel
package import Foundation
package import Health
internal import KubernetesAPI

/// What one look at the cluster and at a pool's hosts has shown.
package struct PoolObservation: Sendable {
    package var pool: PoolSpec
    /// In the order of the spec, nodes and spares.
    package var hosts: [PoolHost]
    package var nodes: [PoolNode]
    /// Of all namespaces.
    package var pods: [PoolPod]
    package var budgets: [DisruptionBudget]
    package var now: Date

    package init(
        pool: PoolSpec, hosts: [PoolHost], nodes: [PoolNode], pods: [PoolPod], budgets: [DisruptionBudget], now: Date
    ) {
        self.pool = pool
        self.hosts = hosts
        self.nodes = nodes
        self.pods = pods
        self.budgets = budgets
        self.now = now
    }
}

/// A host of a pool and what is known of its machine.
package struct PoolHost: Sendable, Hashable {
    package var host: HostSpec
    /// Processors and memory, as the host itself counts them; nil if it does not answer.
    package var machine: Machine?

    package struct Machine: Sendable, Hashable {
        package var cpus: Int
        package var memoryKiB: Int

        package init(cpus: Int, memoryKiB: Int) {
            self.cpus = cpus
            self.memoryKiB = memoryKiB
        }
    }

    package init(host: HostSpec, machine: Machine?) {
        self.host = host
        self.machine = machine
    }
}

extension PoolObservation {
    /// The pool's hosts that are nodes now.
    var members: [PoolNode] {
        let names = Set(hosts.map(\.host.name))
        return nodes.filter { names.contains($0.node.name) }
    }

    /// Its hosts that are none.
    var spares: [PoolHost] {
        let names = Set(nodes.map(\.node.name))
        return hosts.filter { !names.contains($0.host.name) }
    }

    /// Pods that are on a node and have not ended.
    func pods(on node: String) -> [PoolPod] { pods.filter { $0.node == node && !$0.pod.isDone } }

    /// Every node as the scheduler sees it.
    var places: [NodePlace] {
        nodes.map { node in
            let allocatable = node.allocatable
            return NodePlace(
                name: node.node.name, labels: node.node.labels, taints: node.taints, allocatable: allocatable,
                free: pods(on: node.node.name).reduce(allocatable) { $0 - $1.requests },
                isOpen: node.node.isReady && !node.node.isCordoned)
        }
    }

    /// The node that a spare would be; nil if its machine is not known.
    ///
    /// What nodes of this cluster keep for themselves, and what its daemon sets ask for on each, is taken from those that are
    /// there; the room for pods is theirs, or 110, the kubelet's default (`maxPods`).
    func place(of spare: PoolHost) -> NodePlace? {
        guard let machine = spare.machine else { return nil }
        let workers = nodes.filter { !$0.node.isControlPlane }
        let peers = workers.isEmpty ? nodes : workers
        let reserved = peers.map(\.reserved).reduce(Amounts()) { $0.union($1) }
        let daemons = peers.map { peer in
            pods(on: peer.node.name).filter(\.isOfDaemonSet).map(\.requests).reduce(Amounts(), +)
        }.reduce(Amounts()) { $0.union($1) }
        var allocatable = Amounts(["cpu": Double(machine.cpus), "memory": Double(machine.memoryKiB) * 1024]) - reserved
        allocatable["pods"] = peers.map { $0.allocatable["pods"] }.max().flatMap { $0 > 0 ? $0 : nil } ?? 110
        var labels = spare.host.labels
        labels["kubernetes.io/hostname"] = spare.host.name
        labels["kubernetes.io/os"] = "linux"
        return NodePlace(
            name: spare.host.name, labels: labels, taints: spare.host.taints, allocatable: allocatable,
            free: allocatable - daemons, isOpen: true)
    }
}
