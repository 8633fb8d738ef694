internal import Planning

/// The kubelet's own health address, asked on the host.
///
/// `healthzPort` 10248 on loopback is kubeadm's default (KubeletConfiguration v1beta1).
enum KubeletHealthz {
    static let question = Probe.script(
        "health.kubelet-healthz",
        "curl -s -o /dev/null -m 3 -w '%{http_code}' http://127.0.0.1:10248/healthz || true; echo")

    static let probe = HealthProbe(
        id: "node.kubelet", group: .nodes, kind: .ssh, title: "The kubelet is healthy",
        why: """
            Asks the kubelet's health address on every host. A kubelet that does not answer runs no new pods and soon loses its \
            node; the ones it runs go on unwatched.
            """,
        remedy: "read `journalctl -u kubelet -n 50` on the host, then `systemctl restart kubelet`",
        questions: [question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            let code = try host.answer(question) ?? ""
            return [
                Judgement(
                    code == "200" ? .pass : .fail, host.subject,
                    code == "200" ? "answers 200" : code == "000" ? "does not answer" : "answers \(code)",
                    threshold: "200 from 127.0.0.1:10248/healthz")
            ]
        }
    }
}
