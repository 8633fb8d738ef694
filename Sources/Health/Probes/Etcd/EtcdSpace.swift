/// How full etcd's database is: at its quota it turns read-only with an alarm.
enum EtcdSize {
    /// Bytes; what etcd takes without `--quota-backend-bytes`.
    private static let defaultQuota = 2_147_483_648.0

    static let probe = HealthProbe(
        id: "etcd.size", group: .etcd, kind: .ssh, title: "etcd's database has room",
        why: """
            Compares the size of etcd's database with its quota. At the quota etcd raises an alarm and refuses every write until \
            somebody makes room and takes the alarm back.
            """,
        remedy:
            "run `etcdctl defrag` on one member after the other; if it stays large raise `quota-backend-bytes` (8 GiB at most)",
        limits: [.init("warn", 50, "%"), .init("fail", 75, "%")], questions: [EtcdState.question],
        isForControlPlanesOnly: true
    ) { evidence, limits in
        EtcdState.eachMember(evidence) { host, state in
            let status = try state.answeredStatus()
            let quota = state.metrics?["etcd_server_quota_backend_bytes"] ?? 0
            let limit = quota > 0 ? quota : defaultQuota
            let share = status.size / limit * 100
            return [
                Judgement(
                    limits.status(of: share), host.subject,
                    "\(HostWords.bytes(status.size)) of \(HostWords.bytes(limit)), \(HostWords.percent(share))",
                    threshold: "under \(HostWords.percent(limits["warn"])); \(HostWords.percent(limits["fail"])) fails")
            ]
        }
    }
}

/// Space in etcd's file that holds nothing any more.
enum EtcdSlack {
    static let probe = HealthProbe(
        id: "etcd.slack", group: .etcd, kind: .ssh, title: "etcd's database is not fragmented",
        why: """
            Compares the size of etcd's file with what it holds. etcd never gives room back by itself: deleted data leaves holes that \
            count against the quota until the member is defragmented. Small files are not worth it.
            """,
        remedy: "run `etcdctl defrag` on one member after the other, the leader last",
        limits: [.init("warn", 30, "%"), .init("fail", 50, "%"), .init("least", 100, "MiB")],
        questions: [EtcdState.question], isForControlPlanesOnly: true
    ) { evidence, limits in
        EtcdState.eachMember(evidence) { host, state in
            let status = try state.answeredStatus()
            let slack = max(0, status.size - status.sizeInUse)
            let share = status.size > 0 ? slack / status.size * 100 : 0
            return [
                Judgement(
                    slack <= limits["least"] * 1_048_576 ? .pass : limits.status(of: share), host.subject,
                    "\(HostWords.bytes(slack)) of \(HostWords.bytes(status.size)) unused, \(HostWords.percent(share))",
                    threshold:
                        "under \(HostWords.percent(limits["warn"])); \(HostWords.percent(limits["fail"])) and over \(HostWords.bytes(limits["least"] * 1_048_576)) fails"
                )
            ]
        }
    }
}

/// etcd's own alarms.
enum EtcdAlarms {
    static let probe = HealthProbe(
        id: "etcd.alarms", group: .etcd, kind: .ssh, title: "etcd raises no alarm",
        why: """
            Reads etcd's alarms. NOSPACE means that it refuses writes because its database is at the quota; CORRUPT that the data of a \
            member differs from the others'.
            """,
        remedy:
            "for NOSPACE make room with `etcdctl defrag` and then run `etcdctl alarm disarm`; a CORRUPT member is removed and joined again",
        questions: [EtcdState.question], isForControlPlanesOnly: true
    ) { evidence, _ in
        EtcdState.eachMember(evidence) { host, state in
            _ = try state.answeredStatus()
            let kinds = Set(state.alarms.compactMap { $0.split(separator: ":").last.map(String.init) }).sorted()
            return [
                Judgement(
                    kinds.isEmpty ? .pass : .fail, host.subject, kinds.isEmpty ? "none" : kinds.joined(separator: ", "),
                    threshold: "none", evidence: state.alarms)
            ]
        }
    }
}
