enum NodePorts {
    static let id = "network.node-port"
    static let probe = ActiveProbes.make(
        id, .network, title: "Node ports answer on every node",
        why: """
            A service's node port is asked on every node: by pods of all nodes and from this machine where it reaches the \
            node at all. Load balancers from outside come in this way; a node that does not answer swallows its share.
            """,
        remedy: "open the node ports (30000-32767 by default) in the node's firewall, and look at kube-proxy there")

    /// What this machine saw of one node.
    struct Outside: Sendable, Hashable {
        var node: String
        /// Something on the node answered, so silence of the port means something.
        var isReachable: Bool
        var answers: Bool
    }

    static func judge(_ all: [NodeMeasurement], outside: [Outside]) -> [Judgement] {
        let inside = all.judgeEach { from in
            from.lines(.nodePort).map { line in
                Judgement(
                    line.isOK ? .pass : .fail, "\(from.subject) -> node/\(line.target)",
                    line.isOK ? "answers in \(milliseconds(line.seconds))" : "no answer",
                    threshold: "an answer within 3 s")
            }
        }
        let reached = outside.filter(\.isReachable)
        let isClosedToUs = !reached.isEmpty && !reached.contains(where: \.answers)
        let fromHere = outside.map { each -> Judgement in
            let subject = "node/\(each.node)"
            guard each.isReachable else {
                return Judgement(.skipped, subject, "this machine does not reach the node itself")
            }
            if each.answers { return Judgement(.pass, subject, "answers this machine") }
            // A firewall around the whole cluster may be meant; one that lets some nodes through hardly is.
            return isClosedToUs
                ? Judgement(
                    .warn, subject, "no node answers this machine on its node port", threshold: "an answer within 3 s",
                    remedy: "if node ports are to be reached from outside, open them in the firewall before the cluster"
                )
                : Judgement(
                    .fail, subject, "does not answer this machine; other nodes do", threshold: "an answer within 3 s")
        }
        return inside + fromHere
    }
}
