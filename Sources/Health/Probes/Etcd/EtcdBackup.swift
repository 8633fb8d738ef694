internal import Planning

/// How old the newest backup of etcd on the control planes is.
enum EtcdBackup {
    /// Where martlet keeps them.
    static let folder = "/var/lib/martlet/backups/etcd"

    static let question = Probe.script(
        "health.etcd-backup",
        """
        [ -d \(folder) ] || exit 1
        echo "now=$(date +%s)"
        set -- \(folder)/*.db
        [ -e "$1" ] || exit 0
        stat -c 'file=%Y %s %n' -- "$@" 2>/dev/null | sort -t = -k 2 -n | tail -n 1
        """)

    static let probe = HealthProbe(
        id: "etcd.backup", group: .etcd, kind: .ssh, title: "etcd is backed up",
        why: """
            Looks for the newest snapshot of etcd below \(folder) on the control planes. Without one, a lost majority means the loss of \
            everything that the cluster was told.
            """,
        remedy: "make one on a control plane with `etcdctl snapshot save \(folder)/$(date +%F-%H%M).db`",
        limits: [.init("warn", 6, "h"), .init("fail", 24, "h")], questions: [question], isForControlPlanesOnly: true
    ) { evidence, limits in
        var newest: (age: Double, size: Double, host: String)?
        var hasFolder = false
        var reasons: [String] = []
        for host in evidence.controlPlanes {
            do {
                guard let text = try host.answer(question) else { continue }
                let answer = try HostAnswer(text)
                hasFolder = true
                let fields = (answer["file"] ?? "").split(separator: " ")
                guard fields.count >= 3, let time = Double(fields[0]), let size = Double(fields[1]) else { continue }
                let age = max(0, try answer.number("now") - time)
                if age < newest?.age ?? .infinity { newest = (age, size, host.name) }
            } catch {
                reasons.append("\(host.name): \((error as? Unmeasured)?.reason ?? "\(error)")")
            }
        }
        let threshold =
            "under \(HostWords.duration(limits["warn"] * 3600)) old; \(HostWords.duration(limits["fail"] * 3600)) fails"
        if let newest {
            // An empty file is what a snapshot leaves that failed.
            let status: HealthStatus = newest.size > 0 ? limits.status(of: newest.age / 3600) : .fail
            return [
                Judgement(
                    status, "cluster",
                    newest.size > 0
                        ? "\(HostWords.duration(newest.age)) old, \(HostWords.bytes(newest.size)), on \(newest.host)"
                        : "the newest, on \(newest.host), is empty", threshold: threshold)
            ]
        }
        if let reason = reasons.first { throw Unmeasured(reason) }
        guard hasFolder else {
            return [Judgement(.skipped, "cluster", "no backups are made here yet (no \(folder) on any control plane)")]
        }
        return [Judgement(.fail, "cluster", "\(folder) holds no snapshot", threshold: threshold)]
    }
}
