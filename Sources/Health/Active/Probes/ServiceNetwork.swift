enum ServiceNetwork {
    static let id = "network.service"
    static let probe = ActiveProbes.make(
        id, .network, title: "Services answer on every node",
        why: """
            From each node a pod asks a service's cluster address three times; the service has a pod on every node. This \
            is the work of kube-proxy or what replaces it: if its rules are missing on a node, nothing there finds anything.
            """,
        remedy: "look at kube-proxy's log on that node, and whether `iptables-save` there has the service's address")

    static func judge(_ all: [NodeMeasurement]) -> [Judgement] {
        all.judgeEach { from in
            let lines = from.lines(.service)
            let answered = lines.count(where: \.isOK)
            let expected = "3 of 3 requests answered"
            guard !lines.isEmpty else { return [Judgement(.unknown, from.subject, "it was not tried")] }
            let measured = "\(answered) of \(lines.count) requests to \(lines[0].target) answered"
            return [
                Judgement(answered == lines.count ? .pass : .fail, from.subject, measured, threshold: expected)
            ]
        }
    }
}
