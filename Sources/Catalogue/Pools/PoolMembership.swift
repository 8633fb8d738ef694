internal import ClusterModel
internal import Planning

/// Spares that one plan joins or takes out, by name.
package struct PoolChange: Sendable, Hashable {
    package var joining: Set<String>
    package var leaving: Set<String>

    package static let none = PoolChange()

    package init(joining: Set<String> = [], leaving: Set<String> = []) {
        self.joining = joining
        self.leaving = leaving
    }
}

/// Which spares of the pools are nodes, which lie idle, and which are on their way out.
///
/// The cluster is the state: a spare is a node if the API lists it. Where no API answers, a host that has joined, or that was
/// not asked, counts as one: unknown is not absent.
struct PoolMembership {
    /// Hosts that are, or shall become, nodes; in the order of the spec.
    private(set) var active: [HostSpec] = []
    private(set) var idle: [HostSpec] = []
    private(set) var leaving: [HostSpec] = []

    /// - Parameter prune: take out what is more than a pool's maximum.
    init(
        _ spec: ClusterSpec, facts: Facts, states: [String: HostState], api: APIState?, change: PoolChange, prune: Bool
    ) {
        guard !spec.pools.isEmpty else {
            active = spec.hosts
            return
        }
        func isNode(_ host: HostSpec) -> Bool {
            if let api { return api.nodes[host.name] != nil }
            return facts.hosts[host.name] == nil || states[host.name]?.kubeadm.isJoinedWorker == true
        }
        var kept: Set<String> = []
        var gone: Set<String> = []
        for pool in spec.pools {
            let hosts = spec.hosts(of: pool)
            gone.formUnion(hosts.map(\.name).filter(change.leaving.contains))
            // Half of a join or of a way out, left by a run that was interrupted.
            gone.formUnion(
                hosts.map(\.name).filter { name in
                    api != nil && api?.nodes[name] == nil && !change.joining.contains(name)
                        && states[name]?.kubeadm.isTouched == true
                })
            var nodes = hosts.filter { !gone.contains($0.name) && (change.joining.contains($0.name) || isNode($0)) }
            if prune, nodes.count > pool.maximum, api != nil {
                gone.formUnion(nodes[pool.maximum...].map(\.name))
                nodes = Array(nodes.prefix(pool.maximum))
            }
            // Those that answered first: a spare that is switched off is no reason to be below the minimum.
            let free = hosts.filter { host in !gone.contains(host.name) && !nodes.contains { $0.name == host.name } }
            let ready = free.filter { facts.hosts[$0.name] != nil } + free.filter { facts.hosts[$0.name] == nil }
            nodes += ready.prefix(max(0, pool.minimum - nodes.count))
            kept.formUnion(nodes.map(\.name))
        }
        for host in spec.hosts {
            if gone.contains(host.name) {
                leaving.append(host)
            } else if host.pool == nil || kept.contains(host.name) {
                active.append(host)
            } else {
                idle.append(host)
            }
        }
    }
}
