internal import Foundation

enum CrashingPods {
    static let probe = HealthProbe(
        id: "workload.crashing", group: .workload, kind: .api, title: "No pod crashes again and again",
        why: """
            Containers that end as soon as they start, images that cannot be had, configuration that does not exist. Pods of \
            kube-system fail the verdict, others are a warning up to two.
            """,
        remedy: "`kubectl -n NAMESPACE logs POD --previous`, and `kubectl describe pod` for images and configuration",
        limits: [.init("warn", 1), .init("fail", 3)], needs: [.pods]
    ) { evidence, limits in
        let found = try evidence.api.pods.get().filter { !$0.isControlPlaneComponent }.compactMap {
            pod -> (Pod, String, String?)? in
            guard let container = pod.crashingContainer, let waiting = container.state?.waiting else { return nil }
            let measured = [
                "\(container.name ?? "?"): \(waiting.reason ?? "?")", "\(container.restartCount ?? 0) restarts",
            ].joined(separator: ", ")
            return (pod, measured, waiting.message)
        }
        let status = limits.status(of: Double(found.count))
        guard status != .pass else { return [Judgement(.pass, "cluster", "none", threshold: "none")] }
        return found.map { pod, measured, message in
            Judgement(
                pod.namespace == "kube-system" ? .fail : status, pod.subject, measured, threshold: "none",
                evidence: [message].compactMap { $0 })
        }
    }
}

extension Pod {
    /// The reasons with which a kubelet lets a container wait that it cannot start, or not again at once.
    private static let crashes: Set = [
        "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    ]

    /// The first container that waits for one of these reasons; init containers come before the others, and sidecars are
    /// among them.
    var crashingContainer: Status.ContainerStatus? {
        ((status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? []))
            .first { Self.crashes.contains($0.state?.waiting?.reason ?? "") }
    }
}

enum UnreadyPods {
    static let probe = HealthProbe(
        id: "workload.unready", group: .workload, kind: .api, title: "Running pods are ready",
        why: """
            Pods that run and do not become ready take no traffic. Five minutes are enough for nearly everything. Pods on \
            nodes that are not ready are not counted, their node is; nor are those that `workload.crashing` names.
            """,
        remedy: "`kubectl describe pod` shows which readiness probe fails and with what answer",
        limits: [.init("after", 300, "s")], needs: [.nodes, .pods]
    ) { evidence, limits in
        let good = Set(try evidence.api.nodes.get().filter(\.isReady).map(\.name))
        let bad = try evidence.api.pods.get().compactMap { pod -> Judgement? in
            guard pod.status?.phase == "Running", !pod.isReady, pod.metadata?.deletionTimestamp == nil,
                good.contains(pod.spec?.nodeName ?? ""), !pod.isControlPlaneComponent, pod.crashingContainer == nil,
                let condition = pod.status?.conditions?.first(where: { $0.type == "Ready" }),
                let since = KubernetesTime.parse(condition.lastTransitionTime)
            else { return nil }
            let age = evidence.now.timeIntervalSince(since)
            guard age >= limits["after"] else { return nil }
            return Judgement(
                pod.namespace == "kube-system" ? .fail : .warn, pod.subject, "not ready for \(span(age))",
                threshold: "within \(span(limits["after"]))", evidence: [condition.message].compactMap { $0 },
                since: condition.lastTransitionTime)
        }
        return bad.isEmpty ? [Judgement(.pass, "cluster", "all ready", threshold: "all")] : bad
    }
}
