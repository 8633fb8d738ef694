internal import Planning

/// The name by which a kubelet will look for its node when it starts the next time.
///
/// `--hostname-override` (kubeadm's flags file, `/etc/default/kubelet`, its own arguments), else the host's name in lower case
/// (pkg/util/node, GetHostname).
enum NodeName {
    static let question = Probe.script(
        "health.node-name",
        """
        [ -e /etc/kubernetes/kubelet.conf ] || { echo joined=no; exit 0; }
        read -r name </proc/sys/kernel/hostname
        echo "hostname=$name"
        for file in /var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet /etc/systemd/system/kubelet.service.d/*.conf; do
          [ -r "$file" ] || continue
          while read -r line; do
            case $line in *--hostname-override=*)
              given=${line##*--hostname-override=}
              given=${given%%[ \\"]*}
              echo "given=$given" ;;
            esac
          done <"$file"
        done
        """)

    static let probe = HealthProbe(
        id: "node.name", group: .nodes, kind: .ssh, title: "Kubelets know their nodes' names",
        why: """
            A kubelet is named by a flag or by its host. A host that was renamed has a kubelet that, from its next start on, looks \
            for a node that does not exist: the old one stops being ready and its certificate does not fit the new one.
            """,
        remedy: "give the host its name back: `hostnamectl set-hostname NODE` on it, then `systemctl restart kubelet`",
        questions: [question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let answer = try host.keyedAnswer(question)
            // A host that is no node has no name to keep.
            guard answer["joined"] == nil else {
                return [Judgement(.skipped, host.subject, "no kubelet has joined a cluster here", threshold: "")]
            }
            let name = try answer.all("given").last ?? answer.text("hostname").lowercased()
            return [
                Judgement(
                    name == host.name ? .pass : .fail, host.subject,
                    "the kubelet calls itself \(name)", threshold: host.name,
                    remedy: "run `hostnamectl set-hostname \(host.name)` on the host, then `systemctl restart kubelet`"
                )
            ]
        }
    }
}
