package import KubernetesAPI

/// Why the pods of a workload are not ready, in the words of the cluster: which node, which image, which error.
package struct PodTrouble: Sendable {
    let client: KubernetesClient

    package init(_ client: KubernetesClient) { self.client = client }

    /// At most a few lines; empty where nothing can be asked.
    package func causes(kind: String, name: String, namespace: String) async -> [String] {
        let base = "/api/v1/namespaces/\(PathText.escaped(namespace))"
        let plural = KnownKinds.find(kind.lowercased())?.plural ?? "deployments"
        let path = "/apis/apps/v1/namespaces/\(PathText.escaped(namespace))/\(plural)/\(PathText.escaped(name))"
        guard let object = try? await client.value(path) else { return [] }
        let labels = object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
        let selector = labels.map { "\($0.key)=\($0.value.text)" }.sorted().joined(separator: ",")
        guard !selector.isEmpty, let pods = try? await client.list("\(base)/pods", of: JSONValue.self, labels: selector)
        else { return [] }
        var lines: [String] = []
        for pod in pods.items where !pod.isReadyPod {
            if let problem = Self.words(pod) { lines.append(problem) }
        }
        if pods.items.isEmpty { lines += await quotaWords(object, namespace) }
        return Array(lines.prefix(5))
    }

    /// `pod gateway-7c on worker-1: container gateway waits: ImagePullBackOff: ...`; pure.
    package static func words(_ pod: JSONValue) -> String? {
        guard let problem = pod.podProblem else {
            let isWaiting = pod["spec"]?["nodeName"]?.string == nil && !pod.isBeingDeleted
            return isWaiting ? "pod \(pod.objectName): no node has been chosen for it yet" : nil
        }
        let node = pod["spec"]?["nodeName"]?.string.map { " on \($0)" } ?? ""
        var image = ""
        let states =
            (pod["status"]?["initContainerStatuses"]?.array ?? []) + (pod["status"]?["containerStatuses"]?.array ?? [])
        let pulls = [
            "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable",
        ]
        if let state = states.first(where: { pulls.contains($0["state"]?["waiting"]?["reason"]?.string ?? "") }),
            let name = state["image"]?.string, !problem.contains(name)
        {
            image = " (image \(name))"
        }
        return "pod \(pod.objectName)\(node): \(problem)\(image)"
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

/// Finds objects by kind, names and selector, in one namespace or all.
package struct ObjectSearch: Sendable {
    let client: KubernetesClient

    package init(_ client: KubernetesClient) { self.client = client }

    /// Empty if the kind is not served; each object says what it is.
    package func find(_ objects: FrameworkRemoval.Objects) async throws -> [JSONValue] {
        let paths = KindPaths { [client] (path) async throws(KubernetesError) in try await client.value(path) }
        let resolved: ObjectKind
        do {
            resolved = try await paths.resolve(ObjectKind(objects.apiVersion, objects.kind, plural: nil))
        } catch is KindPaths
            .NotServed
        {
            return []
        }
        let base = objects.apiVersion.contains("/") ? "/apis/\(objects.apiVersion)" : "/api/\(objects.apiVersion)"
        let place =
            resolved.isNamespaced ? objects.namespace.map { "/namespaces/\(PathText.escaped($0))" } ?? "" : ""
        do throws(KubernetesError) {
            let found = try await client.list(
                "\(base)\(place)/\(resolved.plural ?? "")", of: JSONValue.self, labels: objects.selector)
            return found.items.filter { objects.names.isEmpty || objects.names.contains($0.objectName) }.map { item in
                var item = item
                item["apiVersion"] = .string(objects.apiVersion)
                item["kind"] = .string(objects.kind)
                return item
            }
        } catch {
            guard error.isNotFound else { throw error }
            return []
        }
    }
}
