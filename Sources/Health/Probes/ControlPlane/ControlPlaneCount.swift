enum ControlPlaneCount {
    static let probe = HealthProbe(
        id: "control-plane.count", group: .controlPlane, kind: .api, title: "The control plane survives a loss",
        why: """
            etcd needs more than half of its members. Three control planes survive the loss of one; two survive none and are \
            more likely to lose one than a single one is; a single one is a choice for a lab.
            """,
        remedy: "add or remove one control plane in the spec and run `martlet apply`",
        needs: [.nodes]
    ) { evidence, _ in
        let nodes = try evidence.api.nodes.get()
        let count = nodes.filter(\.isControlPlane).count
        let expected = "an odd number, three or more"
        switch count {
        case 0: return [Judgement(.skipped, "cluster", "no control plane is a node here (a managed cluster)")]
        case 1 where nodes.count == 1:
            return [Judgement(.pass, "cluster", "1, of a cluster of one node", threshold: expected)]
        case 1: return [Judgement(.warn, "cluster", "1", threshold: expected)]
        default:
            let isGood = count % 2 == 1
            return [Judgement(isGood ? .pass : .fail, "cluster", "\(count)", threshold: expected)]
        }
    }
}
