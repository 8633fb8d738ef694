package import KubernetesAPI
package import WebClient

/// What functions need of a cluster beyond the usual calls.
package protocol FunctionCluster: KubernetesCalls {
    /// Server-side apply that changes nothing: what the API server and its webhooks say of it.
    func tryApply(_ path: String, _ body: JSONValue) async throws(KubernetesError)
    /// Ends a pod without its grace period: what happens when a node loses power.
    func kill(pod: String, in namespace: String) async throws(KubernetesError)
    /// As `proxy`, but carried to one of the Service's pods unread, so that credentials arrive.
    func forward(_ request: ProxyRequest, security: ForwardSecurity) async throws(KubernetesError) -> ProxyAnswer
    /// Text of a port of a pod, through the API server.
    func podText(
        namespace: String, pod: String, port: Int, path: String
    ) async throws(KubernetesError) -> String
}

extension ClusterCalls: FunctionCluster {
    package func tryApply(_ path: String, _ body: JSONValue) async throws(KubernetesError) {
        _ = try await client.apply(path, body, fieldManager: fieldManager, force: true, isTrial: true)
    }

    package func kill(pod: String, in namespace: String) async throws(KubernetesError) {
        try await client.delete(
            "/api/v1/namespaces/\(PathText.escaped(namespace))/pods/\(PathText.escaped(pod))", gracePeriodSeconds: 0)
    }

    package func forward(
        _ request: ProxyRequest, security: ForwardSecurity
    ) async throws(KubernetesError) -> ProxyAnswer {
        try await client.forward(request, security: security)
    }

    package func podText(
        namespace: String, pod: String, port: Int, path: String
    ) async throws(KubernetesError) -> String {
        try await client.text(
            "/api/v1/namespaces/\(PathText.escaped(namespace))/pods/\(PathText.escaped(pod)):\(port)/proxy\(path)")
    }
}

/// Requests past the API server.
package protocol WebCalls: Sendable {
    func send(_ request: WebRequest) async throws(WebError) -> WebResponse
}

extension WebClient: WebCalls {}
