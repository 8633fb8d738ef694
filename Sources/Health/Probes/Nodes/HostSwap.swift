internal import Planning

/// Swap that the kubelet was not told about.
///
/// The kubelet refuses to start while `/proc/swaps` lists an area, unless `failSwapOn` is false (KubeletConfiguration
/// v1beta1) or `--fail-swap-on=false` is given. In a container that file is the computer's, and the kubelet judges by it
/// all the same: the question is the same, only the remedy is not.
enum HostSwap {
    static let question = Probe.script(
        "health.swap",
        """
        areas=0
        if [ -r /proc/swaps ]; then
          while read -r name rest; do case $name in Filename) ;; *) areas=$((areas + 1)) ;; esac; done </proc/swaps
        fi
        echo "areas=$areas"
        fail=true
        for file in /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet; do
          [ -r $file ] || continue
          while read -r line; do
            case $line in 'failSwapOn: false'* | *--fail-swap-on=false*) fail=false ;; esac
          done <$file
        done
        echo "fail=$fail"
        """)

    static let probe = HealthProbe(
        id: "node.swap", group: .nodes, kind: .ssh, title: "Swap is off or meant",
        why: """
            Compares the host's swap with what the kubelet was told. Swap that came on by accident keeps the kubelet from starting \
            after the next reboot, and lets a node that is out of memory stall instead of evicting. In a container the swap is \
            the computer's, so the kubelet must be told to live with it.
            """,
        remedy: "turn it off with `swapoff -a` on the host and take it out of /etc/fstab",
        questions: [question, HostContainer.question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let answer = try host.keyedAnswer(question)
            let areas = Int(try answer.number("areas"))
            let threshold = "off, or failSwapOn: false"
            func say(_ status: HealthStatus, _ measured: String, remedy: String? = nil) -> [Judgement] {
                [Judgement(status, host.subject, measured, threshold: threshold, remedy: remedy)]
            }
            guard areas > 0 else { return say(.pass, "off") }
            guard try answer.text("fail") == "true" else {
                return say(.pass, "on, and the kubelet is configured for it")
            }
            guard HostContainer.holds(host) else { return say(.fail, "on, and the kubelet is not configured for it") }
            return say(
                .warn, "on at the computer around this container, and the kubelet is not configured for it",
                remedy:
                    "set `failSwapOn: false` in /var/lib/kubelet/config.yaml on the host and run `systemctl restart kubelet`"
            )
        }
    }
}
