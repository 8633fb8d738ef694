internal import Planning

/// Faults in the kernel's log of the last 24 hours, as far as its ring buffer reaches; read once for two probes.
struct KernelLog {
    enum Kind: String, CaseIterable {
        case outOfMemory = "memory"
        case hung
        case oops
        case disk
    }

    /// At most 20 lines of a kind travel; counts are whole.
    ///
    /// In a container the log is the computer's, with the faults of everything else that runs there: it is not read.
    static let question = Probe.script(
        "health.kernel-log",
        """
        \(HostShell.container)
        [ "$container" = none ] || { echo "container=$container"; exit 0; }
        \(HostShell.requiring("dmesg"))
        read -r uptime rest </proc/uptime
        timeout 5 dmesg 2>/dev/null | awk -v since="$((${uptime%.*} - 86400))" '
          function keep(kind) { if (++count[kind] <= 20) print kind "=" $0 }
          {
            stamp = $0
            sub(/^\\[ */, "", stamp)
            if (stamp + 0 < since) next
          }
          /[Oo]ut of memory: Kill/ { keep("memory") }
          /blocked for more than [0-9]+ seconds/ { keep("hung") }
          /BUG: |Oops: |kernel BUG at |Kernel panic|general protection fault[,:]/ { keep("oops") }
          /EXT4-fs error|XFS .*([Cc]orruption|I\\/O error)|BTRFS.*error|Remounting filesystem read-only/ { keep("disk"); next }
          /I\\/O error, dev / && !/I\\/O error, dev (sr|fd|loop)/ { keep("disk") }
          END { print "lines=" NR; for (kind in count) print "count-" kind "=" count[kind] }'
        """)

    private let answer: HostAnswer

    init(_ host: HealthHost) throws {
        answer = try host.keyedAnswer(Self.question)
        guard isOfContainer || (Double(answer["lines"] ?? "") ?? 0) > 0 else {
            throw Unmeasured("the kernel's log could not be read with dmesg")
        }
    }

    var isOfContainer: Bool { answer["container"] != nil }

    func count(_ kind: Kind) -> Int { Int(answer["count-\(kind.rawValue)"] ?? "") ?? 0 }

    /// The last lines of these kinds.
    func lines(_ kinds: [Kind]) -> [String] {
        kinds.flatMap { answer.all($0.rawValue).suffix(3) }.map { String($0.prefix(200)) }
    }
}

/// Processes killed for memory, tasks that hang and faults of the kernel itself.
enum KernelFaults {
    static let probe = HealthProbe(
        id: "node.kernel-log", group: .nodes, kind: .ssh, title: "The kernel reports no faults",
        why: """
            Looks in the kernel's log for processes killed for want of memory, tasks that hang and faults of the kernel, of the last \
            24 hours. They explain pods that vanish and nodes that stall. A host in a container is skipped: the log is its \
            computer's and tells of everything that runs there.
            """,
        remedy:
            "read `dmesg -T | tail -n 100` on the host; raise memory limits of what was killed, reboot after a fault of the kernel",
        limits: [.init("warn", 1), .init("fail", 4), .init("oops", 1)], questions: [KernelLog.question]
    ) { evidence, limits in
        HealthProbe.eachHost(evidence) { host in
            let log = try KernelLog(host)
            guard !log.isOfContainer else {
                return [Judgement(.skipped, host.subject, "a container has no kernel log of its own")]
            }
            let counts: [(KernelLog.Kind, String)] = [
                (.oops, "fault of the kernel"), (.outOfMemory, "process killed for want of memory"),
                (.hung, "hung task"),
            ]
            let found = counts.filter { log.count($0.0) > 0 }
            let number = log.count(.outOfMemory) + log.count(.hung)
            let status: HealthStatus =
                Double(log.count(.oops)) >= limits["oops"] ? .fail : limits.status(of: Double(number))
            return [
                Judgement(
                    status, host.subject,
                    found.isEmpty
                        ? "no faults" : found.map { "\(log.count($0.0)) × \($0.1)" }.joined(separator: ", "),
                    threshold: "none in 24 h; \(Int(limits["fail"])) or a fault of the kernel fail",
                    evidence: log.lines(found.map(\.0)))
            ]
        }
    }
}
