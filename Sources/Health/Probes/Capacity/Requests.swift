enum Requests {
    static let probe = HealthProbe(
        id: "capacity.requests", group: .capacity, kind: .api, title: "Requests leave room",
        why: """
            The sum of what pods request against what nodes can give. The scheduler counts requests, not use: a cluster that \
            is full by requests takes no pod even when it idles.
            """,
        remedy: "add a node, or lower requests that are never used",
        limits: [.init("warn", 80, "%"), .init("fail", 95, "%")], needs: [.nodes, .pods]
    ) { evidence, limits in
        let nodes = try evidence.api.nodes.get().filter { !$0.isCordoned }
        let names = Set(nodes.map(\.name))
        let pods = try evidence.api.pods.get().filter { !$0.isDone && names.contains($0.spec?.nodeName ?? "") }
        return ["cpu", "memory"].map { resource in
            let room = nodes.compactMap { $0.allocatable(resource) }.reduce(0, +)
            guard room > 0 else {
                return Judgement(.unknown, "resource/\(resource)", "no node says how much \(resource) it gives")
            }
            let share = pods.map { $0.requests(resource) }.reduce(0, +) / room * 100
            return Judgement(
                limits.status(of: share), "resource/\(resource)", "\(Int(share)) % requested",
                threshold: "under \(Int(limits["warn"])) %; \(Int(limits["fail"])) % fails")
        }
    }
}
