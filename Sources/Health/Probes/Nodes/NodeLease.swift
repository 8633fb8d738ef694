internal import Foundation

/// The kubelet renews its lease every 10 s (`nodeLeaseDurationSeconds` 40, a quarter of it), and the controller manager gives
/// a node up after `--node-monitor-grace-period`, 40 s by default (50 s since 1.32).
enum NodeLease {
    static let probe = HealthProbe(
        id: "node.lease", group: .nodes, kind: .api, title: "Heartbeats are fresh",
        why: """
            Reads when each kubelet last renewed its lease. It is the earliest sign of a node that is about to be lost: the \
            Ready condition follows only 40 seconds later.
            """,
        remedy: "check that the host is up, its kubelet runs and it reaches the API endpoint",
        limits: [.init("warn", 15, "s"), .init("fail", 40, "s")], needs: [.nodes, .leases]
    ) { evidence, limits in
        let leases = Dictionary(
            try evidence.api.leases.get().filter { $0.namespace == "kube-node-lease" }.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first })
        let expected = "under \(Int(limits["warn"])) s; \(Int(limits["fail"])) s fails"
        return try evidence.api.nodes.get().map { node in
            guard let renewed = KubernetesTime.parse(leases[node.name]?.spec?.renewTime) else {
                return Judgement(.fail, node.subject, "never renewed a lease", threshold: expected)
            }
            let age = max(0, evidence.now.timeIntervalSince(renewed))
            return Judgement(
                limits.status(of: age), node.subject, "renewed \(span(age)) ago", threshold: expected,
                since: KubernetesTime.text(renewed))
        }
    }
}
