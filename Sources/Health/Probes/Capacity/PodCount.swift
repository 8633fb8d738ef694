enum PodCount {
    static let probe = HealthProbe(
        id: "capacity.pods", group: .capacity, kind: .api, title: "Nodes take more pods",
        why: "A kubelet runs `maxPods` pods (110 by default) and no more, whatever memory is left.",
        remedy: "add a node, or raise maxPods if the node's pod range is large enough",
        limits: [.init("warn", 80, "%"), .init("fail", 95, "%")], needs: [.nodes, .pods]
    ) { evidence, limits in
        var counts: [String: Int] = [:]
        for pod in try evidence.api.pods.get() where !pod.isDone { counts[pod.spec?.nodeName ?? "", default: 0] += 1 }
        return try evidence.api.nodes.get().map { node in
            let expected = "under \(Int(limits["warn"])) %; \(Int(limits["fail"])) % fails"
            guard let most = node.allocatable("pods"), most > 0 else {
                return Judgement(.unknown, node.subject, "it does not say how many pods it takes")
            }
            let share = Double(counts[node.name] ?? 0) / most * 100
            return Judgement(
                limits.status(of: share), node.subject, "\(counts[node.name] ?? 0) of \(Int(most)) pods",
                threshold: expected)
        }
    }
}
