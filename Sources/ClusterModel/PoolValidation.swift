import ConfigTree
import Diagnostics

/// What is wrong between pools and hosts.
extension SpecValidation {
    func checkPools() {
        var lines: [String: Int] = [:]
        for pool in partial.pools where !pool.name.isEmpty {
            if let line = lines[pool.name] {
                decoder.report(
                    "duplicate-pool", at: pool.node["name"] ?? pool.node,
                    "there are two pools `\(pool.name)`, the other in line \(line)", hint: "give each a name of its own"
                )
            }
            lines[pool.name] = (pool.node["name"] ?? pool.node).location.line
            checkBounds(pool)
            checkLabels(of: pool)
        }
        for host in partial.hosts { checkPool(of: host, known: partial.pools.map(\.name)) }
    }

    private func checkBounds(_ pool: PartialPool) {
        let hosts = partial.hosts.count { $0.spec.pool == pool.name }
        if hosts == 0, !partial.hasFaultyHosts {
            decoder.report(
                "empty-pool", at: pool.node["name"] ?? pool.node, "no host belongs to the pool `\(pool.name)`",
                hint: "write `pool: \(pool.name)` at the hosts that are its spares")
            return
        }
        if let maximum = pool.maximum, maximum > hosts, !partial.hasFaultyHosts {
            decoder.report(
                "pool-bounds", at: pool.node["maximum"] ?? pool.node,
                "the pool `\(pool.name)` may have \(maximum) nodes, and \(hosts) hosts belong to it",
                hint: "leave `maximum` out, or add hosts")
        }
        let most = min(pool.maximum ?? hosts, hosts)
        if pool.minimum > most {
            decoder.report(
                "pool-bounds", at: pool.node["minimum"] ?? pool.node,
                "the pool `\(pool.name)` shall have \(pool.minimum) nodes at least and \(most) at most",
                hint: "lower `minimum`, or raise `maximum`")
        }
    }

    private func checkLabels(of pool: PartialPool) {
        guard let labels = pool.node["labels"] else { return }
        for (key, _) in labels.entries {
            guard let reason = NodeLabels.refusal(of: key.text) else { continue }
            decoder.report(
                "reserved-label", at: key,
                "the label `\(ConfigDecoder.shortened(key.text))` is set by Kubernetes itself",
                detail: reason, hint: "remove it")
        }
    }

    private func checkPool(of host: PartialHost, known: [String]) {
        guard let name = host.spec.pool else { return }
        let place = host.node["pool"] ?? host.node
        if !known.contains(name) {
            decoder.report(
                "unknown-pool", at: place, "there is no pool `\(name)`",
                hint: Suggestion.nearest(to: name, in: known).map { "did you mean `\($0)`?" }
                    ?? "describe it: `pools: [{ name: \(name) }]`", host: host.spec.name)
        }
        if host.spec.isControlPlane {
            decoder.report(
                "pool-control-plane", at: place, "the control plane `\(host.spec.name)` is the spare of a pool",
                detail: "control planes hold etcd's data and are not joined and drained by need",
                hint: "only hosts whose one role is worker belong to pools", host: host.spec.name)
        }
    }
}
