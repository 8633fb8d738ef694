import Health

/// Verdicts as a cluster might give them, and as it must not.
enum SampleReports {
    static func members(controlPlanes: Int, workers: Int) -> [HealthReport.Member] {
        (1...controlPlanes).map {
            HealthReport.Member(
                name: "cp-\($0)", roles: ["control-plane"], address: "10.0.0.\(10 + $0)", version: "v1.36.2")
        }
            + (1...workers).map {
                HealthReport.Member(
                    name: "worker-\($0)", roles: ["worker"], address: "10.0.1.\(10 + $0)", version: "v1.36.2")
            }
    }

    /// A finding for each pair of different nodes.
    static func pairs(_ names: [String], isBroken: (String, String) -> Bool) -> [Finding] {
        names.flatMap { source in
            names.filter { $0 != source }.map { target in
                let isBroken = isBroken(source, target)
                return Finding(
                    id: "network.reach", status: isBroken ? .fail : .pass, subject: "node/\(source) -> node/\(target)",
                    measured: isBroken ? "no answer within 2 s" : "answers after 0.4 ms",
                    threshold: "an answer within 2 s",
                    remedy: isBroken ? "let UDP port 8472 pass between the nodes" : "")
            }
        }
    }

    static func each(
        _ names: [String], _ id: String, _ status: HealthStatus, _ measured: String, threshold: String = "",
        remedy: String = "", evidence: [String] = [], since: String? = nil
    ) -> [Finding] {
        names.map {
            Finding(
                id: id, status: status, subject: $0, measured: measured, threshold: threshold, remedy: remedy,
                evidence: evidence, since: since)
        }
    }

    static let cost = HealthReport.Cost(seconds: 1.24, apiCalls: 14, apiBytes: 119_600, hosts: 6)

    // MARK: Healthy

    static let healthy = report(at: "2026-11-24T03:00:00Z", findings: passes)

    static func report(at time: String, findings: [Finding]) -> HealthReport {
        HealthReport(
            cluster: "demo", endpoint: "10.0.0.10:6443", time: time, members: members(controlPlanes: 3, workers: 3),
            findings: findings, cost: cost)
    }

    private static let names = members(controlPlanes: 3, workers: 3).map(\.name)
    private static let nodes = names.map { "node/\($0)" }

    private static let passes =
        each(nodes, "node.ready", .pass, "ready", threshold: "ready")
        + each(nodes, "node.lease", .pass, "renewed 3 s ago", threshold: "under 15 s; 40 s fails")
        + each(["endpoint/10.0.0.10"], "control-plane.endpoint", .pass, "20 of 20 answers", threshold: "all")
        + each(["cluster"], "dns.replicas", .pass, "2 on 2 nodes", threshold: "2 on 2 nodes")
        + each(["cluster"], "storage.default-class", .skipped, "no storage class and no claim: storage is not used")
        + pairs(names) { _, _ in false }

    // MARK: Sick

    /// worker-3 is lost, cp-2 answers no question, and some smaller things.
    static let sick = report(
        at: "2026-11-24T03:05:00Z",
        findings: each(
            ["node/worker-3"], "node.ready", .fail, "no word from its kubelet for 52 s", threshold: "ready",
            remedy: "read `journalctl -u kubelet -n 50` on the host; if it is silent, check the host and its network",
            evidence: ["Kubelet stopped posting node status."], since: "2026-11-24T03:04:08Z")
            + each(nodes.filter { $0 != "node/worker-3" }, "node.ready", .pass, "ready", threshold: "ready")
            + ["worker-1": 61, "worker-2": 58, "worker-3": 92].sorted { $0.key < $1.key }.flatMap { name, age in
                each(
                    ["node/\(name)"], "node.lease", .fail, "renewed \(age) s ago", threshold: "under 15 s; 40 s fails",
                    remedy: "check that the host is up, its kubelet runs and it reaches the API endpoint")
            }
            + each(nodes.filter { $0.hasPrefix("node/cp") }, "node.lease", .pass, "renewed 3 s ago")
            + each(
                ["host/cp-2"], "etcd.members", .unknown, "the host did not answer within 10 s",
                threshold: "3 members, all healthy", remedy: "look whether SSH to the host works",
                evidence: ["ssh: connect to host 10.0.0.12 port 22: Connection timed out"])
            + each(["host/worker-1", "host/worker-2", "host/worker-3"], "etcd.members", .skipped, "no control plane")
            + each(
                ["cluster"], "capacity.requests", .warn, "memory: 91 % requested", threshold: "under 85 %; 100 % fails",
                remedy: "add a worker or lower requests")
            + each(["cluster"], "capacity.requests", .pass, "cpu: 40 % requested", threshold: "under 85 %; 100 % fails")
            + each(
                ["pod/shop/cart-7d9c8b6f5-x2x7q", "pod/shop/cart-7d9c8b6f5-zz9pl"], "workload.crashing", .warn,
                "7 restarts, the last 40 s ago", threshold: "under 3 restarts in an hour",
                remedy: "read `kubectl logs --previous` of the pod",
                evidence: [
                    "panic: runtime error: invalid memory address or nil pointer dereference [signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x4a2f31]",
                    "\tmain.main()", "\t\t/src/main.go:17 +0x1d",
                ])
            + each(["endpoint/10.0.0.10"], "control-plane.endpoint", .pass, "20 of 20 answers", threshold: "all")
            + each(["cluster"], "storage.default-class", .skipped, "no storage class and no claim: storage is not used")
            + pairs(names) { $0 == "worker-3" || $1 == "worker-3" })

    // MARK: Hostile

    /// Every text that comes from a cluster, as bad as it can be.
    static let hostileText =
        "<script>alert('1')</script>\"'>]]>&amp;\u{0}\u{1b}[31m\u{9b}2J\r\n\u{202e}txt\u{2028}\\ \u{fffe}\u{feff} -> node/x"

    static let hostile = HealthReport(
        cluster: hostileText, endpoint: hostileText, time: hostileText,
        members: [
            HealthReport.Member(
                name: hostileText, roles: [hostileText, "control-plane"], address: hostileText, version: hostileText),
            HealthReport.Member(name: "", roles: [], address: "", version: ""),
        ],
        findings: HealthStatus.allCases.flatMap { status in
            [
                hostileText, "node/\(hostileText)", "node/a\"<b> -> node/\u{7}&c", "", "/", " -> ", "node/ -> node/",
                String(repeating: "long", count: 70), "é\u{301}\u{301}/名前",
            ].map { subject in
                Finding(
                    id: status == .warn ? ".\(hostileText)" : "group\(hostileText).x", status: status, subject: subject,
                    measured: hostileText, threshold: hostileText, remedy: hostileText,
                    evidence: [hostileText, "", "\n\n", String(repeating: "x", count: 300)], since: hostileText)
            }
        }, cost: HealthReport.Cost(seconds: 0, apiCalls: 0, apiBytes: 0, hosts: 0))

    // MARK: Large

    /// 50 nodes, one of which no other reaches.
    static let large: HealthReport = {
        let members = Self.members(controlPlanes: 3, workers: 47)
        return HealthReport(
            cluster: "large", endpoint: "api.large.example:6443", time: "2026-11-24T03:05:00.250Z", members: members,
            findings: each(members.map { "node/\($0.name)" }, "node.ready", .pass, "ready")
                + pairs(members.map(\.name)) { _, target in target == "worker-17" }, cost: cost)
    }()

    static let nothing = HealthReport(
        cluster: "empty", endpoint: "", time: "2026-11-24T03:05:00Z", members: [], findings: [], cost: cost)

    static let all = ["healthy": healthy, "sick": sick, "hostile": hostile, "large": large, "nothing": nothing]
}
