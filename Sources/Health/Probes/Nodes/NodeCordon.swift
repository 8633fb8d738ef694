/// A cordon may be explained by an annotation, so that planned work raises no alarm.
enum NodeCordon {
    static let note = "martlet.dev/maintenance"

    static let probe = HealthProbe(
        id: "node.cordoned", group: .nodes, kind: .api, title: "No node was left cordoned",
        why: """
            A cordoned node takes no new pods. Forgotten after maintenance it is missing exactly when another node fails. The \
            annotation \(note) on the node, with a reason, says that it is meant.
            """,
        remedy: "`kubectl uncordon NAME`, or say why: `kubectl annotate node NAME \(note)='reason'`",
        needs: [.nodes]
    ) { evidence, _ in
        try evidence.api.nodes.get().map { node in
            guard node.isCordoned else {
                return Judgement(.pass, node.subject, "takes pods", threshold: "not cordoned")
            }
            let since = node.spec?.taints?.first { $0.key == "node.kubernetes.io/unschedulable" }?.timeAdded
            if let reason = node.annotations[note] {
                return Judgement(
                    .pass, node.subject, "cordoned: \(reason)", threshold: "not cordoned, or with a reason",
                    since: since)
            }
            return Judgement(
                node.isControlPlane ? .fail : .warn, node.subject, "cordoned", threshold: "not cordoned",
                remedy: "`kubectl uncordon \(node.name)`, or annotate it with \(note)", since: since)
        }
    }
}
