internal import Planning

/// The container runtime: its service, and how long it takes to say its version over its socket.
enum RuntimeHealth {
    /// Time by the kernel's uptime, whose resolution is 10 ms, because shells have no better clock of their own.
    static let question = Probe.script(
        "health.runtime",
        """
        [ -S /run/containerd/containerd.sock ] || { echo socket=none; exit 0; }
        if command -v ctr >/dev/null 2>&1; then ask='ctr --connect-timeout 4s version'
        elif command -v crictl >/dev/null 2>&1; then
          ask='crictl --runtime-endpoint unix:///run/containerd/containerd.sock --timeout 4s version'
        else echo 'missing=ctr or crictl'; exit 0; fi
        read -r before rest </proc/uptime
        version=$(timeout 5 $ask 2>/dev/null)
        echo "status=$?"
        read -r after rest </proc/uptime
        echo "before=$before"
        echo "after=$after"
        printf '%s\\n' "$version"
        """)

    static let probe = HealthProbe(
        id: "node.runtime", group: .nodes, kind: .ssh, title: "The container runtime answers",
        why: """
            Reads the state of containerd's service and asks its socket for the version. Without a runtime no container starts or \
            stops; a slow one makes pods start late and the kubelet report its node as not ready.
            """,
        remedy:
            "read `journalctl -u containerd -n 50` on the host, then `systemctl restart containerd`, which leaves pods running",
        limits: [.init("warn", 2, "s")],
        questions: [HostServices.question, question]
    ) { evidence, limits in
        HealthProbe.eachHost(evidence) { host in
            let unit = try? HostServices(host).unit("containerd")
            let threshold = "active, answers in under \(HostWords.duration(limits["warn"]))"
            func say(_ status: HealthStatus, _ measured: String) -> [Judgement] {
                [Judgement(status, host.subject, measured, threshold: threshold)]
            }
            if let unit, unit.active != "active" {
                return say(.fail, "containerd is \(unit.active) (\(unit.sub))")
            }
            let answer = try host.keyedAnswer(question)
            guard answer["socket"] != "none" else {
                return unit == nil
                    ? say(.unknown, "no containerd on this host; other runtimes are not measured")
                    : say(.fail, "containerd runs without its socket /run/containerd/containerd.sock")
            }
            guard try answer.text("status") == "0" else { return say(.fail, "containerd does not answer") }
            let seconds = max(0, try answer.number("after") - answer.number("before"))
            let name = version(answer.lines).map { "containerd \($0)" } ?? "containerd"
            let time = seconds < 0.02 ? "at once" : "in \(HostWords.latency(seconds))"
            return say(seconds >= limits["warn"] ? .warn : .pass, "\(name) answers \(time)")
        }
    }

    /// Of the server: `ctr` prints its own version first, `crictl` has a line of its own for it.
    static func version(_ lines: [Substring]) -> String? {
        let own = lines.last { line in
            let words = line.split(separator: " ")
            return words.count == 2 && (words[0] == "Version:" || words[0] == "RuntimeVersion:")
        }
        return own?.split(separator: " ").last.map(String.init)
    }
}
