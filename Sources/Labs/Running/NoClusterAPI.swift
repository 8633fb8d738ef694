package import KubernetesAPI
internal import WebClient

/// For labs that have to do with this machine only: whoever asks it for a cluster hears that there is none.
package struct NoClusterAPI: LabAPI {
    package init() {}

    private var nothing: KubernetesError {
        .unreachable(.unreachable(url: "", reason: "this lab has no cluster"))
    }

    package func get(_ path: String) async throws(KubernetesError) -> JSONValue { throw nothing }
    package func list(
        _ path: String, labels: String?, fields: String?
    ) async throws(KubernetesError) -> KubernetesList<JSONValue> { throw nothing }
    package func logs(
        namespace: String, pod: String, container: String?, tail: Int?, previous: Bool
    ) async throws(KubernetesError) -> String { throw nothing }
    package func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer { throw nothing }
    package func exec(
        namespace: String, pod: String, container: String?, command: [String], input: String, timeout: Duration
    ) async throws(KubernetesError) -> ExecResult { throw nothing }
    package func create(_ path: String, _ body: JSONValue) async throws(KubernetesError) { throw nothing }
    package func apply(_ path: String, _ body: JSONValue) async throws(KubernetesError) { throw nothing }
    package func patch(_ path: String, _ body: JSONValue) async throws(KubernetesError) { throw nothing }
    package func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) { throw nothing }
    package func delete(_ path: String, selector: String?) async throws(KubernetesError) { throw nothing }
}
