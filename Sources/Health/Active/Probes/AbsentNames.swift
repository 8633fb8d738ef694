enum AbsentNames {
    static let id = "dns.search"
    static let probe = ActiveProbes.make(
        id, .dns, title: "Names that do not exist are answered, and soon",
        why: """
            A pod's resolver tries a short name with every domain of its search list, so each outside name costs several \
            answers `does not exist` before the right one. From each node such a name is asked for in every domain of the \
            list: one domain that stays silent delays every connection to the outside by seconds.
            """,
        remedy: "take the silent domain from the search list of the node's resolv.conf, or repair its DNS server",
        limits: [.init("warn", 1, "s"), .init("fail", 3, "s")])

    static func judge(_ all: [NodeMeasurement]) -> (judgements: [Judgement], timings: [ActiveEvidence.Timing]) {
        var timings: [ActiveEvidence.Timing] = []
        let judgements = all.judgeEach { from in
            if let line = from.lines(.domain).first, !line.isOK {
                return [
                    Judgement(
                        .fail, from.subject, "the pod's resolv.conf has no cluster domain in its search list",
                        threshold: "a search list with svc.DOMAIN",
                        remedy: "set clusterDomain in the kubelet's configuration")
                ]
            }
            let lines = from.lines(.absent)
            guard !lines.isEmpty else { return [Judgement(.unknown, from.subject, "it was not tried")] }
            let silent = lines.filter { $0.result == "silent" }
            guard silent.isEmpty else {
                return [
                    Judgement(
                        .fail, from.subject, "\(silent.count) of \(lines.count) search domains stay silent",
                        threshold: "an answer for each", evidence: silent.map { "\($0.target): no answer" })
                ]
            }
            let total = lines.map(\.seconds).reduce(0, +)
            timings.append(
                ActiveEvidence.Timing(
                    from.subject, total, "\(lines.count) search domains answer in \(milliseconds(total)) together"))
            return []
        }
        return (judgements, timings)
    }
}
