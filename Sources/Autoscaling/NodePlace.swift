package import ClusterModel
package import Health
internal import KubernetesAPI

/// A node, or a spare as the node that it would be, as the scheduler sees it: labels, taints, and what is free.
package struct NodePlace: Sendable {
    package var name: String
    package var labels: [String: String]
    package var taints: [Taint]
    /// What pods may ask for altogether.
    package var allocatable: Amounts
    /// What is left of it.
    package var free: Amounts
    /// Ready, and takes new pods.
    package var isOpen: Bool

    /// Whether a pod may and can run there.
    ///
    /// The scheduler's filters NodeUnschedulable, NodeAffinity, TaintToleration and NodeResourcesFit
    /// (kubernetes.io/docs/reference/scheduling/config); pods that depend on others have no prediction (`PoolPod.riddle`).
    func takes(_ pod: PoolPod) -> Bool { isOpen && refusal(of: pod) == nil }

    /// Why a pod cannot run there; nil if it can.
    func refusal(of pod: PoolPod) -> String? {
        for (key, value) in pod.placing.spec?.nodeSelector ?? [:] where labels[key] != value {
            return "it wants a node with \(key)=\(value)"
        }
        let terms = pod.placing.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?
            .nodeSelectorTerms
        if let terms, !terms.contains(where: matches) { return "its node affinity wants another node" }
        if let taint = taints.first(where: { !isTolerated($0, by: pod) }) {
            return "it does not tolerate \(taint.key)=\(taint.value):\(taint.effect.rawValue)"
        }
        let wanted = pod.requests
        guard let resource = free.lacking(for: wanted) else { return nil }
        return "it asks for \(Amounts.text(wanted[resource], of: resource)) of \(resource), "
            + "\(Amounts.text(max(0, free[resource]), of: resource)) are free"
    }

    mutating func put(_ pod: PoolPod) { free = free - pod.requests }

    private func isTolerated(_ taint: Taint, by pod: PoolPod) -> Bool {
        if taint.effect == .preferNoSchedule { return true }
        return (pod.placing.spec?.tolerations ?? []).contains { toleration in
            let key = toleration.key ?? ""
            let isOfEffect = (toleration.effect ?? "").isEmpty || toleration.effect == taint.effect.rawValue
            if key.isEmpty { return toleration.operator == "Exists" && isOfEffect }
            let isOfValue = toleration.operator == "Exists" || (toleration.value ?? "") == taint.value
            return key == taint.key && isOfValue && isOfEffect
        }
    }

    /// `Gt`, `Lt` and fields of the node are not predicted: they match nothing.
    private func matches(_ term: PoolPod.NodeTerm) -> Bool {
        guard (term.matchFields ?? []).isEmpty, let expressions = term.matchExpressions, !expressions.isEmpty else {
            return false
        }
        return expressions.allSatisfy { expression in
            let value = labels[expression.key ?? ""]
            let values = expression.values ?? []
            return switch expression.operator {
            case "In": value.map(values.contains) ?? false
            case "NotIn": value.map { !values.contains($0) } ?? true
            case "Exists": value != nil
            case "DoesNotExist": value == nil
            default: false
            }
        }
    }
}

/// A node with what health does not read of it.
package struct PoolNode: Sendable, Decodable {
    package let node: Node
    let more: More

    struct More: Sendable, Decodable {
        struct Status: Sendable, Decodable { var capacity: [String: String]? }
        var status: Status?
    }

    package init(from decoder: any Decoder) throws {
        node = try Node(from: decoder)
        more = try More(from: decoder)
    }

    var allocatable: Amounts { Amounts((node.status?.allocatable ?? [:]).compactMapValues(Quantity.parse)) }

    /// What the node keeps for itself.
    var reserved: Amounts {
        let capacity = Amounts((more.status?.capacity ?? [:]).compactMapValues(Quantity.parse))
        return Amounts(["cpu": 1, "memory": 1]).map { resource in max(0, capacity[resource] - allocatable[resource]) }
    }

    var taints: [Taint] {
        (node.spec?.taints ?? []).compactMap { taint in
            guard let key = taint.key, let effect = Taint.Effect(rawValue: taint.effect ?? "") else { return nil }
            return Taint(key: key, value: taint.value ?? "", effect: effect)
        }
    }
}
