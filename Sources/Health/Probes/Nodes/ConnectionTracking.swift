internal import Planning

/// How full the kernel's table of connections is.
///
/// Each network namespace counts its own connections against the common maximum, so that a container's numbers are its own.
enum ConnectionTracking {
    static let question = Probe.script(
        "health.conntrack",
        """
        [ -r /proc/sys/net/netfilter/nf_conntrack_count ] && [ -r /proc/sys/net/netfilter/nf_conntrack_max ] || exit 1
        # cat, not read: dash reads files of /proc/sys byte by byte, and each gives its first byte only.
        echo "count=$(cat /proc/sys/net/netfilter/nf_conntrack_count)"
        echo "max=$(cat /proc/sys/net/netfilter/nf_conntrack_max)"
        """)

    static let probe = HealthProbe(
        id: "node.conntrack", group: .nodes, kind: .ssh, title: "Connection tracking has room",
        why: """
            Compares the connections that the kernel tracks with its maximum. A full table drops new connections at random, which \
            looks like a bad network.
            """,
        remedy:
            "raise it with `sysctl -w net.netfilter.nf_conntrack_max=N` on the host and `conntrack.maxPerCore` of kube-proxy",
        limits: [.init("warn", 60, "%"), .init("fail", 80, "%")], questions: [question]
    ) { evidence, limits in
        HealthProbe.eachHost(evidence) { host in
            guard let text = try host.answer(question) else {
                return [Judgement(.skipped, host.subject, "the kernel tracks no connections")]
            }
            let answer = try HostAnswer(text)
            let count = try answer.number("count")
            let maximum = try answer.number("max")
            let threshold = "under \(HostWords.percent(limits["warn"])); \(HostWords.percent(limits["fail"])) fails"
            guard maximum > 0 else {
                return [Judgement(.pass, host.subject, "\(Int(count)) connections, no maximum", threshold: threshold)]
            }
            let share = count / maximum * 100
            return [
                Judgement(
                    limits.status(of: share), host.subject,
                    "\(Int(count)) of \(Int(maximum)) connections, \(HostWords.percent(share))", threshold: threshold)
            ]
        }
    }
}
