/// Finds the paths of kinds; asks the server only for kinds that are not known or have moved.
package actor KindPaths {
    /// The server does not have the kind.
    package struct NotServed: Error, Sendable { package var kind: String }

    package typealias Reading = @Sendable (_ path: String) async throws(KubernetesError) -> JSONValue

    private let read: Reading
    /// Plural and scope by `apiVersion kind`; nil is asked and not there.
    private var resources: [String: [String: (plural: String, isNamespaced: Bool)]] = [:]

    package init(_ read: @escaping Reading) { self.read = read }

    /// Of the collection; of a cluster-wide kind the namespace does not count.
    package func path(_ kind: ObjectKind, namespace: String) async throws -> String {
        let resolved = try await resolve(kind)
        let base = resolved.apiVersion.contains("/") ? "/apis/\(resolved.apiVersion)" : "/api/\(resolved.apiVersion)"
        guard resolved.isNamespaced else { return "\(base)/\(resolved.plural ?? "")" }
        return "\(base)/namespaces/\(PathText.escaped(namespace))/\(resolved.plural ?? "")"
    }

    /// The version that the server has.
    package func resolve(_ kind: ObjectKind) async throws -> ObjectKind {
        if kind.plural != nil, kind.older.isEmpty { return kind }
        for version in [kind.apiVersion] + kind.older {
            guard let found = try await resource(version, kind.kind) else { continue }
            var resolved = kind
            resolved.apiVersion = version
            resolved.plural = found.plural
            resolved.isNamespaced = found.isNamespaced
            return resolved
        }
        throw NotServed(kind: "\(kind.apiVersion) \(kind.kind)")
    }

    private func resource(_ version: String, _ kind: String) async throws -> (plural: String, isNamespaced: Bool)? {
        if let known = resources[version] { return known[kind] }
        var found: [String: (plural: String, isNamespaced: Bool)] = [:]
        do {
            let list = try await read(version.contains("/") ? "/apis/\(version)" : "/api/\(version)")
            for resource in list["resources"]?.array ?? [] {
                guard let name = resource["name"]?.string, !name.contains("/"), let kind = resource["kind"]?.string
                else { continue }
                found[kind] = (name, resource["namespaced"]?.bool ?? true)
            }
        } catch {
            // A group that was just installed must be found at the next look.
            guard error.isNotFound else { throw error }
            return nil
        }
        resources[version] = found
        return found[kind]
    }
}
