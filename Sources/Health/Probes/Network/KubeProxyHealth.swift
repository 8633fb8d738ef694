internal import Planning

/// kube-proxy, asked on the host.
///
/// Port 10256 is its default health address (KubeProxyConfiguration v1alpha1). A host without a log folder of such a pod
/// never had one: clusters may do without kube-proxy. That it is missing where it should run is seen in the API.
enum KubeProxyHealth {
    static let question = Probe.script(
        "health.kube-proxy",
        """
        set -- /var/log/pods/kube-system_kube-proxy-*
        [ -e "$1" ] || exit 1
        \(HostShell.requiring("curl"))
        curl -s --connect-timeout 1 -m 2 -o /dev/null -w 'code=%{http_code}\\n' http://127.0.0.1:10256/healthz
        true
        """)

    static let probe = HealthProbe(
        id: "network.kube-proxy", group: .network, kind: .ssh, title: "kube-proxy is healthy",
        why: """
            Asks kube-proxy on every host whether it keeps up. One that does not leaves old rules behind, and Services on that host \
            lead to pods that are gone.
            """,
        remedy:
            "read `kubectl -n kube-system logs -l k8s-app=kube-proxy --tail 50`, then `kubectl -n kube-system rollout restart daemonset/kube-proxy`",
        questions: [question]
    ) { evidence, _ in
        HealthProbe.eachHost(evidence) { host in
            guard let text = try host.answer(question) else {
                return [Judgement(.skipped, host.subject, "no kube-proxy on this host")]
            }
            let code = try HostAnswer(text).text("code")
            let measured =
                switch code {
                case "200": "answers 200"
                case "000": "does not answer"
                case "503": "has not kept its rules in step"
                default: "answers \(code)"
                }
            return [
                Judgement(
                    code == "200" ? .pass : .fail, host.subject, measured, threshold: "200 from 127.0.0.1:10256/healthz"
                )
            ]
        }
    }
}
