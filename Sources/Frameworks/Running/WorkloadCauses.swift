package import KubernetesAPI

/// Why the pods of a workload are not ready, in the words of the cluster: which node, which image, which error.
package struct WorkloadCauses: Sendable {
    let client: KubernetesClient

    package init(_ client: KubernetesClient) { self.client = client }

    /// At most a few lines; empty where nothing can be asked.
    package func causes(kind: String, name: String, namespace: String) async -> [String] {
        guard let (object, pods) = await workload(kind: kind, name: name, namespace: namespace) else { return [] }
        var lines: [String] = []
        for pod in pods where !pod.isReadyPod {
            guard let trouble = await trouble(pod, namespace) else {
                if let words = Self.words(pod) { lines.append(words) }
                continue
            }
            lines.append(trouble.fullText)
            lines += await lastWords(trouble, namespace)
        }
        if pods.isEmpty { lines += await quotaWords(object, namespace) }
        return Array(lines.prefix(5))
    }

    /// What waiting alone does not end, of all pods of a workload.
    func lasting(kind: String, name: String, namespace: String) async -> [PodTrouble] {
        guard let (_, pods) = await workload(kind: kind, name: name, namespace: namespace) else { return [] }
        var troubles: [PodTrouble] = []
        for pod in pods where !pod.isReadyPod {
            if let trouble = await trouble(pod, namespace), trouble.kind.isLasting { troubles.append(trouble) }
        }
        return troubles
    }

    private func workload(
        kind: String, name: String, namespace: String
    ) async -> (object: JSONValue, pods: [JSONValue])? {
        let plural = KnownKinds.find(kind.lowercased())?.plural ?? "deployments"
        let path = "/apis/apps/v1/namespaces/\(PathText.escaped(namespace))/\(plural)/\(PathText.escaped(name))"
        guard let object = try? await client.value(path) else { return nil }
        let labels = object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
        let selector = labels.map { "\($0.key)=\($0.value.text)" }.sorted().joined(separator: ",")
        let list = "/api/v1/namespaces/\(PathText.escaped(namespace))/pods"
        guard !selector.isEmpty, let pods = try? await client.list(list, of: JSONValue.self, labels: selector) else {
            return nil
        }
        return (object, pods.items)
    }

    /// With the error of an image out of the pod's events.
    private func trouble(_ pod: JSONValue, _ namespace: String) async -> PodTrouble? {
        guard var trouble = PodTrouble.of(pod) else { return nil }
        guard trouble.kind == .image else { return trouble }
        let path = "/api/v1/namespaces/\(PathText.escaped(namespace))/events"
        let field = "involvedObject.name=\(pod.objectName)"
        if let events = try? await client.list(path, of: JSONValue.self, fields: field) {
            trouble.take(events: events.items)
        }
        return trouble
    }

    /// What a container wrote before it ended.
    private func lastWords(_ trouble: PodTrouble, _ namespace: String) async -> [String] {
        guard trouble.exitStatus != nil, !trouble.container.isEmpty,
            let text = try? await client.logs(
                namespace: namespace, pod: trouble.pod, container: trouble.container, tail: 2,
                previous: trouble.kind == .crash)
        else { return [] }
        return text.split(separator: "\n").suffix(2).map { "it wrote: " + String($0).shortened(300) }
    }

    /// `pod gateway-7c on worker-1: container gateway waits: ImagePullBackOff: ...`; pure.
    package static func words(_ pod: JSONValue) -> String? {
        if let trouble = PodTrouble.of(pod) { return trouble.fullText }
        let isWaiting = pod["spec"]?["nodeName"]?.string == nil && !pod.isBeingDeleted
        return isWaiting ? "pod \(pod.objectName): no node has been chosen for it yet" : nil
    }

    /// A workload without pods: its ReplicaSets and its events say why none is let in.
    private func quotaWords(_ object: JSONValue, _ namespace: String) async -> [String] {
        guard
            let events = try? await client.list(
                "/api/v1/namespaces/\(PathText.escaped(namespace))/events", of: JSONValue.self, fields: "type=Warning")
        else { return [] }
        let related = events.items.filter { event in
            event["involvedObject"]?["name"]?.string?.hasPrefix(object.objectName) ?? false
        }
        return related.suffix(3).compactMap { event in event["message"]?.string.map { $0.shortened(300) } }
    }

    /// The last lines of a Job's pods.
    func log(job: String, namespace: String) async -> [String] {
        let base = "/api/v1/namespaces/\(PathText.escaped(namespace))/pods"
        guard let pods = try? await client.list(base, of: JSONValue.self, labels: "job-name=\(job)"),
            let pod = pods.items.last,
            let text = try? await client.logs(namespace: namespace, pod: pod.objectName, tail: 10)
        else { return [] }
        return text.split(separator: "\n").suffix(10).map { String($0).shortened(200) }
    }
}
