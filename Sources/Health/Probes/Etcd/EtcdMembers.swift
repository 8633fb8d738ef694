/// etcd's list of members against the control planes.
enum EtcdMembers {
    static let probe = HealthProbe(
        id: "etcd.members", group: .etcd, kind: .ssh, title: "etcd's members are the control planes",
        why: """
            Compares etcd's list of members with the control planes. A member of a host that is gone still counts for the majority; \
            one that never started, or a learner that never became a voter, is a join that broke off.
            """,
        remedy:
            "remove a stale member with `etcdctl member remove ID` on a control plane, or finish a join with `martlet apply`",
        questions: [EtcdState.question], isForControlPlanesOnly: true
    ) { evidence, _ in
        let cluster = EtcdCluster(evidence)
        if let absence = try cluster.absence() { return absence }
        guard let members = cluster.members else { throw Unmeasured("etcd does not answer on any control plane") }
        let threshold = "one voter for each control plane"
        // kubeadm names a member as its node.
        let planes = Set(evidence.controlPlanes.map(\.name))
        let names = Set(members.map(\.name))
        var faults: [String] = []
        let unstarted = members.filter(\.name.isEmpty).map { hexadecimal($0.id) }
        if !unstarted.isEmpty { faults.append("never started: \(unstarted.joined(separator: ", "))") }
        let strangers = members.filter { !$0.name.isEmpty && !planes.contains($0.name) }
            .map { "\($0.name) (\(hexadecimal($0.id)))" }
        if !strangers.isEmpty { faults.append("no control plane: \(strangers.joined(separator: ", "))") }
        let missing = planes.subtracting(names).sorted()
        if !missing.isEmpty { faults.append("no member: \(missing.joined(separator: ", "))") }
        let lists = cluster.states.filter(\.state.hasLeader).compactMap(\.state.members).map(Set.init)
        if Set(lists).count > 1 { faults.append("the members' lists differ from each other") }
        guard faults.isEmpty else {
            return [Judgement(.fail, "cluster", faults.joined(separator: "; "), threshold: threshold)]
        }
        let learners = members.filter(\.isLearner).map(\.name)
        guard learners.isEmpty else {
            return [
                Judgement(
                    .warn, "cluster", "\(learners.joined(separator: ", ")) still learns and does not vote",
                    threshold: threshold, remedy: "wait for the join to end; if it broke off run `martlet apply`")
            ]
        }
        return [
            Judgement(
                .pass, "cluster",
                "\(HostWords.count(members.count, "member")): \(members.map(\.name).sorted().joined(separator: ", "))",
                threshold: threshold)
        ]
    }

    /// As `etcdctl` writes and wants it.
    private static func hexadecimal(_ id: String) -> String {
        UInt64(id).map { String($0, radix: 16) } ?? id
    }
}
