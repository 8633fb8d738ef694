/// How long etcd waits for its disk and its peers, as the 99th percentile since its process started.
///
/// etcd's advice for a disk is 10 ms for a write to the log and 25 ms for a commit (etcd's documentation, "Hardware" and
/// "Metrics"); it is said in every finding. The limits are about what breaks. A leader sends heartbeats behind its writes, and a
/// member calls an election when none came for ten intervals. While 99 of 100 writes take less than one interval, no
/// election follows from the disk. So:
///
/// - `fail` is 1 s, the election timeout that kubeadm's etcd has: then leaders fall.
/// - `warn` is for etcd's default interval of 100 ms, which assumes such a disk. Whoever lengthened the interval has said that the
///   disk is slow (martlet does it in the profile `lab`, whose hosts share one disk and make 25 to 100 ms while a
///   cluster is born): there the warning begins where the longer interval no longer suffices.
enum EtcdLatency {
    static let fsync = probe(
        id: "etcd.wal-fsync", title: "etcd's log is written fast",
        metric: "etcd_disk_wal_fsync_duration_seconds", what: "write to the log", intervals: 1, advice: 0.01,
        warn: 0.025,
        why: """
            Reads how long etcd's writes to its log take on disk. Every change to the cluster waits for such a write on a majority of \
            control planes, and a slow one delays heartbeats until leaders fall.
            """)

    /// Commits run beside the heartbeats and are two writes each, hence two intervals.
    static let commit = probe(
        id: "etcd.commit", title: "etcd's database is written fast",
        metric: "etcd_disk_backend_commit_duration_seconds", what: "commit", intervals: 2, advice: 0.025, warn: 0.1,
        why: """
            Reads how long etcd takes to commit a batch of changes to its database. Slow commits make requests wait that come while \
            one is under way, and are felt as a slow API.
            """)

    private static func probe(
        id: String, title: String, metric: String, what: String, intervals: Double, advice: Double, warn: Double,
        why: String
    ) -> HealthProbe {
        HealthProbe(
            id: id, group: .etcd, kind: .ssh, title: title,
            why: why
                + " Where etcd's heartbeat interval is longer than its default, the warning begins at that interval.",
            remedy:
                "give etcd a disk of its own for /var/lib/etcd, and see what else writes with `iostat -x 1 5` on the host",
            limits: [.init("warn", warn, "s"), .init("fail", 1, "s")], questions: [EtcdState.question],
            isForControlPlanesOnly: true
        ) { evidence, limits in
            EtcdState.eachMember(evidence) { host, state in
                guard let histogram = try state.answeredMetrics().histogram(metric), let p99 = histogram.quantile(0.99)
                else {
                    throw Unmeasured("etcd's metrics have no \(metric)")
                }
                let warn = state.heartbeat > 100 ? state.heartbeat / 1000 * intervals : limits["warn"]
                let status: HealthStatus = p99 >= limits["fail"] ? .fail : p99 >= warn ? .warn : .pass
                return [
                    Judgement(
                        status, host.subject, "99 of 100 take under \(HostWords.latency(p99)) for a \(what)",
                        threshold:
                            "under \(HostWords.latency(warn)); \(HostWords.latency(limits["fail"])) fails; \(HostWords.latency(advice)) is advised"
                    )
                ]
            }
        }
    }
}

/// The time of a message to another member and back.
///
/// etcd measures it about four times a minute for each peer. While there are fewer than 100 measurements the 99th
/// percentile would be the one slowest of them, so the median is judged until then.
enum EtcdPeerLatency {
    static let probe = HealthProbe(
        id: "etcd.peer-latency", group: .etcd, kind: .ssh, title: "etcd's members are near each other",
        why: """
            Reads how long messages between the members of etcd take. Every change waits for one round trip, and heartbeats need room: \
            an interval should be longer than the round trip. Where etcd's heartbeat interval is longer than its default, the \
            limits grow with it.
            """,
        remedy:
            "look at the network between the hosts with `ping -c 20`; between places set `heartbeat-interval` and `election-timeout` of etcd to fit",
        limits: [.init("warn", 0.05, "s"), .init("fail", 1, "s")], questions: [EtcdState.question],
        isForControlPlanesOnly: true
    ) { evidence, limits in
        EtcdState.eachMember(evidence) { host, state in
            let peers = try state.answeredMetrics().histograms("etcd_network_peer_round_trip_time_seconds")
                .filter { $0.value.count > 0 }
            guard !peers.isEmpty else {
                return [Judgement(.skipped, host.subject, "no round trip to a peer was measured yet")]
            }
            let share = peers.values.allSatisfy { $0.count >= 100 } ? 0.99 : 0.5
            let slowest = peers.values.compactMap { $0.quantile(share) }.max() ?? 0
            let warn = state.heartbeat > 100 ? state.heartbeat / 1000 : limits["warn"]
            let status: HealthStatus = slowest >= limits["fail"] ? .fail : slowest >= warn ? .warn : .pass
            let time = HostWords.latency(slowest)
            return [
                Judgement(
                    status, host.subject,
                    share == 0.5
                        ? "half of the round trips take under \(time)" : "99 of 100 round trips take under \(time)",
                    threshold: "under \(HostWords.latency(warn)); \(HostWords.latency(limits["fail"])) fails")
            ]
        }
    }
}
