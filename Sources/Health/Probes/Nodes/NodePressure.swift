enum NodePressure {
    static let probe = HealthProbe(
        id: "node.pressure", group: .nodes, kind: .api, title: "No node is under pressure",
        why: """
            Reads the conditions MemoryPressure, DiskPressure, PIDPressure and NetworkUnavailable. Under pressure a kubelet \
            takes no new pods and throws running ones out.
            """,
        remedy:
            "free what the condition names on that host: `df -h`, `crictl rmi --prune`, `ps aux --sort -rss | head`",
        needs: [.nodes]
    ) { evidence, _ in
        try evidence.api.nodes.get().map { node in
            let bad = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"].compactMap {
                node.condition($0)
            }.filter { $0.status == "True" }
            return Judgement(
                bad.isEmpty ? .pass : .fail, node.subject,
                bad.isEmpty ? "none" : bad.compactMap(\.type).joined(separator: ", "), threshold: "no such condition",
                evidence: bad.compactMap(\.message), since: bad.first?.lastTransitionTime)
        }
    }
}
