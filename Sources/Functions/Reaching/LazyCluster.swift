internal import Diagnostics
package import KubernetesAPI
internal import Synchronization

/// A cluster that is opened when it is first asked something: an invocation whose way is known asks it nothing.
package final class LazyCluster: FunctionCluster {
    private let opener: @Sendable () async throws -> any FunctionCluster
    private let opened = Mutex<Task<any FunctionCluster, any Error>?>(nil)

    /// - Parameter opener: called once at most; throws `Diagnostic` or `Diagnostics`.
    package init(_ opener: @escaping @Sendable () async throws -> any FunctionCluster) { self.opener = opener }

    /// The cluster itself.
    package func open() async throws(KubernetesError) -> any FunctionCluster {
        let task = opened.withLock { known in
            let task = known ?? Task { [opener] in try await opener() }
            known = task
            return task
        }
        switch await task.result {
        case .success(let cluster): return cluster
        case .failure(let error as KubernetesError): throw error
        case .failure(let error as Diagnostic): throw .credentials(error)
        case .failure(let error as Diagnostics):
            throw .credentials(
                error.list.first { $0.severity == .error }
                    ?? Diagnostic(code: "function.cluster", "there is no cluster"))
        case .failure(let error):
            throw .credentials(Diagnostic(code: "function.cluster", "the cluster cannot be opened: \(error)"))
        }
    }

    package func get(_ path: String) async throws(KubernetesError) -> JSONValue { try await open().get(path) }

    package func list(
        _ path: String, labels: String?, fields: String?
    ) async throws(KubernetesError) -> KubernetesList<JSONValue> {
        try await open().list(path, labels: labels, fields: fields)
    }

    package func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String {
        try await open().logs(namespace: namespace, pod: pod, container: container, tail: tail, previous: previous)
    }

    package func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer {
        try await open().proxy(request)
    }

    package func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult {
        try await open().exec(
            namespace: namespace, pod: pod, container: container, command: command, input: input, timeout: timeout)
    }

    package func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        try await open().create(path, body)
    }

    package func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        try await open().apply(path, body)
    }

    package func tryApply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        try await open().tryApply(path, body)
    }

    package func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        try await open().patch(path, body)
    }

    package func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        try await open().replace(path, body)
    }

    package func delete(_ path: String, selector: String?) async throws(KubernetesError) {
        try await open().delete(path, selector: selector)
    }

    package func kill(pod: String, in namespace: String) async throws(KubernetesError) {
        try await open().kill(pod: pod, in: namespace)
    }

    package func forward(
        _ request: ProxyRequest, security: ForwardSecurity
    ) async throws(KubernetesError) -> ProxyAnswer {
        try await open().forward(request, security: security)
    }

    package func podText(
        namespace: String, pod: String, port: Int, path: String
    ) async throws(KubernetesError) -> String {
        try await open().podText(namespace: namespace, pod: pod, port: port, path: path)
    }
}
