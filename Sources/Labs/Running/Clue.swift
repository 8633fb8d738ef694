internal import KubernetesAPI

/// What a failed check may be asked further, once its verdict is there.
package enum Clue: Sendable, Hashable {
    /// It is not there, and may be elsewhere or under another name.
    case missing(ObjectReference)
    /// It is there, and its pods are not as they should be; `pods` is their selector.
    case unready(ObjectReference, pods: String)

    /// Lines for the report; what cannot be asked is left out.
    func lines(_ context: CheckContext) async -> [String] {
        switch self {
        case .missing(let reference): await Whereabouts(context).lines(of: reference)
        case .unready(let reference, let selector):
            await PodTroubles(context).lines(of: reference, pods: selector)
        }
    }
}

/// Why pods do not come, or end: what the API server noted, and their last words.
struct PodTroubles: Sendable {
    let context: CheckContext

    init(_ context: CheckContext) { self.context = context }

    /// Of so many pods and lines.
    private static let mostPods = 2
    private static let mostLines = 3

    func lines(of owner: ObjectReference, pods selector: String) async -> [String] {
        guard !selector.isEmpty, let pods = try? await context.pods(selector, namespace: owner.namespace) else {
            return []
        }
        if pods.isEmpty { return await warning(about: owner).map { ["none of its pods is there: \($0)"] } ?? [] }
        var lines: [String] = []
        for pod in pods.filter({ !$0.isReadyPod }).prefix(Self.mostPods) {
            lines += await lastWords(of: pod, namespace: context.namespace(owner.namespace))
        }
        return lines
    }

    /// The newest event of the kind Warning.
    private func warning(about owner: ObjectReference) async -> String? {
        let path = "/api/v1/namespaces/\(PathText.escaped(context.namespace(owner.namespace)))/events"
        let fields = "involvedObject.name=\(context.fill(owner.name)),involvedObject.kind=\(owner.kind.kind)"
        guard let list = try? await context.api.list(path, labels: nil, fields: fields) else { return nil }
        let warnings = list.items.filter { event in
            event["type"]?.string == "Warning" && event["involvedObject"]?["name"]?.string == context.fill(owner.name)
        }
        return warnings.max { Self.time($0) < Self.time($1) }?["message"]?.string?.shortened(300)
    }

    private static func time(_ event: JSONValue) -> String {
        event["lastTimestamp"]?.string ?? event["eventTime"]?.string ?? ""
    }

    /// The last lines of the containers that ended with an error.
    private func lastWords(of pod: JSONValue, namespace: String) async -> [String] {
        let states =
            (pod["status"]?["initContainerStatuses"]?.array ?? [])
            + (pod["status"]?["containerStatuses"]?.array ?? [])
        var lines: [String] = []
        for state in states {
            // A container that waits for its next start has said why in the run before.
            let isWaiting = state["state"]?["waiting"] != nil
            let ended = state[isWaiting ? "lastState" : "state"]?["terminated"]
            guard let code = ended?["exitCode"]?.int, code != 0, let name = state["name"]?.string,
                let text = try? await context.api.logs(
                    namespace: namespace, pod: pod.objectName, container: name, tail: Self.mostLines,
                    previous: isWaiting),
                // The kubelet's answer, with status 200, for a container that was taken away.
                !text.hasPrefix("unable to retrieve container logs")
            else { continue }
            let said = text.split(separator: "\n").suffix(Self.mostLines).map { String($0).shortened(200) }
            lines += said.map { "\(pod.objectName) said before it ended with status \(code): \($0)" }
        }
        return lines
    }
}
