internal import Planning

/// The controller manager and the scheduler of every control plane, asked on the host.
///
/// kubeadm binds both to loopback; `/healthz` needs no login (`--authorization-always-allow-paths` has it by default).
enum ControlPlaneComponents {
    static let question = Probe.script(
        "health.components",
        """
        \(HostShell.requiring("curl"))
        curl -sk --connect-timeout 1 -m 2 -o /dev/null -o /dev/null -w 'code=%{http_code}\\n' \
        https://127.0.0.1:10257/healthz https://127.0.0.1:10259/healthz
        true
        """)

    private static let names = ["kube-controller-manager", "kube-scheduler"]

    static let probe = HealthProbe(
        id: "control-plane.components", group: .controlPlane, kind: .ssh,
        title: "Controller manager and scheduler are healthy",
        why: """
            Asks the health address of the controller manager and of the scheduler on every control plane. One of each leads, the \
            others wait: a dead one is not noticed until the leader is lost, and then nothing is scheduled or repaired.
            """,
        remedy: "read its log below /var/log/pods on the host (`ls -d /var/log/pods/kube-system_kube-*`)",
        questions: [question], isForControlPlanesOnly: true
    ) { evidence, _ in
        HealthProbe.eachHost(evidence, controlPlanesOnly: true) { host in
            let codes = try host.keyedAnswer(question).all("code")
            guard codes.count == names.count else { throw Unmeasured("curl did not answer for both components") }
            let faults = zip(names, codes).filter { $0.1 != "200" }
            let words = faults.map { name, code in
                "\(name) \(code == "000" ? "does not answer" : "answers \(code)")"
            }
            // 401 and 403 come from a component that runs, but hides its health.
            let isHidden = !faults.isEmpty && faults.allSatisfy { $0.1 == "401" || $0.1 == "403" }
            return [
                Judgement(
                    faults.isEmpty ? .pass : isHidden ? .unknown : .fail, host.subject,
                    faults.isEmpty ? "both answer 200" : words.joined(separator: ", "),
                    threshold: "200 from 127.0.0.1:10257 and :10259")
            ]
        }
    }
}
