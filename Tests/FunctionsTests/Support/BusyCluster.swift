import KubernetesAPI
import Synchronization

@testable import Functions

/// A cluster in which somebody else changes an object between its being read and its being replaced.
final class BusyCluster: FunctionCluster {
    private let table: TableCluster
    private let path: String
    private let turn = Mutex(0)
    private let change: @Sendable (Int) -> Void

    /// - Parameter change: called before each replacement of the object, with how many it makes, from 1 on.
    init(_ table: TableCluster, before path: String, change: @escaping @Sendable (Int) -> Void) {
        self.table = table
        self.path = path
        self.change = change
    }

    func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        if path == self.path {
            change(
                turn.withLock {
                    $0 += 1
                    return $0
                })
        }
        try await table.replace(path, body)
    }

    func get(_ path: String) async throws(KubernetesError) -> JSONValue { try await table.get(path) }

    func list(
        _ path: String, labels: String?, fields: String?
    ) async throws(KubernetesError) -> KubernetesList<JSONValue> {
        try await table.list(path, labels: labels, fields: fields)
    }

    func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String {
        try await table.logs(namespace: namespace, pod: pod, container: container, tail: tail, previous: previous)
    }

    func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer { try await table.proxy(request) }

    func forward(_ request: ProxyRequest, security: ForwardSecurity) async throws(KubernetesError) -> ProxyAnswer {
        try await table.forward(request, security: security)
    }

    func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult {
        try await table.exec(
            namespace: namespace, pod: pod, container: container, command: command, input: input, timeout: timeout)
    }

    func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) { try await table.create(path, body) }
    func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError) { try await table.apply(path, body) }
    func tryApply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        try await table.tryApply(path, body)
    }
    func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError) { try await table.patch(path, body) }

    func delete(_ path: String, selector: String?) async throws(KubernetesError) {
        try await table.delete(path, selector: selector)
    }

    func kill(pod: String, in namespace: String) async throws(KubernetesError) {
        try await table.kill(pod: pod, in: namespace)
    }

    func podText(
        namespace: String, pod: String, port: Int, path: String
    ) async throws(KubernetesError) -> String {
        try await table.podText(namespace: namespace, pod: pod, port: port, path: path)
    }
}
