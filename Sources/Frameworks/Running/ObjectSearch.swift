package import KubernetesAPI

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
