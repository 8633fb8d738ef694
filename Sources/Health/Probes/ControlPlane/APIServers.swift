enum APIServers {
    static let probe = HealthProbe(
        id: "control-plane.api-servers", group: .controlPlane, kind: .api, title: "Every API server is ready",
        why: """
            Asks every API server at its own address whether it is ready, not only the one that the endpoint happens to lead \
            to: behind a balancer a dead one shows up as every third request failing.
            """,
        remedy:
            "read the API server's log on that host: `crictl logs $(crictl ps -a --name kube-apiserver -q | head -1)`",
        needs: [.apiServers]
    ) { evidence, _ in
        let servers = try evidence.api.apiServers.get().filter { !$0.isEndpoint }
        guard !servers.isEmpty else { throw Unmeasured("no address of an API server is known") }
        return servers.map { server in
            let expected = "200 from /readyz"
            if let problem = server.problem {
                return Judgement(
                    .fail, "apiserver/\(server.address)", problem, threshold: expected, evidence: server.failedChecks)
            }
            return Judgement(
                server.failedChecks.isEmpty ? .pass : .warn, "apiserver/\(server.address)",
                server.failedChecks.isEmpty ? "ready" : "ready, but \(server.failedChecks.count) checks are not",
                threshold: expected, evidence: server.failedChecks)
        }
    }
}

enum APIEndpoint {
    static let probe = HealthProbe(
        id: "control-plane.endpoint", group: .controlPlane, kind: .api, title: "The endpoint answers every time",
        why: """
            Twenty-one small requests, half of them over connections of their own, through the address that nodes and users \
            have. One that is lost is a backend that should have been taken out.
            """,
        remedy: "check what stands behind the endpoint: an address that no host holds, a balancer with a dead backend",
        limits: [.init("warn", 1), .init("fail", 2)], needs: [.apiServers]
    ) { evidence, limits in
        guard let server = try evidence.api.apiServers.get().first(where: \.isEndpoint) else {
            throw Unmeasured("the endpoint was not asked")
        }
        return [
            Judgement(
                limits.status(of: Double(server.failures)), "endpoint/\(server.address)",
                "\(server.answers) of \(server.answers + server.failures) answered",
                threshold: "all; \(Int(limits["fail"])) lost fail", evidence: server.failedChecks)
        ]
    }
}

enum APILatency {
    static let probe = HealthProbe(
        id: "control-plane.latency", group: .controlPlane, kind: .api, title: "The API answers fast",
        why: """
            The slowest of ten small requests one after another through the endpoint. Slow answers come from slow disks \
            under etcd, from too many clients, or from the way there.
            """,
        remedy: "look at etcd.wal-fsync first; then at clients that list without limits",
        limits: [.init("warn", 0.3, "s"), .init("fail", 1, "s")], needs: [.apiServers]
    ) { evidence, limits in
        guard let server = try evidence.api.apiServers.get().first(where: \.isEndpoint),
            let slowest = server.latencies.max()
        else { throw Unmeasured("the endpoint did not answer") }
        return [
            Judgement(
                limits.status(of: slowest), "endpoint/\(server.address)",
                "slowest of \(server.latencies.count): \(Int(slowest * 1000)) ms",
                threshold: "under \(Int(limits["warn"] * 1000)) ms; \(Int(limits["fail"] * 1000)) ms fail")
        ]
    }
}
