internal import Planning

/// How etcd is protected and bounded.
enum ProductionEtcd {
    static let probes = [
        ProductionProfile.flags(
            "etcd-tls", .etcd, "etcd and its clients ask each other for certificates",
            why: "Who reaches etcd without a certificate reads and writes every object, past all rights of the API.",
            remedy: "set client-cert-auth and peer-client-cert-auth with certificates of etcd's own authority",
            [
                (
                    .etcd,
                    [
                        FlagRule("cert-file", .isSet), FlagRule("key-file", .isSet),
                        FlagRule("trusted-ca-file", .isSet),
                        FlagRule("client-cert-auth", .equals("true"), default: "false"),
                        FlagRule("peer-cert-file", .isSet), FlagRule("peer-key-file", .isSet),
                        FlagRule("peer-trusted-ca-file", .isSet),
                        FlagRule("peer-client-cert-auth", .equals("true"), default: "false"),
                    ]
                )
            ]),
        quota,
        HealthProbe(
            id: "production.etcd-corruption-check", group: .etcd, kind: .ssh,
            title: "etcd looks for differences of its members",
            why: """
                A member whose data differ from the others' answers wrongly without anybody noticing. etcd compares them at its \
                start (--experimental-initial-corrupt-check up to 3.5, later the feature gate InitialCorruptCheck) or from time to \
                time (--experimental-corrupt-check-time).
                """,
            remedy: """
                set experimental-initial-corrupt-check: "true" (from etcd 3.6 on feature-gates: InitialCorruptCheck=true) under \
                components.etcd
                """,
            questions: [ProcessArguments.question], isForControlPlanesOnly: true
        ) { evidence, _ in
            guard evidence.controlPlanes.count > 1 else {
                return [Judgement(.skipped, "cluster", "one member has nobody to differ from")]
            }
            return HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
                if let reason = ProcessArguments.reasonForNoEtcd(on: host) {
                    return [Judgement(.skipped, host.subject, reason)]
                }
                let etcd = try ProcessArguments(of: .etcd, on: host)
                let initial =
                    etcd["experimental-initial-corrupt-check"] == "true"
                    || etcd.list("feature-gates").contains("InitialCorruptCheck=true")
                let period = etcd["experimental-corrupt-check-time"] ?? etcd["corrupt-check-time"]
                let isPeriodic = period.map { $0.contains { ("1"..."9").contains($0) } } ?? false
                return [
                    Judgement(
                        initial || isPeriodic ? .pass : .warn, host.subject,
                        initial ? "at its start" : isPeriodic ? "every \(period ?? "")" : "never",
                        threshold: "at its start or from time to time")
                ]
            }
        },
    ]

    /// From etcd's documentation: the default is 2 GiB, and more than 8 GiB is not advised.
    private static let quota = HealthProbe(
        id: "production.etcd-quota", group: .etcd, kind: .ssh, title: "etcd's room is set knowingly",
        why: """
            When etcd's file reaches the quota the cluster becomes read-only. The default of 2 GiB is small for a cluster that \
            grows; above 8 GiB a start takes too long.
            """,
        remedy: "set quota-backend-bytes under components.etcd between 2 and 8 GiB",
        questions: [ProcessArguments.question], isForControlPlanesOnly: true
    ) { evidence, _ in
        HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            if let reason = ProcessArguments.reasonForNoEtcd(on: host) {
                return [Judgement(.skipped, host.subject, reason)]
            }
            let threshold = "set, from 2 to 8 GiB"
            guard let value = try ProcessArguments(of: .etcd, on: host)["quota-backend-bytes"] else {
                return [Judgement(.warn, host.subject, "not set, which means 2 GiB", threshold: threshold)]
            }
            guard let bytes = Double(value) else { throw Unmeasured("--quota-backend-bytes=\(value) is no number") }
            let isRight = bytes >= 2_147_483_648 && bytes <= 8_589_934_592
            return [Judgement(isRight ? .pass : .warn, host.subject, HostWords.bytes(bytes), threshold: threshold)]
        }
    }
}
