internal import Planning

/// Room for blocks and inodes where Kubernetes writes.
enum DiskSpace {
    /// Absent folders are left out: a worker has no etcd.
    static let question = Probe.script(
        "health.disk",
        """
        \(HostShell.requiring("df"))
        set -- /
        for folder in /var/lib/kubelet /var/lib/containerd /var/lib/etcd; do
          [ -d $folder ] && set -- "$@" $folder
        done
        echo blocks=
        timeout 3 df -P "$@" 2>/dev/null
        echo inodes=
        timeout 3 df -Pi "$@" 2>/dev/null
        true
        """)

    static let probe = HealthProbe(
        id: "node.disk", group: .nodes, kind: .ssh, title: "Disks have room",
        why: """
            Measures how full the file systems of /, the kubelet, containerd and etcd are, in blocks and in inodes. The kubelet \
            deletes images at 85 % and evicts pods soon after, and an etcd that cannot write stops the whole cluster.
            """,
        remedy:
            "see what takes the room with `du -xh --max-depth=2 /var | sort -h | tail`, then `crictl rmi --prune` on the host",
        limits: [.init("warn", 70, "%"), .init("fail", 85, "%")], questions: [question]
    ) { evidence, limits in
        HealthProbe.eachHost(evidence) { host in
            let volumes = volumes(try host.answer(question) ?? "")
            guard let fullest = volumes.max(by: { $0.worst < $1.worst }) else {
                throw Unmeasured("df did not answer (a file system may hang)")
            }
            return [
                Judgement(
                    limits.status(of: fullest.worst), host.subject, fullest.words,
                    threshold: "under \(HostWords.percent(limits["warn"])); \(HostWords.percent(limits["fail"])) fails",
                    evidence: volumes.count > 1 ? volumes.map(\.words) : [])
            ]
        }
    }

    struct Volume {
        var mount: String
        var used: Double
        /// Bytes.
        var free: Double
        /// nil where inodes are made as needed.
        var inodes: Double?

        /// Of blocks and inodes, the fuller, in percent.
        var worst: Double { max(used, inodes ?? 0) }

        var words: String {
            let blocks = "\(mount) \(HostWords.percent(used)) full, \(HostWords.bytes(free)) free"
            return inodes.map { "\(blocks), \(HostWords.percent($0)) of inodes" } ?? blocks
        }
    }

    /// Lines of `df -P`: device, size, used, available, percent, mount point; those of `df -Pi` alike.
    static func volumes(_ text: String) -> [Volume] {
        var result: [Volume] = []
        var isInodes = false
        for line in text.split(separator: "\n") {
            if line == "inodes=" { isInodes = true }
            let fields = line.split(separator: " ", maxSplits: 5).map(String.init)
            guard fields.count == 6, fields[5].hasPrefix("/"), let used = Double(fields[2]),
                let free = Double(fields[3])
            else { continue }
            let share = used + free > 0 ? used / (used + free) * 100 : nil
            let index = result.firstIndex { $0.mount == fields[5] }
            if isInodes {
                if let index { result[index].inodes = share }
            } else if index == nil, let share {
                result.append(Volume(mount: fields[5], used: share, free: free * 1024))
            }
        }
        return result
    }
}
