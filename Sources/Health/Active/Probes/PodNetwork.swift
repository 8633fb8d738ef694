enum PodNetwork {
    static let id = "network.pods"
    static let probe = ActiveProbes.make(
        id, .network, title: "Pods reach pods on every node",
        why: """
            A pod on each node asks the pods on all nodes, its own included: once over TCP, and with a datagram to a closed \
            UDP port, whose refusal shows that datagrams get there and answers back. Above \(PairPlan.everyPairUpTo) nodes \
            each tries a fixed sample of others. A single pair that is cut breaks only what happens to talk across it, \
            which is why it is found so late.
            """,
        remedy: "compare routes (`ip route`), the network add-on's pods and firewalls on the two nodes of the pair")

    static func judge(_ all: [NodeMeasurement]) -> [Judgement] {
        // Where no refusal comes from anywhere, refusals are filtered and say nothing about datagrams.
        let hasRefusals = all.contains { $0.lines(.udp).contains(where: \.isOK) }
        return all.flatMap { measurement -> [Judgement] in
            if let problem = measurement.problem {
                return [
                    Judgement(
                        problem.isOurs ? .unknown : .fail, measurement.subject, problem.text,
                        threshold: "a pod starts and measures", evidence: problem.evidence)
                ]
            }
            return measurement.peers.map { judge(measurement, $0, hasRefusals: hasRefusals) }
        }
    }

    private static func judge(_ from: NodeMeasurement, _ peer: String, hasRefusals: Bool) -> Judgement {
        let subject = "\(from.subject) -> node/\(peer)"
        let expected = "an answer over TCP and to a datagram, each within 3 s"
        guard let tcp = from.lines(.tcp).first(where: { $0.target == peer }),
            let udp = from.lines(.udp).first(where: { $0.target == peer })
        else {
            return Judgement(.unknown, subject, "the pod measured nothing before it was stopped", threshold: expected)
        }
        switch (tcp.isOK, udp.isOK) {
        case (true, true):
            return Judgement(.pass, subject, "TCP in \(milliseconds(tcp.seconds)), UDP answers", threshold: expected)
        case (true, false) where !hasRefusals:
            return Judgement(
                .unknown, subject,
                "TCP answers; whether datagrams arrive cannot be told, no refusal comes from any node",
                threshold: expected, remedy: "let ICMP (port unreachable) pass between nodes")
        case (true, false):
            return Judgement(.fail, subject, "TCP answers, UDP does not", threshold: expected)
        case (false, true):
            return Judgement(.fail, subject, "UDP answers, TCP does not", threshold: expected)
        case (false, false):
            return Judgement(.fail, subject, "no answer over TCP or UDP", threshold: expected)
        }
    }
}
