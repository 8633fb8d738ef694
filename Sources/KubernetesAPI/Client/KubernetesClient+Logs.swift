extension KubernetesClient {
    /// What a container wrote.
    ///
    /// - Parameter tail: Lines from the end; nil is everything within `limit`.
    /// - Parameter previous: Of the container's last run before this one.
    /// - Parameter limit: In bytes; the server sends no more.
    package func logs(
        namespace: String, pod: String, container: String? = nil, tail: Int? = 100, previous: Bool = false,
        limit: Int = 4 << 20
    ) async throws(KubernetesError) -> String {
        var query = [("limitBytes", String(limit))]
        if let container { query.append(("container", container)) }
        if let tail { query.append(("tailLines", String(tail))) }
        if previous { query.append(("previous", "true")) }
        let path = "/api/v1/namespaces/\(APICall.escaped(namespace))/pods/\(APICall.escaped(pod))/log"
        return try await text(path, query: query, limit: limit + 4096)
    }
}
