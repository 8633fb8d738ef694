internal import Foundation

enum PendingPods {
    static let probe = HealthProbe(
        id: "capacity.pending", group: .capacity, kind: .api, title: "No pod waits for a place",
        why: """
            Pods that the scheduler could not place for five minutes, with its own reason. Pods that somebody holds back with \
            scheduling gates (since 1.26) wait on purpose and are not counted.
            """,
        remedy: "the scheduler's reason says what is missing: room, a label, a toleration, a volume",
        limits: [.init("after", 300, "s"), .init("warn", 1), .init("fail", 6)], needs: [.pods]
    ) { evidence, limits in
        let waiting = try evidence.api.pods.get().compactMap { pod -> (pod: Pod, condition: Condition, age: Double)? in
            guard pod.status?.phase == "Pending",
                let condition = pod.status?.conditions?.first(where: {
                    $0.type == "PodScheduled" && $0.status == "False" && $0.reason != "SchedulingGated"
                }),
                let since = KubernetesTime.parse(condition.lastTransitionTime)
            else { return nil }
            let age = evidence.now.timeIntervalSince(since)
            return age >= limits["after"] ? (pod, condition, age) : nil
        }
        let status = limits.status(of: Double(waiting.count))
        let expected = "none for more than \(span(limits["after"])); \(Int(limits["fail"])) pods fail"
        guard status != .pass else { return [Judgement(.pass, "cluster", "none", threshold: expected)] }
        return waiting.map { pod, condition, age in
            Judgement(
                status, pod.subject, "not placed for \(span(age))", threshold: expected,
                evidence: [condition.message].compactMap { $0 }, since: condition.lastTransitionTime)
        }
    }
}
