package import KubernetesAPI

/// Asks a cluster what a plan depends on: one list for each kind, and single objects where a list cannot tell.
package struct ClusterObserver: Sendable {
    package let client: KubernetesClient
    package private(set) var table = ResourceTable()
    private var lists: [String: [JSONValue]] = [:]

    package init(_ client: KubernetesClient) { self.client = client }

    // MARK: records

    /// All installations; the same list answers for the ConfigMaps of the plan later.
    package mutating func records() async throws(KubernetesError) -> [InstalledFramework] {
        try await marked("v1", "ConfigMap").compactMap(InstalledFramework.read).sorted { $0.name < $1.name }
    }

    /// Objects of a kind with the mark of any framework, in all namespaces; listed once.
    private mutating func marked(_ apiVersion: String, _ kind: String) async throws(KubernetesError) -> [JSONValue] {
        let key = "\(apiVersion) \(kind)"
        if let known = lists[key] { return known }
        try await table.learn([apiVersion], client)
        guard table.isServed(apiVersion, kind), let path = table.collection(apiVersion, kind) else { return [] }
        let found = try await list(path, apiVersion, kind)
        lists[key] = found
        return found
    }

    private func list(_ path: String, _ apiVersion: String, _ kind: String) async throws(KubernetesError) -> [JSONValue]
    {
        let found = try await client.list(path, of: JSONValue.self, labels: FrameworkMarks.framework)
        // Items of lists do not say what they are.
        return found.items.map { item in
            var item = item
            item["apiVersion"] = .string(apiVersion)
            item["kind"] = .string(kind)
            return item
        }
    }

    private func attempt(
        _ path: String, _ apiVersion: String, _ kind: String
    ) async -> Result<[JSONValue], KubernetesError> {
        do throws(KubernetesError) { return .success(try await list(path, apiVersion, kind)) } catch {
            return .failure(error)
        }
    }

    /// Learns which kinds of a release the server has; called before it is rendered.
    package mutating func learn(_ versions: Set<String>) async throws(KubernetesError) {
        try await table.learn(versions, client)
    }

    // MARK: a plan's objects

    package mutating func observe(
        _ rendered: RenderedRelease, record: InstalledFramework?
    ) async throws(KubernetesError) -> ObservedCluster {
        let wanted = rendered.allIDs
        let ids = wanted + (record?.inventory ?? [])
        try await table.learn(Set(ids.map(\.apiVersion)), client)
        table.add(definitionsAmong: rendered.objects)
        var observed = ObservedCluster(record: record)
        try await gatherLists(ids, into: &observed)
        for id in wanted where table.entry(id.apiVersion, id.kind) == nil {
            observed.unserved.insert("\(id.apiVersion) \(id.kind)")
        }
        try await gatherMissing(rendered, into: &observed)
        return observed
    }

    /// One list for each kind, all at a time.
    private mutating func gatherLists(
        _ ids: [ObjectID], into observed: inout ObservedCluster
    ) async throws(KubernetesError) {
        var kinds: [String: (String, String)] = [:]
        for id in ids where table.isServed(id.apiVersion, id.kind) {
            kinds["\(id.group) \(id.kind)"] = kinds["\(id.group) \(id.kind)"] ?? (id.apiVersion, id.kind)
        }
        let open = kinds.values.filter { lists["\($0.0) \($0.1)"] == nil }
        let observer = self
        let answers = await withTaskGroup(
            of: (String, Result<[JSONValue], KubernetesError>).self,
            returning: [(String, Result<[JSONValue], KubernetesError>)].self
        ) { group in
            for (version, kind) in open {
                guard let path = table.collection(version, kind) else { continue }
                group.addTask { ("\(version) \(kind)", await observer.attempt(path, version, kind)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (key, answer) in answers { lists[key] = try answer.get() }
        for (version, kind) in kinds.values {
            for item in lists["\(version) \(kind)"] ?? [] {
                observed.objects[
                    ObjectID(
                        apiVersion: version, kind: kind, namespace: item["metadata"]?["namespace"]?.string ?? "",
                        name: item.objectName
                    ).key] = item
            }
        }
    }

    /// What a list of our own marks does not show may be there and be somebody else's: asked by name, namespaces first.
    private func gatherMissing(
        _ rendered: RenderedRelease, into observed: inout ObservedCluster
    ) async throws(KubernetesError) {
        let names = Set(rendered.allIDs.map(\.namespace).filter { !$0.isEmpty } + rendered.namespaces.map(\.id.name))
        let spaces = names.map { ObjectID(apiVersion: "v1", kind: "Namespace", name: $0) }
        for (id, value) in try await values(spaces.filter { observed.objects[$0.key] == nil }) {
            observed.objects[id.key] = value
        }
        var existing: Set<String> = []
        for id in spaces {
            guard let value = observed.objects[id.key] else { continue }
            existing.insert(id.name)
            if value.isBeingDeleted { observed.terminating.insert(id.name) }
        }
        var seen: Set<ObjectID.Key> = []
        let missing = rendered.allIDs.filter { id in
            observed.objects[id.key] == nil && seen.insert(id.key).inserted && id.kind != "Namespace"
                && (id.namespace.isEmpty || existing.contains(id.namespace)) && table.isServed(id.apiVersion, id.kind)
        }
        for (id, value) in try await values(missing) { observed.objects[id.key] = value }
    }

    /// Those of the objects that are there, asked by name, several at a time.
    package func values(_ ids: [ObjectID]) async throws(KubernetesError) -> [(ObjectID, JSONValue)] {
        let table = table
        let client = client
        let answers = await withTaskGroup(
            of: (ObjectID, Result<JSONValue, KubernetesError>).self,
            returning: [(ObjectID, Result<JSONValue, KubernetesError>)].self
        ) { group in
            for id in ids {
                let known = id.kind == "Namespace" ? "/api/v1/namespaces/\(PathText.escaped(id.name))" : table.path(id)
                guard let path = known else { continue }
                group.addTask { (id, await client.attempt(path)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var found: [(ObjectID, JSONValue)] = []
        for (id, answer) in answers {
            switch answer {
            case .success(let value): found.append((id, value))
            case .failure(let error) where error.isNotFound: break
            case .failure(let error): throw error
            }
        }
        return found.sorted { $0.0 < $1.0 }
    }
}

extension RenderedRelease {
    /// Namespaces and secrets included.
    package var allIDs: [ObjectID] {
        namespaces.map(\.id)
            + secrets.flatMap { secret in
                ([secret.namespace] + secret.copies).map {
                    ObjectID(apiVersion: "v1", kind: "Secret", namespace: $0, name: secret.name)
                }
            } + objects.map(\.id)
    }

    /// What will be martlet's: everything but fields of objects that others make.
    package var inventory: [ObjectID] {
        var seen: Set<ObjectID.Key> = []
        let patches = Set(objects.filter(\.isPatch).map(\.id.key))
        let own = Set(objects.filter { !$0.isPatch }.map(\.id.key))
        return allIDs.filter { (own.contains($0.key) || !patches.contains($0.key)) && seen.insert($0.key).inserted }
    }
}
