package import Diagnostics
package import KubernetesAPI

/// What keeps a pod from running, out of its status (core/v1 ContainerStateWaiting; the reasons are the kubelet's,
/// pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime).
package struct PodTrouble: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// The image is not there or may not be had.
        case image
        /// A Secret or ConfigMap is missing, a command cannot be run.
        case configuration
        /// It starts and ends again and again.
        case crash
        /// No node takes it.
        case unschedulable
    }

    package var kind: Kind
    package var pod: String
    /// Empty for pods without a node.
    package var node: String
    package var image: String
    package var reason: String
    package var message: String

    static let imageReasons: Set<String> = [
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
        "ImageInspectError",
    ]
    static let configurationReasons: Set<String> = [
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    ]

    /// Nil for pods that run or are on the way.
    package static func of(_ pod: JSONValue) -> PodTrouble? {
        let name = pod.name
        let node = pod.at("spec", "nodeName")?.string ?? ""
        let statuses =
            (pod.at("status", "initContainerStatuses")?.array ?? [])
            + (pod.at("status", "containerStatuses")?.array ?? [])
        for status in statuses {
            guard let waiting = status.at("state", "waiting"), let reason = waiting["reason"]?.string else { continue }
            let kind: Kind
            switch reason {
            case _ where imageReasons.contains(reason): kind = .image
            case _ where configurationReasons.contains(reason): kind = .configuration
            case "CrashLoopBackOff": kind = .crash
            default: continue
            }
            var message = waiting["message"]?.string ?? ""
            if kind == .crash, let ended = status.at("lastState", "terminated") {
                message = "it ended with status \(ended["exitCode"]?.int ?? -1) \(ended["message"]?.string ?? "")"
            }
            return PodTrouble(
                kind: kind, pod: name, node: node, image: status["image"]?.string ?? "", reason: reason,
                message: message)
        }
        if let scheduled = pod.condition("PodScheduled"), scheduled["status"]?.string == "False",
            scheduled["reason"]?.string == "Unschedulable"
        {
            return PodTrouble(
                kind: .unschedulable, pod: name, node: "", image: "", reason: "Unschedulable",
                message: scheduled["message"]?.string ?? "")
        }
        return nil
    }

    /// `ImagePullBackOff` only says that there was an error before; the pod's events say which.
    package mutating func take(events: [JSONValue]) {
        guard kind == .image, reason == "ImagePullBackOff" || message.isEmpty else { return }
        let told = events.filter {
            $0["reason"]?.string == "Failed" && ($0["message"]?.string ?? "").hasPrefix("Failed to pull image")
        }
        if let message = told.last?["message"]?.string { self.message = message }
    }

    package func diagnostic(function: String) -> Diagnostic {
        let place = node.isEmpty ? "" : " on node \(node)"
        switch kind {
        case .image:
            return Diagnostic(
                code: "function.image", "the image \(image) of \(function) cannot be pulled\(place)",
                detail: "\(reason): \(message)",
                hint:
                    "check its name, the registry, and its credentials; \(node.isEmpty ? "nodes" : node) must reach it",
                host: node.isEmpty ? nil : node)
        case .configuration:
            return Diagnostic(
                code: "function.configuration", "\(function) cannot be started\(place)",
                detail: "\(reason): \(message)",
                hint: "check the names of its secrets, and its command", host: node.isEmpty ? nil : node)
        case .crash:
            return Diagnostic(
                code: "function.crash", "\(function) starts and ends again and again\(place)", detail: message,
                hint: "`martlet function logs \(function)` shows what it wrote", host: node.isEmpty ? nil : node)
        case .unschedulable:
            return Diagnostic(
                code: "function.unschedulable", "no node takes the pods of \(function)", detail: message,
                hint: "ask for less with --memory and --cpu, or make room")
        }
    }
}
