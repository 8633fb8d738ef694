internal import Planning

/// Whether the file systems of Kubernetes can be written and give no errors.
enum HostFilesystems {
    static let question = Probe.script(
        "health.mounts",
        """
        awk '
          BEGIN { count = split("/ /var/lib/kubelet /var/lib/containerd /var/lib/etcd", folder, " ") }
          {
            for (i = 1; i <= count; i++)
              if (($2 == "/" || index(folder[i] "/", $2 "/") == 1) && length($2) >= length(mount[i])) {
                mount[i] = $2
                mode[i] = $4 ~ /^ro(,|$)/ ? "ro" : "rw"
              }
          }
          END { for (i = 1; i <= count; i++) if (mount[i] != "") print "mount=" mode[i] " " folder[i] " " mount[i] }
        ' /proc/mounts
        """)

    static let probe = HealthProbe(
        id: "node.filesystem", group: .nodes, kind: .ssh, title: "File systems can be written",
        why: """
            Reads how /, and the folders of the kubelet, containerd and etcd are mounted, and looks for disk errors in the kernel's \
            log. Linux makes a failing disk read-only: everything seems to run, and nothing is kept. In a container the log is \
            the computer's and only the mounts are judged.
            """,
        remedy:
            "read `dmesg -T | grep -iE 'error|read-only'` on the host, drain it with `kubectl drain` and replace the disk",
        questions: [question, KernelLog.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let mounts = try host.keyedAnswer(question).all("mount").map { $0.split(separator: " ") }
            guard !mounts.isEmpty else { throw Unmeasured("/proc/mounts could not be read") }
            let readOnly = mounts.filter { $0.count == 3 && $0[0] == "ro" }
            let log = try? KernelLog(host)
            let errors = log?.count(.disk) ?? 0
            let threshold = "writable, no disk errors in 24 h"
            if !readOnly.isEmpty {
                let folders = readOnly.map { String($0[1]) }.joined(separator: ", ")
                return [
                    Judgement(
                        .fail, host.subject, "\(folders) read-only", threshold: threshold,
                        evidence: log?.lines([.disk]) ?? [])
                ]
            }
            if errors > 0 {
                return [
                    Judgement(
                        .fail, host.subject, "\(HostWords.count(errors, "disk error")) in the kernel's log",
                        threshold: threshold, evidence: log?.lines([.disk]) ?? [])
                ]
            }
            return [
                Judgement(
                    .pass, host.subject, log.map { !$0.isOfContainer } ?? false ? "writable, no errors" : "writable",
                    threshold: threshold)
            ]
        }
    }
}
