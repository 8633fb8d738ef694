/// One leader for all, and how often it changes.
///
/// etcd counts changes since its process started. The rate is that count over the process's age; the first election is no
/// change. A process younger than an hour has seen the joins of its own cluster, which come with elections, so that it is
/// judged by `fail` only.
enum EtcdLeader {
    static let probe = HealthProbe(
        id: "etcd.leader", group: .etcd, kind: .ssh, title: "etcd's leader is stable",
        why: """
            Checks that all members follow the same leader and how often it changed since each of them started. Every change stops \
            writes for about a second; frequent ones come from slow disks or a bad network.
            """,
        remedy: "look at etcd.wal-fsync and etcd.peer-latency, then at `crictl logs` of etcd for `leader` on the host",
        limits: [.init("warn", 2, "/h"), .init("fail", 6, "/h")], questions: [EtcdState.question],
        isForControlPlanesOnly: true
    ) { evidence, limits in
        let leaders = Set(EtcdCluster(evidence).states.compactMap(\.state.status?.leader))
        return EtcdState.eachMember(evidence) { host, state in
            let threshold = "one leader, under \(Int(limits["warn"])) changes per hour; \(Int(limits["fail"])) fail"
            func say(_ status: HealthStatus, _ measured: String) -> [Judgement] {
                [Judgement(status, host.subject, measured, threshold: threshold)]
            }
            let status = try state.answeredStatus()
            guard let leader = status.leader else { return say(.fail, "no leader") }
            // Members may be asked just before and just after an election.
            guard leaders.count == 1 else { return say(.warn, "follows another leader than others: \(leader)") }
            let metrics = try state.answeredMetrics()
            guard let seen = metrics["etcd_server_leader_changes_seen_total"],
                let start = metrics["process_start_time_seconds"]
            else { throw Unmeasured("etcd's metrics do not count changes of the leader") }
            let changes = max(0, seen - 1)
            let age = max(1, state.now - start)
            let rate = changes / max(1, age / 3600)
            var result = limits.status(of: rate)
            if age < 3600, result == .warn { result = .pass }
            let role = leader == status.id ? "leads" : "follows"
            return say(
                result, "\(role), \(HostWords.count(Int(changes), "change")) of leader in \(HostWords.duration(age))")
        }
    }
}
