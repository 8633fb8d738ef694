internal import ConfigTree
internal import Diagnostics
internal import KubernetesAPI
internal import Planning

/// Carries out what a lab describes, within the lab's bounds, and remembers how to undo it.
package struct ActionRunner: Sendable {
    let context: CheckContext
    let undo: UndoJournal?

    package init(_ context: CheckContext, undo: UndoJournal? = nil) {
        self.context = context
        self.undo = undo
    }

    package func run(_ actions: [LabAction]) async throws {
        for action in actions { try await run(action) }
    }

    /// - Throws: `Diagnostic`, `KubernetesError`, `CannotJudge`.
    package func run(_ action: LabAction) async throws {
        switch action {
        case .makeNamespace: try await makeNamespace()
        case .apply(let file): for object in try objects(file) { try await apply(object) }
        case .deleteFile(let file): for object in try objects(file).reversed() { try await delete(object) }
        case .deleteObject(let reference): try await delete(at: try await path(reference))
        case .deleteSelected(let kind, let selector):
            for object in try await context.list(kind, namespace: nil, selector: selector).items {
                try await delete(at: "\(try await collection(kind))/\(PathText.escaped(object.objectName))")
            }
        case .deleteNamespace(let name): try await deleteNamespace(context.fill(name))
        case .patch(let reference, let merge):
            let path = try await path(reference)
            try await remember(path)
            try await context.api.patch(path, FieldTest.filled(merge, context.fill))
        case .scale(let reference, let replicas):
            let path = try await path(reference)
            try await remember(path)
            try await context.api.patch(path, ["spec": ["replicas": .integer(replicas)]])
        case .sql(let target, let query):
            do { _ = try await target.ask(query, context) } catch let refusal as SQLTarget.Refusal {
                throw CannotJudge(refusal.text)
            }
        case .service(let service): try await HostAction.run(service, context, undo)
        case .answer(let answers): try await answer(answers)
        case .kubeconfig(let change): try changeKubeconfig(change)
        case .wait(let primitive, let limit):
            let seen = try await Patience.wait(limit) { try await primitive.observe(context) }
            guard seen.holds else {
                throw CannotJudge(
                    "waited \(LabDuration.text(limit)) in vain for \(context.fill(primitive.expected)): \(seen.observed)"
                )
            }
        }
    }

    // MARK: objects

    private func collection(_ kind: ObjectKind) async throws -> String {
        do { return try await context.kinds.path(kind, namespace: context.namespace) } catch let missing
            as KindPaths.NotServed
        {
            throw CannotJudge("the cluster has no \(missing.kind)")
        }
    }

    private func path(_ reference: ObjectReference) async throws -> String {
        "\(try await collection(reference.kind))/\(PathText.escaped(context.fill(reference.name)))"
    }

    private func objects(_ file: String) throws -> [JSONValue] {
        try LabManifest.load(file, folder: context.lab.origin.folder).map { FieldTest.filled($0, context.fill) }
    }

    private func kind(of object: JSONValue) -> ObjectKind {
        let version = object["apiVersion"]?.string ?? "v1"
        let kind = object["kind"]?.string ?? "?"
        return KnownKinds.find(apiVersion: version, kind: kind) ?? ObjectKind(version, kind, plural: nil)
    }

    private func apply(_ object: JSONValue) async throws {
        let kind = kind(of: object)
        let path = "\(try await collection(kind))/\(PathText.escaped(object.objectName))"
        var object = object
        // The same kind in the version that this server has.
        object["apiVersion"] = .string(try await context.kinds.resolve(kind).apiVersion)
        object["metadata"]?["namespace"] = .string(context.namespace)
        let labels = object.labels.merging(["lab": .string(context.lab.name)]) { $1 }
        object["metadata"]?["labels"] = .object(labels)
        try await remember(path)
        try await context.api.apply(path, object)
    }

    private func delete(_ object: JSONValue) async throws {
        try await delete(at: "\(try await collection(kind(of: object)))/\(PathText.escaped(object.objectName))")
    }

    private func delete(at path: String) async throws {
        try await remember(path)
        do { try await context.api.delete(path, selector: nil) } catch {
            guard error.isNotFound else { throw error }
        }
    }

    private func remember(_ path: String) async throws {
        guard let undo else { return }
        do { undo.add(.object(path: path, before: try await context.api.get(path))) } catch {
            guard error.isNotFound else { throw error }
            undo.add(.object(path: path, before: nil))
        }
    }

    // MARK: namespace

    private func makeNamespace() async throws {
        try await LabNamespace(context.api, context.namespace).make(context.lab, context.run)
    }

    private func deleteNamespace(_ name: String) async throws {
        guard name == context.namespace else {
            throw CannotJudge("the namespace \(name) is not the lab's own: it is left alone")
        }
        try await LabNamespace(context.api, name).delete(of: context.lab)
    }

    // MARK: answers and kubeconfig

    private func answer(_ answers: [String: String?]) async throws {
        for (id, text) in answers.sorted(by: { $0.key < $1.key }) {
            undo?.add(.answer(check: id, before: context.answers[id]))
            if let text {
                context.answers[id] = context.fill(text)
                continue
            }
            guard let quiz = context.lab.check(id)?.primitive as? QuizCheck else { continue }
            let right = try await quiz.answers(context)
            guard let first = right.first else { throw CannotJudge("the answer of \(id) cannot be worked out") }
            context.answers[id] = first
        }
    }

    private func changeKubeconfig(_ change: LabAction.KubeconfigChange) throws {
        let path = context.run.kubeconfig
        guard context.run.ownsKubeconfig, !path.isEmpty else {
            throw CannotJudge("only a proof changes a kubeconfig, and only a copy of its own")
        }
        let text = try context.ground.readText(path)
        undo?.add(.kubeconfig(path: path, text: text, mode: 0o600))
        switch change {
        case .mode(let mode): try context.ground.setMode(mode, of: path)
        case .context(let name):
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("current-context:") ? "current-context: \(name)" : String(line)
            }
            try context.ground.writeText(lines.joined(separator: "\n"), to: path, mode: 0o600)
        }
    }
}

/// Services of hosts.
enum HostAction {
    static func run(_ service: LabAction.HostService, _ context: CheckContext, _ undo: UndoJournal?) async throws {
        guard context.lab.origin.isOwn || context.run.acceptsCommands else {
            throw CannotJudge(
                "this lab does not come with martlet, and it wants to \(LabAction.service(service).words): "
                    + "accept that with --accept-commands")
        }
        guard let host = try context.hosts(service.role).map(\.name).min() else { return }
        var inverse = service
        switch service.verb {
        case .start: inverse.verb = .stop
        case .stop: inverse.verb = .start
        case .enable: inverse.verb = .disable
        case .disable: inverse.verb = .enable
        }
        undo?.add(.script(script(inverse), host: host))
        let answer = try await context.ground.run(script(service), on: host, timeout: .seconds(60))
        guard answer.status == 0 else {
            throw CannotJudge("\(host): \(LabAction.service(service).words): \(answer.errors.shortened(200))")
        }
    }

    /// Where manifests wait that were taken away from the kubelet.
    private static let shelf = "/etc/kubernetes/martlet-lab"

    static func script(_ service: LabAction.HostService) -> String {
        switch service.subject {
        case .unit(let unit): return "systemctl \(service.verb.rawValue) \(Shell.quote(unit))"
        case .staticPod(let name):
            let here = Shell.quote("/etc/kubernetes/manifests/\(name).yaml")
            let there = Shell.quote("\(shelf)/\(name).yaml")
            switch service.verb {
            case .stop, .disable: return "mkdir -p \(shelf) && mv \(here) \(there)"
            case .start, .enable: return "[ ! -e \(there) ] || mv \(there) \(here); rmdir \(shelf) 2>/dev/null || :"
            }
        }
    }
}
