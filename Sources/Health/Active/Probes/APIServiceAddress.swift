enum APIServiceAddress {
    static let id = "network.api-service"
    static let probe = ActiveProbes.make(
        id, .network, title: "Pods reach the API",
        why: """
            From each node a pod opens a connection to the API's service address and waits for a byte. Controllers, \
            network add-ons and operators talk to the API this way only.
            """,
        remedy: "check kube-proxy on that node, and that the API servers' own addresses are reached from it")

    static func judge(_ all: [NodeMeasurement]) -> [Judgement] {
        all.judgeEach { from in
            guard let line = from.lines(.apiService).first else {
                return [Judgement(.unknown, from.subject, "it was not tried")]
            }
            return [
                Judgement(
                    line.isOK ? .pass : .fail, from.subject,
                    line.isOK
                        ? "\(line.target) answers in \(milliseconds(line.seconds))" : "\(line.target) does not answer",
                    threshold: "an answer within 3 s")
            ]
        }
    }
}
