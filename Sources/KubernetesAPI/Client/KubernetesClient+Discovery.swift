internal import WebClient

/// A kind of object that a server has.
package struct APIResource: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    package var version: String
    /// Plural, as in paths, `deployments`; subresources have a slash, `pods/log`.
    package var name: String
    package var kind: String
    package var isNamespaced: Bool
    package var verbs: [String]

    /// As objects write it: `v1`, `apps/v1`.
    package var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of all of them, or of those in one namespace.
    package func path(namespace: String? = nil) -> String {
        let base = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        guard isNamespaced, let namespace else { return "\(base)/\(name)" }
        return "\(base)/namespaces/\(APICall.escaped(namespace))/\(name)"
    }
}

/// What a server has, and what it could not say because an aggregated API does not answer.
package struct APIDiscovery: Sendable {
    package var resources: [APIResource]
    /// The version that each group prefers; the core group's name is empty.
    package var preferredVersions: [String: String]
    /// Group versions whose resources are not known.
    package var failures: [String: KubernetesError]

    /// Of the version that the group prefers, else of any that has it; subresources have a slash in their names.
    package func resource(kind: String, group: String = "") -> APIResource? {
        let candidates = resources.filter { $0.kind == kind && $0.group == group && !$0.name.contains("/") }
        return candidates.first { $0.version == preferredVersions[group] } ?? candidates.first
    }
}

extension KubernetesClient {
    /// Asks for all groups, versions and resources, several at a time.
    ///
    /// A group version that does not answer is listed under `failures` and does not spoil the rest.
    package func discovery() async throws(KubernetesError) -> APIDiscovery {
        let core = try await get("/api", as: CoreVersions.self)
        let groups = try await get("/apis", as: GroupList.self)
        var found = APIDiscovery(resources: [], preferredVersions: [:], failures: [:])
        var wanted: [(group: String, version: String)] = (core.versions ?? []).map { ("", $0) }
        if let first = core.versions?.first { found.preferredVersions[""] = first }
        for group in groups.groups ?? [] {
            guard let name = group.name else { continue }
            wanted += (group.versions ?? []).compactMap { $0.version }.map { (name, $0) }
            found.preferredVersions[name] = group.preferredVersion?.version
        }
        let answers = await withTaskGroup(
            of: (Int, Result<ResourceList, KubernetesError>).self,
            returning: [Int: Result<ResourceList, KubernetesError>].self
        ) { tasks in
            for (index, item) in wanted.enumerated() {
                let path = item.group.isEmpty ? "/api/\(item.version)" : "/apis/\(item.group)/\(item.version)"
                tasks.addTask { (index, await self.resources(of: path)) }
            }
            return await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (index, item) in wanted.enumerated() {
            switch answers[index] {
            case .success(let list): found.resources += list.resources(item.group, item.version)
            case .failure(.unreachable(.cancelled)): throw .unreachable(.cancelled)
            case .failure(let error):
                found.failures[item.group.isEmpty ? item.version : "\(item.group)/\(item.version)"] = error
            case nil: break
            }
        }
        return found
    }

    private func resources(of path: String) async -> Result<ResourceList, KubernetesError> {
        do throws(KubernetesError) { return .success(try await get(path, as: ResourceList.self)) } catch {
            return .failure(error)
        }
    }
}

private struct CoreVersions: Decodable { var versions: [String]? }

private struct GroupList: Decodable {
    struct Version: Decodable { var version: String? }
    struct Group: Decodable {
        var name: String?
        var versions: [Version]?
        var preferredVersion: Version?
    }

    var groups: [Group]?
}

private struct ResourceList: Decodable {
    struct Resource: Decodable {
        var name: String?
        var kind: String?
        var namespaced: Bool?
        var verbs: [String]?
        /// Only where they differ from those of the list.
        var group: String?
        var version: String?
    }

    var resources: [Resource]?

    func resources(_ group: String, _ version: String) -> [APIResource] {
        (resources ?? []).compactMap { resource in
            guard let name = resource.name, let kind = resource.kind else { return nil }
            return APIResource(
                group: group, version: version, name: name, kind: kind, isNamespaced: resource.namespaced ?? false,
                verbs: resource.verbs ?? [])
        }
    }
}
