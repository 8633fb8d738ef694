package import Health
internal import KubernetesAPI

/// A pod together with what decides where it may run and whether it may be moved.
package struct PoolPod: Sendable, Decodable {
    package let pod: Pod
    let placing: Placing

    package init(from decoder: any Decoder) throws {
        pod = try Pod(from: decoder)
        placing = try Placing(from: decoder)
    }

    /// The fields that health has no use for.
    struct Placing: Sendable, Decodable {
        struct Spec: Sendable, Decodable {
            struct Container: Sendable, Decodable {
                struct Port: Sendable, Decodable { var hostPort: Int? }
                var ports: [Port]?
            }
            var nodeSelector: [String: String]?
            var tolerations: [Toleration]?
            var affinity: Affinity?
            var topologySpreadConstraints: [Spread]?
            var volumes: [Volume]?
            var containers: [Container]?
            var priority: Int?
        }
        struct Status: Sendable, Decodable { var nominatedNodeName: String? }
        var spec: Spec?
        var status: Status?
    }

    struct Toleration: Sendable, Decodable {
        var key: String?
        var `operator`: String?
        var value: String?
        var effect: String?
    }

    struct Affinity: Sendable, Decodable {
        struct Required: Sendable, Decodable {
            struct Term: Sendable, Decodable {}
            var requiredDuringSchedulingIgnoredDuringExecution: [Term]?
        }
        struct OfNodes: Sendable, Decodable {
            struct Selector: Sendable, Decodable { var nodeSelectorTerms: [NodeTerm]? }
            var requiredDuringSchedulingIgnoredDuringExecution: Selector?
        }
        var nodeAffinity: OfNodes?
        var podAffinity: Required?
        var podAntiAffinity: Required?
    }

    struct NodeTerm: Sendable, Decodable {
        struct Expression: Sendable, Decodable {
            var key: String?
            var `operator`: String?
            var values: [String]?
        }
        var matchExpressions: [Expression]?
        var matchFields: [Expression]?
    }

    struct Spread: Sendable, Decodable { var whenUnsatisfiable: String? }

    struct Volume: Sendable, Decodable {
        struct Empty: Sendable, Decodable { var medium: String? }
        struct Anything: Sendable, Decodable {}
        var emptyDir: Empty?
        var hostPath: Anything?
        var persistentVolumeClaim: Anything?
    }
}

extension PoolPod {
    package var title: String { "\(pod.namespace)/\(pod.name)" }
    var node: String? { pod.spec?.nodeName.flatMap { $0.isEmpty ? nil : $0 } }
    var isGoing: Bool { pod.metadata?.deletionTimestamp != nil }
    /// Made by a kubelet from a file: it comes and goes with its node.
    var isStatic: Bool { pod.annotations["kubernetes.io/config.mirror"] != nil }
    var isOfDaemonSet: Bool { (pod.metadata?.ownerReferences ?? []).contains { $0.kind == "DaemonSet" } }
    /// Stays on its node whatever happens, and ends with it.
    var belongsToNode: Bool { isStatic || isOfDaemonSet || pod.isDone }

    /// What it asks for, by resource; also its one place among the node's pods.
    var requests: Amounts {
        var names: Set<String> = []
        for container in (pod.spec?.containers ?? []) + (pod.spec?.initContainers ?? []) {
            names.formUnion(container.resources?.requests?.keys.map { $0 } ?? [])
        }
        names.formUnion(pod.spec?.resources?.requests?.keys.map { $0 } ?? [])
        var amounts = Amounts(["pods": 1])
        for name in names { amounts[name] = pod.requests(name) }
        return amounts
    }

    /// The scheduler found no place for it (condition PodScheduled with the reason Unschedulable), and nothing else makes one.
    ///
    /// Pods below the priority -10 ask for no nodes, and for one that has a node's promise another pod makes way: as the Cluster
    /// Autoscaler has it (its FAQ, "How does Cluster Autoscaler work with Pod Priority and Preemption").
    var wantsPlace: Bool {
        guard node == nil, !isGoing, !pod.isDone, placing.status?.nominatedNodeName?.isEmpty ?? true else {
            return false
        }
        guard (placing.spec?.priority ?? 0) >= -10 else { return false }
        return scheduled?.status == "False" && scheduled?.reason == "Unschedulable"
    }

    /// What the scheduler says of it.
    var scheduled: Condition? { pod.status?.conditions?.first { $0.type == "PodScheduled" } }

    /// Why its place cannot be predicted here; nil if it can.
    var riddle: String? {
        if placing.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.isEmpty == false
            || placing.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.isEmpty == false
        {
            return "it has a required affinity to other pods"
        }
        if placing.spec?.topologySpreadConstraints?.contains(where: { $0.whenUnsatisfiable == "DoNotSchedule" }) == true
        {
            return "it must be spread over nodes"
        }
        if placing.spec?.volumes?.contains(where: { $0.persistentVolumeClaim != nil }) == true {
            return "its claim may bind it to a node"
        }
        if placing.spec?.containers?.contains(where: { $0.ports?.contains { ($0.hostPort ?? 0) > 0 } ?? false }) == true
        {
            return "it takes a port of its node"
        }
        return nil
    }
}
