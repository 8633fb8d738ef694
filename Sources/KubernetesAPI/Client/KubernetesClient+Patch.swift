internal import WebClient

/// How the body of a patch is meant.
package enum PatchType: String, Sendable, Hashable {
    /// Objects are merged, `null` removes, lists are replaced (RFC 7396).
    case merge = "application/merge-patch+json"
    /// As merge, and lists are merged by keys that Kubernetes knows; only for types that are built in.
    case strategic = "application/strategic-merge-patch+json"
    /// A list of operations (RFC 6902).
    case operations = "application/json-patch+json"
}

extension KubernetesClient {
    /// Server-side apply: makes the object what `body` says, and owns those fields from then on.
    ///
    /// Fields that other managers own and that would change are `KubernetesError.conflicts`, unless `force` takes them.
    ///
    /// - Parameter isTrial: everything is checked, by webhooks, too, and nothing is kept (`dryRun=All`).
    package func apply(
        _ path: String, _ body: JSONValue, fieldManager: String, force: Bool = false, isTrial: Bool = false
    ) async throws(KubernetesError) -> JSONValue {
        var query = [("fieldManager", fieldManager)]
        if isTrial { query.append(("dryRun", "All")) }
        if force { query.append(("force", "true")) }
        // The same apply twice is as good as once, so it may be repeated. JSON is YAML, which this type demands.
        let response = try await send(
            APICall(
                method: .patch, path: path, query: query, body: try JSONCoding.encode(body, path: path),
                contentType: "application/apply-patch+yaml", isRepeatable: true))
        return try JSONCoding.decode(JSONValue.self, response.body, path: path)
    }

    /// Changes parts of an object.
    package func patch(
        _ path: String, _ body: JSONValue, type: PatchType = .merge
    ) async throws(KubernetesError) -> JSONValue {
        let response = try await send(
            APICall(
                method: .patch, path: path, body: try JSONCoding.encode(body, path: path), contentType: type.rawValue,
                isRepeatable: type == .merge))
        return try JSONCoding.decode(JSONValue.self, response.body, path: path)
    }
}
