enum NetworkPayload {
    static let id = "network.mtu"
    static let probe = ActiveProbes.make(
        id, .network, title: "Large packets pass between pods",
        why: """
            Sends \(MeasuringScript.payload >> 10) KiB over one TCP connection between each pair of nodes. If the pods' \
            MTU is larger than the way between the nodes carries, small requests work and large answers hang: logins work, \
            downloads do not.
            """,
        remedy: "give the pods' interfaces an MTU that fits: that of the nodes minus what an overlay adds (VXLAN 50, "
            + "WireGuard 60)")

    static func judge(_ all: [NodeMeasurement]) -> [Judgement] {
        all.judgeEach { from in
            from.peers.map { peer in
                let subject = "\(from.subject) -> node/\(peer)"
                let expected = "\(MeasuringScript.payload) bytes within 5 s"
                guard let line = from.lines(.big).first(where: { $0.target == peer }) else {
                    return Judgement(
                        .unknown, subject, "not tried: \(PodNetwork.id) found no connection", threshold: expected)
                }
                guard line.isOK else {
                    return Judgement(.fail, subject, "\(line.number) bytes arrived, then nothing", threshold: expected)
                }
                return Judgement(.pass, subject, "whole in \(milliseconds(line.seconds))", threshold: expected)
            }
        }
    }
}
