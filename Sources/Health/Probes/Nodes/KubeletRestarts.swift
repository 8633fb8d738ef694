/// Restarts of the kubelet by systemd.
///
/// systemd's counter covers all the time since somebody last started the service (systemd.exec, `NRestarts`; reset by
/// `systemctl restart`), not a window. It is judged only while the latest restart is recent: old ones are history.
enum KubeletRestarts {
    static let probe = HealthProbe(
        id: "node.kubelet-restarts", group: .nodes, kind: .ssh, title: "The kubelet does not restart",
        why: """
            Reads how often systemd had to start the kubelet again and when it last did. A kubelet that keeps dying looks healthy \
            whenever it happens to run, and its pods are unwatched in between. Restarts that lie further back than the window \
            are told, but do not count.
            """,
        remedy: "read the last error before the restart with `journalctl -u kubelet -p err -n 20` on the host",
        limits: [.init("warn", 1), .init("fail", 5), .init("window", 20, "min")],
        questions: [HostServices.question]
    ) { evidence, limits in
        HealthProbe.eachHost(evidence) { host in
            let unit = try HostServices(host).unit("kubelet")
            guard let restarts = unit.restarts else { throw Unmeasured("this systemd does not count restarts") }
            let window = limits["window"] * 60
            let threshold =
                "under \(Int(limits["warn"])), the latest within \(HostWords.duration(window)); \(Int(limits["fail"])) fail"
            guard restarts > 0 else { return [Judgement(.pass, host.subject, "no restarts", threshold: threshold)] }
            // Without a running process it is between two restarts right now.
            let age = unit.age ?? 0
            return [
                Judgement(
                    age > window ? .pass : limits.status(of: Double(restarts)), host.subject,
                    "\(HostWords.count(restarts, "restart")), the latest \(HostWords.duration(age)) ago",
                    threshold: threshold)
            ]
        }
    }
}
