/// A group of spare hosts of which only some are nodes: as many as work asks for, within bounds.
///
/// A host belongs to a pool by its `pool`. Which of them are nodes at a moment is not written anywhere: the cluster knows it.
package struct PoolSpec: Sendable, Hashable, Codable {
    /// A DNS label.
    package var name: String
    /// So many of its hosts are nodes at least: `apply` joins them.
    package var minimum: Int
    /// So many at most.
    package var maximum: Int
    /// Of each of its nodes, beside the host's own, which win.
    package var labels: [String: String]
    /// Of each of its nodes, from the moment in which it registers.
    package var taints: [Taint]

    package init(
        name: String, minimum: Int = 0, maximum: Int, labels: [String: String] = [:], taints: [Taint] = []
    ) {
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
        self.labels = labels
        self.taints = taints
    }

    /// A host with what its pool gives to it.
    func completed(_ host: HostSpec) -> HostSpec {
        var host = host
        host.labels.merge(labels) { own, _ in own }
        let own = Set(host.taints.map { "\($0.key):\($0.effect.rawValue)" })
        host.taints += taints.filter { !own.contains("\($0.key):\($0.effect.rawValue)") }
        return host
    }
}

extension ClusterSpec {
    /// The hosts of a pool, as the spec lists them.
    package func hosts(of pool: PoolSpec) -> [HostSpec] { hosts.filter { $0.pool == pool.name } }

    package func pool(_ name: String) -> PoolSpec? { pools.first { $0.name == name } }
}
