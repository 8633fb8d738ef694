enum NodeLoss {
    static let probe = HealthProbe(
        id: "capacity.node-loss", group: .capacity, kind: .api, title: "The work fits without the largest node",
        why: """
            When a node is lost its pods must fit on the others. Counted are requests of pods that may move, on nodes that \
            take any pod.
            """,
        remedy: "add a node as large as the largest, or lower requests",
        needs: [.nodes, .pods]
    ) { evidence, _ in
        let nodes = try evidence.api.nodes.get().filter { node in
            !node.isCordoned && !(node.spec?.taints ?? []).contains { $0.effect == "NoSchedule" }
        }
        let pods = try evidence.api.pods.get().filter { !$0.isDone }
        let expected = "requests fit on all but the largest node"
        let movable = pods.filter { pod in
            pod.namespace != "kube-system"
                && !(pod.metadata?.ownerReferences ?? []).contains { $0.kind == "DaemonSet" || $0.kind == "Node" }
        }
        guard !movable.isEmpty else { return [Judgement(.pass, "cluster", "nothing would have to move")] }
        guard nodes.count > 1 else {
            return [
                Judgement(
                    .warn, "cluster", "\(movable.count) pods and \(nodes.count) nodes that take them",
                    threshold: expected)
            ]
        }
        return ["cpu", "memory"].map { resource in
            let sizes = nodes.map { $0.allocatable(resource) ?? 0 }
            let room = sizes.reduce(0, +) - (sizes.max() ?? 0)
            let names = Set(nodes.map(\.name))
            let needed = pods.filter { names.contains($0.spec?.nodeName ?? "") }.map { $0.requests(resource) }.reduce(
                0, +)
            let share = room > 0 ? Int(needed / room * 100) : 999
            return Judgement(
                needed <= room ? .pass : .fail, "resource/\(resource)", "\(share) % of what would be left",
                threshold: expected)
        }
    }
}
