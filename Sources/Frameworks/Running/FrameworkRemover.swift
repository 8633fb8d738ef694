internal import Diagnostics
package import KubernetesAPI

/// Finds everything that is in a cluster because of a framework, and takes it away.
package struct FrameworkRemover: Sendable {
    let record: InstalledFramework
    /// nil where the catalogue no longer has it: then the record and the marks alone say what goes.
    let release: FrameworkRelease?
    let client: KubernetesClient
    let reach: EndpointReach
    let report: @Sendable (FrameworkEvent) -> Void
    /// How long controllers have to take their finalizers off before that is done for them, where it is allowed.
    private let patience: Duration

    package init(
        _ record: InstalledFramework, release: FrameworkRelease?, client: KubernetesClient, reach: EndpointReach,
        patience: Duration = .seconds(40), report: @escaping @Sendable (FrameworkEvent) -> Void = { _ in }
    ) {
        self.record = record
        self.release = release
        self.client = client
        self.reach = reach
        self.patience = patience
        self.report = report
    }

    /// Objects that functions consist of bear this mark (`Sources/Functions`).
    package static let functionMark = "martlet.dev/function-framework"

    private static let functionKinds: [(String, String)] = [
        ("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "Secret"), ("batch/v1", "Job"),
        ("batch/v1", "CronJob"), ("batch/v1beta1", "CronJob"), ("networking.k8s.io/v1", "Ingress"),
        ("autoscaling/v1", "HorizontalPodAutoscaler"), ("v1", "Pod"),
    ]

    // MARK: what is there

    package func inventory() async throws -> RemovalInventory {
        let search = ObjectSearch(client)
        var found = RemovalInventory()
        var seen: Set<ObjectID.Key> = []
        func add(_ objects: [JSONValue], to list: WritableKeyPath<RemovalInventory, [ObjectID]>) {
            for object in objects {
                let id = object.id
                if seen.insert(id.key).inserted { found[keyPath: list].append(id) }
            }
        }
        for objects in release?.framework.removal.userObjects ?? [] {
            guard let release, release.holds(objects.applies) else { continue }
            add(try await search.find(release.filled(objects)), to: \.userObjects)
        }
        var observer = ClusterObserver(client)
        try await observer.learn(Set(record.inventory.map(\.apiVersion)))
        let live = try await observer.values(record.inventory)
        let own = live.filter { $0.1.labels[FrameworkMarks.framework]?.string == record.name }
        for (_, object) in own where object["kind"]?.string == "CustomResourceDefinition" {
            add(try await customResources(of: object), to: \.userObjects)
            let spec = object["spec"]
            if let group = spec?["group"]?.string, let kind = spec?["names"]?["kind"]?.string {
                found.definedKinds.insert(DefinedKind(group: group, kind: kind))
            }
        }
        let mark = "\(Self.functionMark)=\(record.name)"
        for (version, kind) in Self.functionKinds {
            add(
                try await search.find(
                    FrameworkRemoval.Objects(
                        apiVersion: version, kind: kind, selector: mark, names: [], applies: Applicability())),
                to: \.userObjects)
        }
        for (id, _) in own where seen.insert(id.key).inserted { found.objects.append(id) }
        add(try await marked(), to: \.objects)
        // The record goes last, when everything else is gone.
        found.objects.removeAll { $0.key == InstalledFramework.id(record.name).key }
        for id in found.objects where id.kind == "Namespace" {
            add(
                try await search.find(
                    FrameworkRemoval.Objects(
                        apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: id.name, names: [],
                        applies: Applicability())), to: \.claims)
        }
        found.claims += found.objects.filter { $0.kind == "PersistentVolumeClaim" }
        for id in found.objects where id.kind == "Namespace" {
            add(try await strangers(in: id.name), to: \.others)
        }
        return found
    }

    /// What somebody made in a namespace by hand: not what controllers made of something else, nor what every namespace has.
    private func strangers(in namespace: String) async throws -> [JSONValue] {
        let search = ObjectSearch(client)
        let leftovers = (release?.framework.removal.leftovers ?? []).compactMap { objects in
            release.flatMap { $0.holds(objects.applies) ? $0.filled(objects) : nil }
        }
        var expected: Set<ObjectID.Key> = []
        for objects in leftovers where objects.namespace == namespace {
            for object in try await search.find(objects) { expected.insert(object.id.key) }
        }
        var found: [JSONValue] = []
        let kinds = Self.functionKinds + [("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet")]
        // Services hold nothing, and controllers make some that belong to no object (Knative's autoscaler).
        for (version, kind) in kinds where version != "batch/v1beta1" && kind != "Service" {
            found += try await search.find(
                FrameworkRemoval.Objects(
                    apiVersion: version, kind: kind, namespace: namespace, names: [], applies: Applicability()))
        }
        return found.filter { object in
            let owners = object["metadata"]?["ownerReferences"]?.array ?? []
            return owners.isEmpty && !expected.contains(object.id.key)
                && object["type"]?.string != "kubernetes.io/service-account-token"
                // Certificates that controllers of the cluster put into every namespace.
                && !(object["kind"]?.string == "ConfigMap" && object.objectName.hasSuffix("-ca.crt"))
        }
    }

    /// All instances of a definition, wherever they are.
    private func customResources(of definition: JSONValue) async throws -> [JSONValue] {
        guard let group = definition["spec"]?["group"]?.string,
            let kind = definition["spec"]?["names"]?["kind"]?.string,
            let version = definition["spec"]?["versions"]?.array?.first(where: { $0["served"]?.bool ?? false })?[
                "name"]?
                .string
        else { return [] }
        return try await ObjectSearch(client).find(
            FrameworkRemoval.Objects(
                apiVersion: "\(group)/\(version)", kind: kind, names: [], applies: Applicability()))
    }

    /// What bears the framework's mark, of every kind that the server has.
    package func marked() async throws -> [JSONValue] {
        let discovery = try await client.discovery()
        var paths: [String: APIResource] = [:]
        for resource in discovery.resources where !resource.name.contains("/") && resource.verbs.contains("list") {
            // One version of each kind is enough: it is the same object in all.
            let key = "\(resource.group) \(resource.kind)"
            if let known = paths[key], known.version == discovery.preferredVersions[resource.group] { continue }
            paths[key] = resource
        }
        let mark = "\(FrameworkMarks.framework)=\(record.name)"
        let client = client
        return await withTaskGroup(of: [JSONValue].self, returning: [JSONValue].self) { group in
            // Endpoints have the labels of their Service, and go with it.
            for resource in paths.values where !["Event", "Endpoints", "EndpointSlice"].contains(resource.kind) {
                group.addTask {
                    // A kind that cannot be listed cannot be ours: what we made, we may list.
                    let found = try? await client.list(resource.path(), of: JSONValue.self, labels: mark)
                    return (found?.items ?? []).map { item in
                        var item = item
                        item["apiVersion"] = .string(resource.groupVersion)
                        item["kind"] = .string(resource.kind)
                        return item
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    // MARK: taking it away

    /// - Parameter consent: as the plan was made with.
    /// - Throws: `framework.stuck` and others; what is gone stays gone, and the next run goes on.
    package func run(_ plan: FrameworkPlan, consent: RemovalConsent) async throws {
        var record = record
        record.state = .removing
        try await save(record)
        let writer = ObjectWriter(client: client, framework: record.name, adopts: true)
        for phase in plan.phases {
            let start = ContinuousClock.now
            report(.phaseBegan(id: phase.id, title: phase.title))
            if phase.id == "functions" { try await requests() }
            let hurried = phase.id == "objects" ? plan.changes.map(\.object).filter { $0.kind == "Namespace" } : []
            try await delete(phase.changes, writer, consent, hurried: hurried.map(\.name))
            let duration = ContinuousClock.now - start
            report(
                .phaseEnded(
                    id: phase.id,
                    seconds: Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18))
        }
        try await sweep(consent, writer)
        try await forget(plan)
    }

    private func save(_ record: InstalledFramework) async throws {
        _ = try await client.apply(
            path(of: record.name), record.object, fieldManager: FrameworkMarks.manager, force: true)
    }

    private func path(of name: String) -> String {
        "/api/v1/namespaces/\(InstalledFramework.namespace)/configmaps/\(InstalledFramework.objectName(name))"
    }

    /// Deletes all, then waits until they are gone; finalizers that stay are taken off only with consent.
    ///
    /// - Parameter hurried: namespaces of the framework whose pods get half a minute to end, whatever they ask for: some of Knative's
    ///   ask for ten.
    private func delete(
        _ changes: [FrameworkPlan.Change], _ writer: ObjectWriter, _ consent: RemovalConsent, hurried: [String] = []
    ) async throws {
        var table = ResourceTable()
        try await table.learn(Set(changes.map(\.object.apiVersion)), client)
        let objects = changes.compactMap { change in table.path(change.object).map { (change.object, $0) } }
        for (id, path) in objects {
            do throws(KubernetesError) {
                try await client.delete(path, propagation: ObjectWriter.propagation(id.kind))
            } catch {
                guard error.isNotFound || error.code == 409 else { throw error.diagnostic }
            }
            report(.changed(FrameworkPlan.Change(id, .delete)))
        }
        for namespace in hurried {
            let path = "/api/v1/namespaces/\(PathText.escaped(namespace))/pods"
            do throws(KubernetesError) { try await client.delete(path, gracePeriodSeconds: 30) } catch {
                guard error.isNotFound else { throw error.diagnostic }
            }
        }
        report(.waiting(["\(objects.count) objects are gone"]))
        do {
            try await writer.waitUntilGone(objects, within: consent.finalizers ? patience : .seconds(180))
        } catch let stuck as Diagnostic where stuck.code == "framework.stuck" && consent.finalizers {
            try await release(objects.filter { $0.0.kind != "Namespace" }, writer)
            try await writer.waitUntilGone(objects, within: .seconds(120))
        }
    }

    /// Takes finalizers off what waits for a controller that is gone.
    private func release(_ objects: [(ObjectID, String)], _ writer: ObjectWriter) async throws {
        for (id, path) in objects {
            guard let live = try await writer.find(path), live.isBeingDeleted,
                let finalizers = live["metadata"]?["finalizers"]?.array, !finalizers.isEmpty
            else { continue }
            do throws(KubernetesError) {
                _ = try await client.patch(path, ["metadata": ["finalizers": nil]])
            } catch {
                guard error.isNotFound else { throw error.diagnostic }
            }
            report(.note("\(id): taken off: \(finalizers.map(\.text).joined(separator: ", "))"))
        }
    }

    private func requests() async throws {
        guard let release else { return }
        let sender = RequestSender(release, client, reach)
        for request in release.framework.removal.http where release.holds(request.applies) {
            // Its answer decides nothing: the objects that are looked for afterwards do.
            let answer = try? await sender.send(request)
            report(.acted("\(request.method) \(request.endpoint): \(answer.map { String($0.status) } ?? "no answer")"))
        }
    }

    /// What controllers made in the meantime, and what the catalogue names as usually left.
    private func sweep(_ consent: RemovalConsent, _ writer: ObjectWriter) async throws {
        var left = try await inventory()
        for objects in release?.framework.removal.leftovers ?? [] {
            guard let release, release.holds(objects.applies) else { continue }
            left.leftovers += try await ObjectSearch(client).find(release.filled(objects)).map(\.id)
        }
        let plan = RemovalPlanner.plan(record, left, consent: consent, kubernetes: "")
        guard plan.hasChanges else { return }
        report(.phaseBegan(id: "leftovers", title: "What controllers left"))
        for phase in plan.phases { try await delete(phase.changes, writer, consent) }
        report(.phaseEnded(id: "leftovers", seconds: 0))
    }

    /// The record goes when nothing is left of it; while something is kept it says what.
    private func forget(_ plan: FrameworkPlan) async throws {
        let left = try await inventory()
        let kept = left.objects + left.claims
        guard kept.isEmpty else {
            var record = record
            record.state = .removed
            record.inventory = kept
            try await save(record)
            report(.note("kept: \(kept.prefix(8).map(\.description).joined(separator: ", "))"))
            return
        }
        do throws(KubernetesError) { try await client.delete(path(of: record.name)) } catch {
            guard error.isNotFound else { throw error.diagnostic }
        }
    }
}

extension JSONValue {
    /// Of an object that says what it is.
    package var id: ObjectID {
        ObjectID(
            apiVersion: self["apiVersion"]?.string ?? "v1", kind: self["kind"]?.string ?? "",
            namespace: self["metadata"]?["namespace"]?.string ?? "", name: objectName)
    }
}
