/// All probes, and how a person chooses among them.
package enum HealthCatalogue {
    /// Every probe that reads; `peers` are the hosts among which host ports are tried.
    package static func passive(peers: [HealthHost] = []) -> [HealthProbe] {
        APIProbes.all + HostProbes.all(peers: peers.map { ($0.name, $0.address, $0.isControlPlane) })
    }

    /// Every probe that makes something in the cluster and removes it again.
    package static let active = ActiveProbes.all

    /// Probes that take a part of the cluster away for a while.
    package static let disruptive = [ControlPlaneLoss.probe]

    package static func all(peers: [HealthHost] = []) -> [HealthProbe] { passive(peers: peers) + active + disruptive }

    /// Whether a pattern names a probe: its id, the beginning of one up to a dot, its group, or its kind.
    package static func matches(_ pattern: String, _ probe: HealthProbe) -> Bool {
        probe.id == pattern || probe.id.hasPrefix(pattern + ".") || probe.group.rawValue == pattern
            || probe.kind.rawValue == pattern
    }

    /// - Throws: `UnknownPattern` for a pattern that names none.
    package static func choose(_ probes: [HealthProbe], only: [String], skip: [String]) throws -> [HealthProbe] {
        for pattern in only + skip where !probes.contains(where: { matches(pattern, $0) }) {
            throw UnknownPattern(pattern: pattern)
        }
        return probes.filter { probe in
            (only.isEmpty || only.contains { matches($0, probe) }) && !skip.contains { matches($0, probe) }
        }
    }

    /// What must hold when an apply has ended; advice (numbers of control planes, room, support) is left to a whole verdict.
    package static let gate = [
        "node.ready", "node.lease", "node.kubelet", "node.runtime", "control-plane.api-servers",
        "control-plane.endpoint", "control-plane.components", "etcd.quorum", "etcd.members", "etcd.alarms",
        "dns.replicas", "network.kube-proxy", "network.host-ports",
    ]

    package struct UnknownPattern: Error {
        package var pattern: String
    }
}
