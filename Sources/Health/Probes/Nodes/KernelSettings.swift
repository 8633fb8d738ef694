internal import Planning

/// What the pod network and images need of the kernel: the function, not the list of modules, because a kernel may have
/// it built in.
enum KernelSettings {
    static let question = Probe.script(
        "health.kernel-settings",
        """
        forward= bridge=
        [ -r /proc/sys/net/ipv4/ip_forward ] && read -r forward </proc/sys/net/ipv4/ip_forward
        [ -r /proc/sys/net/bridge/bridge-nf-call-iptables ] && read -r bridge </proc/sys/net/bridge/bridge-nf-call-iptables
        echo "net.ipv4.ip_forward=$forward"
        echo "net.bridge.bridge-nf-call-iptables=$bridge"
        overlay=
        while read -r first second; do case "$first $second" in *overlay) overlay=1 ;; esac; done </proc/filesystems
        echo "overlay=$overlay"
        true
        """)

    static let probe = HealthProbe(
        id: "node.kernel-settings", group: .nodes, kind: .ssh, title: "The kernel forwards and filters for pods",
        why: """
            Reads the kernel settings without which pods on different hosts cannot talk (forwarding, iptables on bridges) and looks \
            for the overlay file system of images. They are often right until a reboot, because somebody set them by hand.
            """,
        remedy:
            "set them again with `martlet apply`, or with `modprobe -a overlay br_netfilter && sysctl --system` on the host",
        questions: [question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let answer = try host.keyedAnswer(question)
            var faults: [String] = []
            for key in ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"] {
                let value = try answer.text(key)
                if value.isEmpty {
                    faults.append("\(key) is missing")
                } else if value != "1" {
                    faults.append("\(key) is \(value)")
                }
            }
            if try answer.text("overlay") != "1" { faults.append("no overlay file system") }
            return [
                Judgement(
                    faults.isEmpty ? .pass : .fail, host.subject,
                    faults.isEmpty ? "as Kubernetes needs them" : faults.joined(separator: ", "),
                    threshold: "both 1, overlay present")
            ]
        }
    }
}
