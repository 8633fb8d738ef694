package import ClusterModel
package import Diagnostics

extension ClusterContext {
    /// The hosts of all pools, nodes and spares.
    package var poolHosts: [HostSpec] { spec.hosts.filter { $0.pool != nil } + idle + leaving }
}

/// From a wished number of nodes to the spares that join or leave.
package enum PoolResize {
    /// The first spares of the spec join, those that answered before others; the last nodes leave.
    ///
    /// Pure.
    ///
    /// - Throws: `nodes.bounds` beyond the pool's minimum and maximum.
    package static func change(_ pool: PoolSpec, to wanted: Int, in context: ClusterContext) throws(Diagnostic)
        -> PoolChange
    {
        guard (pool.minimum...max(pool.minimum, pool.maximum)).contains(wanted) else {
            throw Diagnostic(
                code: "nodes.bounds",
                "the pool \(pool.name) has \(pool.minimum) nodes at least and \(pool.maximum) at most, not \(wanted)",
                hint: "change `minimum` or `maximum` in the spec", exitCode: .usage)
        }
        let nodes = context.spec.hosts(of: pool)
        guard wanted > nodes.count else {
            return PoolChange(leaving: Set(nodes.suffix(nodes.count - wanted).map(\.name)))
        }
        let spares = (context.idle + context.leaving).filter { $0.pool == pool.name }
        let sorted =
            spares.filter { context.states[$0.name]?.system != nil }
            + spares.filter { context.states[$0.name]?.system == nil }
        return PoolChange(joining: Set(sorted.prefix(wanted - nodes.count).map(\.name)))
    }
}
