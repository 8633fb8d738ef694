/// How many members etcd may lose before it stops.
enum EtcdQuorum {
    static let probe = HealthProbe(
        id: "etcd.quorum", group: .etcd, kind: .ssh, title: "etcd can lose a member",
        why: """
            Counts the members of etcd that vote, answer and follow a leader, against the majority it needs. At the majority the \
            next loss stops the cluster; below it nothing can be changed any more. A cluster of one member is not warned about: \
            it is as healthy as it can be, and the count of control planes is judged elsewhere.
            """,
        remedy:
            "on each host named run `crictl ps -a --name etcd` and `crictl logs` of its newest container; replace a lost host with `martlet apply`",
        limits: [.init("warn", 1), .init("fail", 0)], questions: [EtcdState.question], isForControlPlanesOnly: true
    ) { evidence, limits in
        let cluster = EtcdCluster(evidence)
        if let absence = try cluster.absence() { return absence }
        let threshold = "\(Int(limits["warn"])) or more beyond the majority; below it fails"
        guard let members = cluster.members else {
            let names = cluster.states.map(\.host.name).joined(separator: ", ")
            if let other = cluster.unmeasured.first {
                throw Unmeasured("etcd does not answer on \(names), and \(other.host.name) could not be asked")
            }
            return [Judgement(.fail, "cluster", "etcd answers on no control plane (\(names))", threshold: threshold)]
        }
        let voters = members.filter { !$0.isLearner }
        let followers = Set(cluster.states.filter(\.state.hasLeader).compactMap(\.state.status?.id))
        let healthy = voters.filter { followers.contains($0.id) }
        // A member on a host that could not be asked may be well.
        let unasked = Set(cluster.unmeasured.map(\.host.name))
        let open = voters.filter { !followers.contains($0.id) && unasked.contains($0.name) }
        let lost = voters.filter { voter in
            !followers.contains(voter.id) && !open.contains(voter)
        }
        let quorum = voters.count / 2 + 1
        let margin = healthy.count - quorum
        let best = margin + open.count
        let measured = "\(healthy.count) of \(HostWords.count(voters.count, "member")) healthy, \(quorum) needed"
        let names =
            lost.map { $0.name.isEmpty ? "a member that never started" : $0.name }
            + open.map { "\($0.name) (could not be asked)" }
        let status: HealthStatus
        if Double(best) < limits["fail"] {
            status = .fail
        } else if !open.isEmpty, Double(margin) < limits["warn"] {
            status = .unknown
        } else if Double(margin) < limits["warn"], voters.count > 1 {
            status = .warn
        } else {
            status = .pass
        }
        return [
            Judgement(
                status, "cluster", names.isEmpty ? measured : "\(measured); not: \(names.joined(separator: ", "))",
                threshold: threshold)
        ]
    }
}
