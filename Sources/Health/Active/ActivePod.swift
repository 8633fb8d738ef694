/// A pod of the run, with what tells why it does not start.
struct ActivePod: KubernetesObject {
    struct Spec: Sendable, Decodable { var nodeName: String? }
    struct Status: Sendable, Decodable {
        var phase: String?
        var podIP: String?
        var message: String?
        var conditions: [Condition]?
        var containerStatuses: [Pod.Status.ContainerStatus]?
    }

    var metadata: Metadata?
    var spec: Spec?
    var status: Status?

    var node: String { spec?.nodeName ?? "" }
    var address: String { status?.podIP ?? "" }
    var isReady: Bool {
        metadata?.deletionTimestamp == nil
            && status?.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false
    }
    /// Part of a claim test: it did its work.
    var hasSucceeded: Bool { status?.phase == "Succeeded" }
    var hasFailed: Bool { status?.phase == "Failed" }

    private var states: [Pod.Status.ContainerStatus.State] { (status?.containerStatuses ?? []).compactMap(\.state) }

    /// The container's waiting reason or its end, or what the scheduler says; nil if the pod itself says nothing.
    var cause: String? {
        for state in states {
            if let waiting = state.waiting, let reason = waiting.reason, reason != "ContainerCreating" {
                return Self.joined(reason, waiting.message)
            }
            if let end = state.terminated, end.exitCode != 0 {
                return Self.joined("\(end.reason ?? "ended") with status \(end.exitCode ?? -1)", end.message)
            }
        }
        if let condition = status?.conditions?.first(where: { $0.type == "PodScheduled" && $0.status == "False" }) {
            return Self.joined(condition.reason ?? "not scheduled", condition.message)
        }
        return status?.message
    }

    /// The image is not there and cannot be had; that is no fault of what is measured.
    var lacksImage: Bool {
        states.contains {
            ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"].contains($0.waiting?.reason)
        }
    }

    private static func joined(_ reason: String, _ message: String?) -> String {
        guard let message, !message.isEmpty else { return reason }
        return "\(reason): \(message.prefix(200))"
    }
}

/// What the cluster wrote about an object.
struct ActiveEvent: KubernetesObject {
    struct Object: Sendable, Decodable { var name: String? }
    var metadata: Metadata?
    var involvedObject: Object?
    var type: String?
    var reason: String?
    var message: String?

    /// Warnings about one object, without repetitions, newest last.
    static func warnings(_ events: [ActiveEvent], about name: String) -> [String] {
        var lines: [String] = []
        for event in events where event.type == "Warning" && event.involvedObject?.name == name {
            let line = "\(event.reason ?? "Warning"): \((event.message ?? "").prefix(240))"
            if !lines.contains(line) { lines.append(line) }
        }
        return Array(lines.suffix(3))
    }
}
