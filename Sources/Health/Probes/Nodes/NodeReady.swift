internal import Foundation

enum NodeReady {
    static let probe = HealthProbe(
        id: "node.ready", group: .nodes, kind: .api, title: "Nodes are ready",
        why: """
            Reads the Ready condition of every node. Pods of a node that is not ready lose their endpoints at once and are \
            made anew elsewhere after five minutes.
            """,
        remedy: "read `journalctl -u kubelet -n 50` on the host; if it is silent, check the host and its network",
        needs: [.nodes]
    ) { evidence, _ in
        let nodes = try evidence.api.nodes.get()
        guard !nodes.isEmpty else { return [Judgement(.fail, "cluster", "no node", threshold: "at least one node")] }
        return nodes.map { node in
            let ready = node.condition("Ready")
            let age = KubernetesTime.parse(ready?.lastTransitionTime).map { evidence.now.timeIntervalSince($0) }
            if ready?.status == "True" { return Judgement(.pass, node.subject, "ready", threshold: "ready") }
            let state = ready?.status == "False" ? "not ready" : "no word from its kubelet"
            return Judgement(
                .fail, node.subject, state + (age.map { " for \(span($0))" } ?? ""), threshold: "ready",
                evidence: [ready?.message].compactMap { $0 }, since: ready?.lastTransitionTime)
        }
    }
}
