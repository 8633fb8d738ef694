/// What keeps a pod from being ready, out of its status (core/v1 PodStatus; the reasons are the kubelet's,
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
        /// It ended, is about to be started, or is not ready for another reason.
        case other

        /// Waiting alone does not help.
        package var isLasting: Bool { self != .other }
    }

    package var kind: Kind
    package var pod: String
    /// Empty for pods without a node.
    package var node = ""
    /// Empty where it is about the pod as a whole, as is `image`.
    package var container = ""
    package var image = ""
    package var reason: String
    package var message: String
    /// Of a container that ended.
    package var exitStatus: Int?
    /// What a container that ended has left as its last words (`terminationMessagePath`).
    package var lastWords = ""

    /// Nothing but another order for the pod can help: what it asks for is never tried.
    package var isHopeless: Bool { reason == "InvalidImageName" || reason == "ErrImageNeverPull" }

    static let imageReasons: Set<String> = [
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
        "ImageInspectError",
    ]
    static let configurationReasons: Set<String> = [
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    ]
    /// Of containers that are on the way.
    private static let usualReasons: Set<String> = ["ContainerCreating", "PodInitializing"]

    package init(
        kind: Kind, pod: String, node: String = "", container: String = "", image: String = "", reason: String,
        message: String, exitStatus: Int? = nil, lastWords: String = ""
    ) {
        self.kind = kind
        self.pod = pod
        self.node = node
        self.container = container
        self.image = image
        self.reason = reason
        self.message = message
        self.exitStatus = exitStatus
        self.lastWords = lastWords
    }

    /// The first that lasts, else the first there is; nil for pods that are ready or say nothing.
    package static func of(_ pod: JSONValue) -> PodTrouble? {
        let states =
            (pod["status"]?["initContainerStatuses"]?.array ?? [])
            + (pod["status"]?["containerStatuses"]?.array ?? [])
        let troubles = states.compactMap { of($0, pod) } + [of(conditions: pod)].compactMap { $0 }
        return troubles.first { $0.kind.isLasting } ?? troubles.first
    }

    private static func of(_ container: JSONValue, _ pod: JSONValue) -> PodTrouble? {
        var trouble = PodTrouble(
            kind: .other, pod: pod.objectName, node: pod["spec"]?["nodeName"]?.string ?? "",
            container: container["name"]?.string ?? "?", image: container["image"]?.string ?? "", reason: "",
            message: "")
        if let waiting = container["state"]?["waiting"], let reason = waiting["reason"]?.string,
            !usualReasons.contains(reason)
        {
            trouble.reason = reason
            trouble.message = waiting["message"]?.string ?? ""
            switch reason {
            case _ where imageReasons.contains(reason): trouble.kind = .image
            case _ where configurationReasons.contains(reason): trouble.kind = .configuration
            case "CrashLoopBackOff":
                trouble.kind = .crash
                trouble.exitStatus = container["lastState"]?["terminated"]?["exitCode"]?.int
                trouble.lastWords = container["lastState"]?["terminated"]?["message"]?.string ?? ""
            default: break
            }
            return trouble
        }
        guard let ended = container["state"]?["terminated"], let status = ended["exitCode"]?.int, status != 0 else {
            return nil
        }
        trouble.reason = ended["reason"]?.string ?? ""
        trouble.exitStatus = status
        trouble.lastWords = ended["message"]?.string ?? ""
        return trouble
    }

    private static func of(conditions pod: JSONValue) -> PodTrouble? {
        for type in ["PodScheduled", "Ready"] {
            guard let condition = pod.condition(type), condition["status"]?.string != "True" else { continue }
            let reason = condition["reason"]?.string ?? ""
            let message = condition["message"]?.string ?? ""
            guard !reason.isEmpty || !message.isEmpty else { continue }
            return PodTrouble(
                kind: type == "PodScheduled" && reason == "Unschedulable" ? .unschedulable : .other,
                pod: pod.objectName, node: pod["spec"]?["nodeName"]?.string ?? "", reason: reason, message: message)
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

    /// `container web waits: ErrImagePull: no such image`; names neither pod nor node.
    package var text: String {
        if container.isEmpty { return (message.isEmpty ? reason : message).shortened(200) }
        if let exitStatus, kind != .crash {
            return "container \(container) ended with status \(exitStatus) (\(reason.isEmpty ? "no reason" : reason))"
        }
        return "container \(container) waits: \(reason)\(message.isEmpty ? "" : ": \(message.shortened(160))")"
    }

    /// As `text`, with pod, node and image: `pod web-1 on worker-1: container web waits: ErrImagePull (image a/b:1)`.
    package var fullText: String {
        let place = node.isEmpty ? "" : " on \(node)"
        let name = kind == .image && !image.isEmpty && !text.contains(image) ? " (image \(image))" : ""
        return "pod \(pod)\(place): \(text)\(name)"
    }
}
