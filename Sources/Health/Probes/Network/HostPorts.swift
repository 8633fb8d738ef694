internal import Planning

/// Whether hosts reach each other's ports.
///
/// The ports are those of Kubernetes' documentation ("Ports and Protocols"): 6443 of control planes for all, 2379 and 2380
/// between control planes, 10250 of all hosts from control planes. 10250 from workers is optional: only some add-ons on
/// them use it.
enum HostPorts {
    /// Of the node: its name, IPv4 address, and whether it is a control plane.
    typealias Peer = (name: String, address: String, isControlPlane: Bool)

    /// Workers beyond this number are sampled, evenly over the list, so that the cost on each host stays small.
    private static let workerLimit = 30

    /// One process of bash, with a fork for each port at the same time; what is not answered in 2 s is closed.
    ///
    /// Every host is asked the same, also for itself: which answers matter is decided when they are judged.
    static func question(peers: [Peer]) -> Probe {
        let targets = targets(peers).flatMap { peer in ports(of: peer).map { "\(peer.address)/\($0)" } }
        return .script(
            "health.host-ports",
            """
            \(HostShell.requiring("bash"))
            timeout 2 bash -c '
              for target; do
                if (exec 3<>"/dev/tcp/$target") 2>/dev/null; then echo "open=$target"; else echo "refused=$target"; fi &
              done
              wait' ports \(targets.map { Shell.quote($0) }.joined(separator: " ")) 2>/dev/null
            true
            """)
    }

    static func probe(peers: [Peer]) -> HealthProbe {
        let question = question(peers: peers)
        let targets = targets(peers)
        return HealthProbe(
            id: "network.host-ports", group: .network, kind: .ssh, title: "Hosts reach each other's ports",
            why: """
                Lets every host connect to the API servers, etcd and kubelets of the others. A firewall between two hosts shows itself \
                only when a leader changes or somebody reads a log, and then looks like something else.
                """,
            remedy: "open the ports named between these hosts; `nc -vz ADDRESS PORT` on the first repeats the test",
            questions: [question]
        ) { evidence, _ in
            HealthProbe.eachHost(evidence) { host in
                let others = targets.filter { $0.name != host.name && $0.address != host.address }
                guard !others.isEmpty else { return [Judgement(.skipped, host.subject, "no other hosts")] }
                let answer = try host.keyedAnswer(question)
                let open = Set(answer.all("open"))
                let refused = Set(answer.all("refused"))
                // At least its own kubelet answers or refuses; nothing at all is no finding about the others.
                guard !open.isEmpty || !refused.isEmpty else { throw Unmeasured("bash tried no port within 2 s") }
                var judgements: [Judgement] = []
                for peer in others {
                    let closed = ports(of: peer, from: host).filter { !open.contains("\(peer.address)/\($0.port)") }
                    guard !closed.isEmpty else { continue }
                    let words = closed.map {
                        "\($0.port) \(refused.contains("\(peer.address)/\($0.port)") ? "refused" : "no answer")"
                    }
                    judgements.append(
                        Judgement(
                            closed.contains(where: \.isRequired) ? .fail : .warn,
                            "\(host.subject) -> host/\(peer.name)", words.joined(separator: ", "),
                            threshold: "all ports open"))
                }
                guard judgements.isEmpty else { return judgements }
                return [
                    Judgement(
                        .pass, host.subject, "reaches all ports of \(HostWords.count(others.count, "host"))",
                        threshold: "all ports open")
                ]
            }
        }
    }

    private static func targets(_ peers: [Peer]) -> [Peer] {
        let planes = peers.filter(\.isControlPlane)
        let workers = peers.filter { !$0.isControlPlane }
        guard workers.count > workerLimit else { return planes + workers }
        return planes + (0..<workerLimit).map { workers[$0 * workers.count / workerLimit] }
    }

    private static func ports(of peer: Peer) -> [Int] { peer.isControlPlane ? [6443, 2379, 2380, 10250] : [10250] }

    private static func ports(of peer: Peer, from host: HealthHost) -> [(port: Int, isRequired: Bool)] {
        ports(of: peer).compactMap { port in
            switch port {
            case 2379, 2380: host.isControlPlane ? (port, true) : nil
            case 10250: (port, host.isControlPlane)
            default: (port, true)
            }
        }
    }
}
