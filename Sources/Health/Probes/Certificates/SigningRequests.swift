internal import Foundation

enum SigningRequests {
    static let probe = HealthProbe(
        id: "certificates.requests", group: .certificates, kind: .api, title: "No signing request waits",
        why: """
            Kubelets ask for new certificates long before the old ones end. A request that nobody approves is a node that \
            will drop out on the day its certificate does.
            """,
        remedy: "look at it with `kubectl describe csr NAME`, then `kubectl certificate approve NAME` or deny it",
        limits: [.init("warn", 60, "s"), .init("fail", 3600, "s")], needs: [.signingRequests]
    ) { evidence, limits in
        let requests = try evidence.api.signingRequests.get()
        let waiting = requests.filter(\.isPending).compactMap { request -> Judgement? in
            guard let made = KubernetesTime.parse(request.metadata?.creationTimestamp) else { return nil }
            let age = evidence.now.timeIntervalSince(made)
            let status = limits.status(of: age)
            guard status != .pass else { return nil }
            return Judgement(
                status, "csr/\(request.name)", "\(request.spec?.username ?? "?") waits for \(span(age))",
                threshold: "under \(span(limits["warn"])); \(span(limits["fail"])) fails",
                since: request.metadata?.creationTimestamp)
        }
        return waiting.isEmpty ? [Judgement(.pass, "cluster", "none waits", threshold: "none")] : waiting
    }
}
