package import KubernetesAPI

/// Plays the scheduler and the kubelet for the pods of some namespaces, as there are no hosts.
///
/// They are bound to the node `played`, run at once (those of a Job end well), and end when they are deleted. The statuses are those
/// that a kubelet writes (core/v1 PodStatus).
package struct PlayedKubelet: Sendable {
    /// A part of the name of an image that cannot be pulled.
    package static let missingImage = "not-there"

    let client: KubernetesClient
    let namespaces: [String]

    package init(_ client: KubernetesClient, namespaces: [String]) {
        self.client = client
        self.namespaces = namespaces
    }

    /// Plays until the work is done; no call of it comes later, as tests count theirs.
    package func during<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        let player = Task { await play() }
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        player.cancel()
        await player.value
        return try result.get()
    }

    private func play() async {
        while !Task.isCancelled {
            for namespace in namespaces {
                let pods = try? await client.list("/api/v1/namespaces/\(namespace)/pods", of: JSONValue.self)
                for pod in pods?.items ?? [] { try? await step(pod, namespace) }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func step(_ pod: JSONValue, _ namespace: String) async throws(KubernetesError) {
        let path = "/api/v1/namespaces/\(namespace)/pods/\(pod.objectName)"
        guard !pod.isBeingDeleted else { return try await client.delete(path, gracePeriodSeconds: 0) }
        if pod["spec"]?["nodeName"]?.string == nil {
            _ = try await client.create(
                "\(path)/binding",
                [
                    "apiVersion": "v1", "kind": "Binding", "metadata": ["name": .string(pod.objectName)],
                    "target": ["apiVersion": "v1", "kind": "Node", "name": "played"],
                ])
            return
        }
        guard pod["status"]?["containerStatuses"] == nil else { return }
        let containers = pod["spec"]?["containers"]?.array ?? []
        let isMissing = containers.contains { $0["image"]?.string?.contains(Self.missingImage) ?? false }
        let isJob = pod["spec"]?["restartPolicy"]?.string == "Never"
        let states = containers.map { container in
            status(of: container, isMissing: isMissing, isJob: isJob)
        }
        let phase = isMissing ? "Pending" : isJob ? "Succeeded" : "Running"
        _ = try await client.patch(
            "\(path)/status",
            [
                "status": [
                    "phase": .string(phase), "podIP": "10.244.0.9", "containerStatuses": .array(states),
                    "conditions": [
                        ["type": "PodScheduled", "status": "True"],
                        ["type": "Ready", "status": .string(isMissing || isJob ? "False" : "True")],
                    ],
                ]
            ])
    }

    private func status(of container: JSONValue, isMissing: Bool, isJob: Bool) -> JSONValue {
        var state: JSONValue = ["running": ["startedAt": "2026-01-01T00:00:00Z"]]
        if isJob { state = ["terminated": ["exitCode": 0, "reason": "Completed"]] }
        if isMissing { state = ["waiting": ["reason": "ImagePullBackOff", "message": "manifest unknown"]] }
        return [
            "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "",
            "ready": .bool(!isMissing && !isJob), "restartCount": 0, "state": state,
        ]
    }
}
