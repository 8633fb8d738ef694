enum NameResolution {
    static let id = "dns.resolution"
    static let probe = ActiveProbes.make(
        id, .dns, title: "Names are resolved on every node",
        why: """
            From each node a pod asks for a service sixteen times and for a headless service four times, and for an outside name \
            if one is given (--external-name). Judged is the time that nineteen of twenty stay below. Slow names make \
            everything slow, and a node that cannot reach DNS breaks only the pods that happen to be there.
            """,
        remedy:
            "see dns.replicas and network.pods first: if both are well, look at the load and the log of the DNS pods",
        // The start of two programs in the pod is in it, which alone takes a busy node a tenth of a second.
        limits: [.init("warn", 0.25, "s"), .init("fail", 1, "s")])

    static func judge(_ all: [NodeMeasurement]) -> (judgements: [Judgement], timings: [ActiveEvidence.Timing]) {
        var timings: [ActiveEvidence.Timing] = []
        let judgements = all.judgeEach { from in
            let lines = from.lines(.name) + from.lines(.external)
            guard !lines.isEmpty else { return [Judgement(.unknown, from.subject, "it was not tried")] }
            var failed: [String] = []
            for line in lines where !line.isOK {
                let text = "\(line.target): \(words(line.result))"
                if !failed.contains(text) { failed.append(text) }
            }
            let count = lines.count { !$0.isOK }
            guard failed.isEmpty else {
                return [
                    Judgement(
                        .fail, from.subject, "\(count) of \(lines.count) questions without an address",
                        threshold: "all answered", evidence: failed)
                ]
            }
            let seconds = lines.map(\.seconds).sorted()
            let slow = seconds[Int(Double(seconds.count - 1) * 0.95)]
            timings.append(
                ActiveEvidence.Timing(
                    from.subject, slow, "\(lines.count) questions answered, the slow ones in \(milliseconds(slow))"))
            return []
        }
        return (judgements, timings)
    }

    static func words(_ result: String) -> String {
        switch result {
        case "nxdomain": "the name is said not to exist"
        case "refused": "DNS answers with an error"
        case "empty": "an answer without an address"
        default: "no answer"
        }
    }
}
