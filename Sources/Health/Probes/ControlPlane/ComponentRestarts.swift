internal import Foundation

enum ComponentRestarts {
    static let probe = HealthProbe(
        id: "control-plane.restarts", group: .controlPlane, kind: .api, title: "Control-plane pods run steadily",
        why: """
            Counts restarts of API servers, controller managers, schedulers and etcd members in the last 24 hours, and sees \
            those that run no more. A control plane comes up in several tries, so restarts in a node's first 15 minutes are \
            not counted.
            """,
        remedy: "read why it ended: `kubectl -n kube-system logs POD --previous`",
        limits: [.init("warn", 1), .init("fail", 4)], needs: [.nodes, .pods]
    ) { evidence, limits in
        let joined = Dictionary(
            try evidence.api.nodes.get().map { ($0.name, KubernetesTime.parse($0.metadata?.creationTimestamp)) },
            uniquingKeysWith: { first, _ in first })
        let pods = try evidence.api.pods.get().filter(\.isControlPlaneComponent)
        guard !pods.isEmpty else {
            return [Judgement(.skipped, "cluster", "the control plane does not run in pods that the API shows")]
        }
        let expected =
            "runs, under \(Int(limits["warn"])) restarts in 24 h; \(Int(limits["fail"])) fail"
        return pods.map { pod in
            let containers = pod.status?.containerStatuses ?? []
            for container in containers {
                if let waiting = container.state?.waiting, waiting.reason != "ContainerCreating" {
                    return Judgement(
                        .fail, pod.subject, "waits: \(waiting.reason ?? "no reason")", threshold: expected,
                        evidence: [waiting.message].compactMap { $0 })
                }
                if let ended = container.state?.terminated {
                    return Judgement(
                        .fail, pod.subject, "ended with \(ended.exitCode ?? -1)", threshold: expected,
                        evidence: [ended.message].compactMap { $0 }, since: ended.finishedAt)
                }
            }
            let start = joined[pod.spec?.nodeName ?? ""] ?? nil
            let isYoung = start.map { evidence.now.timeIntervalSince($0) < 900 } ?? false
            guard pod.isReady else {
                let condition = pod.status?.conditions?.first { $0.type == "Ready" }
                let age = KubernetesTime.parse(condition?.lastTransitionTime).map { evidence.now.timeIntervalSince($0) }
                let status: HealthStatus = (age ?? 0) >= 120 ? .fail : isYoung ? .pass : .warn
                return Judgement(
                    status, pod.subject,
                    (isYoung ? "starts" : "not ready") + (age.map { " for \(span($0))" } ?? ""), threshold: expected,
                    evidence: [condition?.message].compactMap { $0 }, since: condition?.lastTransitionTime)
            }
            let restarted = containers.filter { container in
                guard let end = KubernetesTime.parse(container.lastState?.terminated?.finishedAt),
                    evidence.now.timeIntervalSince(end) < 86400
                else { return false }
                return start.map { end.timeIntervalSince($0) > 900 } ?? true
            }
            let count = restarted.map { $0.restartCount ?? 1 }.max() ?? 0
            return Judgement(
                limits.status(of: Double(count)), pod.subject, count == 1 ? "1 restart" : "\(count) restarts",
                threshold: expected,
                since: restarted.compactMap { $0.lastState?.terminated?.finishedAt }.max())
        }
    }
}
