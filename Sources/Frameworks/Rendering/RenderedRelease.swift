internal import Bundles
package import Diagnostics
internal import Digests
internal import FoundationEssentials
package import KubernetesAPI

/// An object as it must be.
package struct DesiredObject: Sendable {
    package var id: ObjectID
    /// With our marks.
    package var body: JSONValue
    /// Of the body without the marks.
    package var digest: String
    /// Owns its fields; what one manager applies replaces all that it applied before, so patches have their own.
    package var manager: String
    /// Fields of an object that something else made: it is neither created nor removed.
    package var isPatch: Bool { manager != FrameworkMarks.manager }

    /// - Parameter manager: another than martlet's own for a few fields of an object that something else made.
    package init(
        _ id: ObjectID, _ body: JSONValue, framework: String, manager: String = FrameworkMarks.manager
    ) {
        self.id = id
        self.manager = manager
        let isPatch = manager != FrameworkMarks.manager
        var body = Self.encoded(body)
        body["status"] = nil
        var metadata = body["metadata"] ?? .object([:])
        for key in ["creationTimestamp", "managedFields", "resourceVersion", "uid", "generation"] {
            metadata[key] = nil
        }
        metadata["name"] = .string(id.name)
        metadata["namespace"] = id.namespace.isEmpty ? nil : .string(id.namespace)
        body["metadata"] = metadata
        digest = Digest.sha256(body.jsonBytes)
        if !isPatch {
            metadata["labels"] = .object(
                (metadata["labels"]?.object ?? [:]).merging([FrameworkMarks.framework: .string(framework)]) { $1 })
            metadata["annotations"] = .object(
                (metadata["annotations"]?.object ?? [:]).merging([FrameworkMarks.digest: .string(digest)]) { $1 })
            body["metadata"] = metadata
        }
        self.body = body
    }

    /// The server turns the `stringData` of a Secret into `data`: it is written that way at once, so that both compare.
    private static func encoded(_ object: JSONValue) -> JSONValue {
        guard object["kind"]?.string == "Secret", let texts = object["stringData"]?.object else { return object }
        var object = object
        let data = texts.mapValues { JSONValue.string(Data($0.text.utf8).base64EncodedString()) }
        object["data"] = .object((object["data"]?.object ?? [:]).merging(data) { $1 })
        object["stringData"] = nil
        return object
    }
}

/// A phase with the objects of its files.
package struct RenderedPhase: Sendable {
    package var id: String
    package var title: String
    package var objects: [DesiredObject]
    /// Its Job, and what it needs, applied only for the run.
    package var job: (name: ObjectID, objects: [DesiredObject])?
    package var http: [EndpointRequest]
    package var unless: ReadinessCheck?
    package var waits: [ReadinessCheck]
    package var timeout: Duration
    package var moment: FrameworkPhase.Moment
    /// Of requests and job, so that what was done is known again; nil if there are none.
    package var actionDigest: String?
}

/// Everything that a release puts into a cluster.
package struct RenderedRelease: Sendable {
    package var release: FrameworkRelease
    package var namespaces: [DesiredObject]
    package var secrets: [FrameworkSecret]
    package var phases: [RenderedPhase]

    /// All objects but namespaces and secrets, in the order of phases.
    package var objects: [DesiredObject] { phases.flatMap(\.objects) }

    /// Pure: puts the release together out of the contents of its sources.
    ///
    /// - Parameters:
    ///   - contents: by source id.
    ///   - scope: whether a kind belongs to a namespace; nil is not known.
    /// - Throws: `Diagnostics` with everything that is wrong.
    package init(
        _ release: FrameworkRelease, contents: [String: SourceContent], scope: KindScope
    ) throws(Diagnostics) {
        var renderer = Renderer(release: release, contents: contents, scope: scope)
        let name = release.framework.name
        self.release = release
        namespaces = release.namespaces.filter { !$0.isUpstream }.map { namespace in
            let id = ObjectID(apiVersion: "v1", kind: "Namespace", name: namespace.name)
            var body: JSONValue = ["apiVersion": "v1", "kind": "Namespace"]
            if !namespace.labels.isEmpty {
                body["metadata"] = ["labels": .object(namespace.labels.mapValues { .string($0) })]
            }
            return DesiredObject(id, body, framework: name)
        }
        secrets = release.secrets
        phases = release.framework.phases.filter { release.holds($0.applies) }.map { renderer.phase($0) }
        let ids = Dictionary(grouping: phases.flatMap(\.objects).filter { !$0.isPatch }, by: \.id.key)
        for (_, same) in ids.sorted(by: { $0.value[0].id < $1.value[0].id })
        where Set(same.map(\.digest)).count > 1 {
            renderer.problems.append(
                Diagnostic(
                    code: "framework.twice", "\(same[0].id) is described twice, and not the same way",
                    hint: "leave it out of one of the sources with `exclude`", exitCode: .invalid))
        }
        guard renderer.problems.isEmpty else { throw Diagnostics(renderer.problems) }
    }
}

/// The bytes of a source and what errors call it.
package struct SourceContent: Sendable {
    package var name: String
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// Which kinds belong to a namespace.
package struct KindScope: Sendable {
    private var namespaced: [String: Bool]

    /// - Parameter known: by `apiVersion kind`, as the server says.
    package init(known: [String: Bool] = [:]) { namespaced = known }

    package mutating func add(definitionsAmong objects: [JSONValue]) {
        for object in objects where object["kind"]?.string == "CustomResourceDefinition" {
            guard let group = object["spec"]?["group"]?.string, let kind = object["spec"]?["names"]?["kind"]?.string
            else {
                continue
            }
            let isNamespaced = object["spec"]?["scope"]?.string != "Cluster"
            let versions = object["spec"]?["versions"]?.array?.compactMap { $0["name"]?.string } ?? []
            for version in versions + (object["spec"]?["version"]?.string.map { [$0] } ?? []) {
                namespaced["\(group)/\(version) \(kind)"] = isNamespaced
            }
        }
    }

    /// True where nothing is known: most kinds belong to a namespace.
    package func isNamespaced(_ apiVersion: String, _ kind: String) -> Bool {
        namespaced["\(apiVersion) \(kind)"] ?? KnownKinds.find(apiVersion: apiVersion, kind: kind)?.isNamespaced
            ?? !Self.clusterWide.contains(kind)
    }

    /// Kinds of Kubernetes itself without a namespace that `KnownKinds` has no word for (`kubectl api-resources`).
    private static let clusterWide: Set<String> = [
        "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "PriorityClass", "APIService", "IngressClass",
        "RuntimeClass", "CSIDriver", "CSINode", "VolumeAttachment", "PodSecurityPolicy", "FlowSchema",
        "PriorityLevelConfiguration", "CertificateSigningRequest", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ]
}

private struct Renderer {
    let release: FrameworkRelease
    let scope: KindScope
    let knownImages: Set<String>
    private var parsed: [String: (file: String, objects: [JSONValue])] = [:]
    var problems: [Diagnostic] = []

    /// Each file is parsed once: some have ten thousand lines.
    init(release: FrameworkRelease, contents: [String: SourceContent], scope: KindScope) {
        self.release = release
        knownImages = Set(release.releaseImages.map { ImageRewriting.repository(of: $0.reference) })
        var scope = scope
        for source in release.framework.sources where release.holds(source.applies) {
            guard let content = contents[source.id] else {
                problems.append(
                    Diagnostic(
                        code: "framework.no-content", "the source \(source.id) was not read", exitCode: .invalid))
                continue
            }
            do throws(Diagnostics) {
                var objects = try ObjectFile.objects(content.bytes, file: content.name)
                if case .file = source.origin {
                    objects = objects.filter(release.variables.isWanted).map(release.fill)
                }
                // Definitions may lie in another source than what they define.
                scope.add(definitionsAmong: objects)
                parsed[source.id] = (content.name, objects)
            } catch {
                problems += error.list
            }
        }
        self.scope = scope
    }

    mutating func phase(_ phase: FrameworkPhase) -> RenderedPhase {
        var objects: [DesiredObject] = []
        for id in phase.apply { objects += self.objects(ofSource: id) }
        objects += patches(phase)
        let ordered = objects.enumerated().sorted { left, right in
            let (first, second) = (ObjectFile.rank(left.element.id.kind), ObjectFile.rank(right.element.id.kind))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
        let http = phase.http.filter { release.holds($0.applies) }
        let job = phase.job.map { run in
            (
                ObjectID(
                    apiVersion: "batch/v1", kind: "Job",
                    namespace: run.namespace.isEmpty ? release.coreNamespace : release.fill(run.namespace),
                    name: release.fill(run.name)), self.objects(ofSource: run.source)
            )
        }
        let upgrade = release.framework.upgrade
        return RenderedPhase(
            id: phase.id, title: phase.title, objects: ordered, job: job, http: http, unless: phase.unless,
            waits: waits(phase, ordered), timeout: phase.timeout,
            moment: upgrade.before.contains(phase.id)
                ? .beforeUpgrade : upgrade.after.contains(phase.id) ? .afterUpgrade : .always,
            actionDigest: digest(http, job?.1 ?? []))
    }

    private func digest(_ http: [EndpointRequest], _ job: [DesiredObject]) -> String? {
        guard !http.isEmpty || !job.isEmpty else { return nil }
        // Values of secrets are not part of it: variables that are not known stay as they are.
        let requests = http.map { request in
            JSONValue.object([
                "endpoint": .string(request.endpoint), "method": .string(request.method),
                "path": .string(release.fill(request.path)), "body": release.fill(request.body ?? .null),
                "file": .string(request.bodyFile ?? ""),
                "headers": .object(request.headers.mapValues { .string(release.fill($0)) }),
            ])
        }
        return Digest.sha256(JSONValue.array(requests + job.map { .string($0.digest) }).jsonBytes)
    }

    /// Those of one object become one: each apply of a manager replaces its last.
    private func patches(_ phase: FrameworkPhase) -> [DesiredObject] {
        var bodies: [(id: ObjectID, body: JSONValue)] = []
        for patch in phase.patches where release.holds(patch.applies) {
            let name = release.filled(patch.object)
            let isNamespaced = scope.isNamespaced(name.apiVersion, name.kind)
            let id = ObjectID(
                apiVersion: name.apiVersion, kind: name.kind,
                namespace: isNamespaced ? name.namespace ?? release.coreNamespace : "", name: name.name)
            let merge = release.fill(patch.merge)
            if let index = bodies.firstIndex(where: { $0.id == id }) {
                bodies[index].body = bodies[index].body.merged(with: merge)
            } else {
                bodies.append((id, merge))
            }
        }
        return bodies.map { id, merge in
            var body = merge
            body["apiVersion"] = .string(id.apiVersion)
            body["kind"] = .string(id.kind)
            return DesiredObject(
                id, body, framework: release.framework.name, manager: "\(FrameworkMarks.manager)-\(phase.id)")
        }
    }

    // MARK: sources

    private mutating func objects(ofSource id: String) -> [DesiredObject] {
        guard let source = release.framework.sources.first(where: { $0.id == id && release.holds($0.applies) }),
            case (let file, var objects)? = parsed[id]
        else { return [] }
        if !source.include.isEmpty { objects = objects.filter { each in source.include.contains { $0.matches(each) } } }
        objects = objects.filter { each in !source.exclude.contains { $0.matches(each) } }
        // What others make namespaces of is ours to make and to remove.
        let own = Set(release.namespaces.filter { !$0.isUpstream }.map(\.name))
        objects.removeAll { $0["kind"]?.string == "Namespace" && own.contains($0.objectName) }
        return objects.compactMap { desired($0, source, file) }
    }

    private mutating func desired(
        _ object: JSONValue, _ source: FrameworkSource, _ file: String
    ) -> DesiredObject? {
        var object = object
        for patch in source.patches where release.holds(patch.applies) && Self.matches(patch, object, release) {
            object = object.merged(with: release.fill(patch.merge))
        }
        guard let version = object["apiVersion"]?.string, let kind = object["kind"]?.string,
            let name = object["metadata"]?["name"]?.string, !name.isEmpty
        else {
            problems.append(
                Diagnostic(
                    code: "framework.no-name", "\(file) has a \(object["kind"]?.string ?? "document") without a name",
                    hint: "objects with generateName cannot be applied: leave them out with `exclude`",
                    exitCode: .invalid))
            return nil
        }
        let given = object["metadata"]?["namespace"]?.string
        let isNamespaced = scope.isNamespaced(version, kind)
        let id = ObjectID(
            apiVersion: version, kind: kind, namespace: isNamespaced ? given ?? release.coreNamespace : "", name: name)
        object = release.proxies.applied(
            to: release.images.rewritten(ApplyForm.complete(object), known: knownImages))
        return DesiredObject(id, object, framework: release.framework.name)
    }

    private static func matches(
        _ patch: FrameworkSource.Patch, _ object: JSONValue, _ release: FrameworkRelease
    ) -> Bool {
        object["kind"]?.string == patch.kind && patch.name.map { release.fill($0) == object.objectName } ?? true
            && patch.namespace.map { release.fill($0) == object["metadata"]?["namespace"]?.string } ?? true
    }

    // MARK: waits

    /// Those of the phase, and what follows from its objects.
    private func waits(_ phase: FrameworkPhase, _ objects: [DesiredObject]) -> [ReadinessCheck] {
        var waits: [ReadinessCheck] = []
        if phase.waitsAutomatically {
            let definitions = objects.filter { $0.id.kind == "CustomResourceDefinition" }.map(\.id.name)
            if !definitions.isEmpty { waits.append(ReadinessCheck(.established(definitions))) }
            for object in objects where !object.isPatch {
                switch object.id.kind {
                case "Deployment", "StatefulSet", "DaemonSet":
                    waits.append(
                        ReadinessCheck(
                            .rollout(kind: object.id.kind, name: object.id.name), namespace: object.id.namespace))
                case "Job": waits.append(ReadinessCheck(.job(object.id.name), namespace: object.id.namespace))
                default: break
                }
            }
        }
        return waits + phase.waits.filter { release.holds($0.applies) }
    }
}
