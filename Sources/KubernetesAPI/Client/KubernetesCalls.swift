/// What engines ask of a cluster; tests answer it from recorded JSON.
package protocol KubernetesCalls: Sendable {
    func get(_ path: String) async throws(KubernetesError) -> JSONValue
    func list(
        _ path: String, labels: String?, fields: String?
    ) async throws(KubernetesError) -> KubernetesList<JSONValue>
    func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String
    func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer
    func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult
    func create(_ path: String, _ body: JSONValue) async throws(KubernetesError)
    func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError)
    func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError)
    func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError)
    /// What is not there is an error with code 404.
    func delete(_ path: String, selector: String?) async throws(KubernetesError)
}

/// A real cluster.
package struct ClusterCalls: KubernetesCalls {
    package let client: KubernetesClient
    /// Owns the fields of what is applied.
    package let fieldManager: String

    package init(_ client: KubernetesClient, fieldManager: String) {
        self.client = client
        self.fieldManager = fieldManager
    }

    package func get(_ path: String) async throws(KubernetesError) -> JSONValue { try await client.value(path) }

    package func list(
        _ path: String, labels: String?, fields: String?
    ) async throws(KubernetesError) -> KubernetesList<JSONValue> {
        try await client.list(path, of: JSONValue.self, labels: labels, fields: fields)
    }

    package func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String {
        try await client.logs(namespace: namespace, pod: pod, container: container, tail: tail, previous: previous)
    }

    package func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer {
        try await client.proxy(request)
    }

    package func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult {
        try await client.exec(
            namespace: namespace, pod: pod, container: container, command: command, stdin: Array(input.utf8),
            timeout: timeout)
    }

    package func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        _ = try await client.create(path, body)
    }

    package func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        _ = try await client.apply(path, body, fieldManager: fieldManager, force: true)
    }

    package func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        _ = try await client.patch(path, body)
    }

    package func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        _ = try await client.replace(path, body)
    }

    package func delete(_ path: String, selector: String?) async throws(KubernetesError) {
        try await client.delete(path, query: selector.map { [("labelSelector", $0)] } ?? [])
    }
}
