package import KubernetesAPI

/// The paths of kinds in one cluster: as its server says, and of definitions that are about to be made as they say.
package struct ResourceTable: Sendable {
    package struct Entry: Sendable, Hashable {
        package var plural: String
        package var isNamespaced: Bool
    }

    private var entries: [String: Entry] = [:]
    private var planned: [String: Entry] = [:]
    /// Group versions that were asked for.
    private var asked: Set<String> = []

    package init() {}

    /// Asks for the group versions that are not known yet, several at a time.
    ///
    /// - Parameter isAskedAgain: also for those that are known: kinds may have come.
    package mutating func learn(
        _ versions: Set<String>, _ client: KubernetesClient, isAskedAgain: Bool = false
    ) async throws(KubernetesError) {
        let wanted = (isAskedAgain ? versions : versions.subtracting(asked)).sorted()
        let answers = await withTaskGroup(
            of: (String, Result<JSONValue, KubernetesError>).self,
            returning: [String: Result<JSONValue, KubernetesError>].self
        ) { group in
            for version in wanted {
                let path = version.contains("/") ? "/apis/\(version)" : "/api/\(version)"
                group.addTask { (version, await client.attempt(path)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for version in wanted {
            switch answers[version] {
            case .success(let list): add(list, version)
            // The group may come with the framework itself; it is asked again when something of it is needed.
            case .failure(let error) where error.isNotFound: break
            case .failure(let error): throw error
            case nil: break
            }
        }
    }

    private mutating func add(_ list: JSONValue, _ version: String) {
        asked.insert(version)
        for resource in list["resources"]?.array ?? [] {
            guard let plural = resource["name"]?.string, !plural.contains("/"), let kind = resource["kind"]?.string
            else {
                continue
            }
            entries["\(version) \(kind)"] = Entry(plural: plural, isNamespaced: resource["namespaced"]?.bool ?? true)
        }
    }

    /// Definitions among objects that will be applied.
    package mutating func add(definitionsAmong objects: [DesiredObject]) {
        for object in objects where object.id.kind == "CustomResourceDefinition" {
            let spec = object.body["spec"]
            guard let group = spec?["group"]?.string, let kind = spec?["names"]?["kind"]?.string,
                let plural = spec?["names"]?["plural"]?.string
            else { continue }
            let entry = Entry(plural: plural, isNamespaced: spec?["scope"]?.string != "Cluster")
            for version in spec?["versions"]?.array?.compactMap({ $0["name"]?.string }) ?? [] {
                planned["\(group)/\(version) \(kind)"] = entry
            }
        }
    }

    /// The server has it now.
    package func isServed(_ apiVersion: String, _ kind: String) -> Bool { entries["\(apiVersion) \(kind)"] != nil }

    package func entry(_ apiVersion: String, _ kind: String) -> Entry? {
        entries["\(apiVersion) \(kind)"] ?? planned["\(apiVersion) \(kind)"]
    }

    /// By `apiVersion kind`, for rendering.
    package var scopes: [String: Bool] { entries.mapValues(\.isNamespaced) }

    /// Of the collection; nil for a kind that is not known.
    package func collection(_ apiVersion: String, _ kind: String, namespace: String? = nil) -> String? {
        guard let entry = entry(apiVersion, kind) else { return nil }
        let base = apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
        guard entry.isNamespaced, let namespace, !namespace.isEmpty else { return "\(base)/\(entry.plural)" }
        return "\(base)/namespaces/\(PathText.escaped(namespace))/\(entry.plural)"
    }

    package func path(_ id: ObjectID) -> String? {
        collection(id.apiVersion, id.kind, namespace: id.namespace).map { "\($0)/\(PathText.escaped(id.name))" }
    }
}
