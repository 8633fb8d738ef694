internal import Planning

/// The file from which the kubelet gives pods their nameservers.
///
/// `resolvConf` of KubeletConfiguration v1beta1, `/etc/resolv.conf` by default; `--resolv-conf` (kubeadm's flags file)
/// is the older way to set it and wins.
enum UpstreamLoop {
    static let question = Probe.script(
        "health.resolv-conf",
        """
        file=/etc/resolv.conf
        if [ -r /var/lib/kubelet/config.yaml ]; then
          while read -r key value rest; do
            case $key in resolvConf:) file=$value ;; esac
          done </var/lib/kubelet/config.yaml
        fi
        for flags in /var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet; do
          [ -r $flags ] || continue
          while read -r line; do
            case $line in *--resolv-conf=*) file=${line##*--resolv-conf=}; file=${file%%[ \\"]*} ;; esac
          done <$flags
        done
        file=${file#\\"} file=${file%\\"}
        echo "file=$file"
        [ -n "$file" ] || exit 0
        [ -r "$file" ] || { echo missing-file=yes; exit 0; }
        while read -r key value rest; do
          case $key in nameserver) echo "nameserver=$value" ;; esac
        done <"$file"
        true
        """)

    static let probe = HealthProbe(
        id: "dns.upstream-loop", group: .dns, kind: .ssh, title: "Pods get no nameserver on loopback",
        why: """
            Reads the file whose nameservers the kubelet hands to pods and so to CoreDNS. An address such as 127.0.0.53 \
            (systemd-resolved's stub) means the pod itself there: CoreDNS asks itself in a loop and crashes.
            """,
        remedy:
            "set `resolvConf: /run/systemd/resolve/resolv.conf` in /var/lib/kubelet/config.yaml on the host and run `systemctl restart kubelet`",
        questions: [question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let answer = try host.keyedAnswer(question)
            let file = try answer.text("file")
            func say(_ status: HealthStatus, _ measured: String, remedy: String? = nil) -> [Judgement] {
                [Judgement(status, host.subject, measured, threshold: "no address of loopback", remedy: remedy)]
            }
            guard !file.isEmpty else { return say(.pass, "the kubelet hands out no nameservers") }
            guard answer["missing-file"] == nil else {
                return say(
                    .fail, "\(file) does not exist",
                    remedy:
                        "make it on the host, with the nameservers of the network: without it the kubelet starts no pod"
                )
            }
            let servers = answer.all("nameserver")
            let loops = servers.filter { $0.hasPrefix("127.") || $0 == "::1" || $0 == "localhost" }
            guard loops.isEmpty else { return say(.fail, "\(file) names \(loops.joined(separator: ", "))") }
            // Without any, only names of the cluster resolve: meant in a network without a way out.
            return say(
                .pass,
                servers.isEmpty ? "\(file) names no nameserver" : "\(file) names \(servers.joined(separator: ", "))")
        }
    }
}
