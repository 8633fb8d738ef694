internal import ConfigTree
internal import Diagnostics
internal import KubernetesAPI

/// A lab reads what it names and writes into its own namespace only; what reaches beyond is refused when it is read.
struct BoundaryCheck {
    let lab: Lab
    let root: ConfigNode
    let decoder: ConfigDecoder
    let manifest: LabValidation.ManifestReader

    func run() {
        for (index, node) in checkNodes.enumerated() {
            let checks = lab.checks + lab.cleanup.checks
            guard checks.indices.contains(index), checks.count == checkNodes.count else { break }
            self.check(checks[index], node)
        }
        for (step, node) in zip(lab.steps, root["steps"].map { Array($0.items) } ?? []) {
            if let solution = node["solution"] { actions(step.solution, solution, isProof: false) }
        }
        if let setup = root["setup"] { actions(lab.setup, setup, isProof: false) }
        if let cleanup = root["cleanup"]?["do"] { actions(lab.cleanup.actions, cleanup, isProof: false) }
        for (sabotage, node) in zip(lab.proof.sabotages, root["prove"]?["sabotage"].map { Array($0.items) } ?? []) {
            if let list = node["do"] { actions(sabotage.actions, list, isProof: true) }
        }
    }

    private var checkNodes: [ConfigNode] {
        let steps = (root["steps"].map { Array($0.items) } ?? []).flatMap { step in
            step["checks"].map { Array($0.items) } ?? []
        }
        return steps + (root["cleanup"]?["checks"].map { Array($0.items) } ?? [])
    }

    // MARK: reading

    private func check(_ check: LabCheck, _ node: ConfigNode) {
        let place = node[Self.word(of: check.primitive)] ?? node
        foreign(check.primitive.foreignNamespaces, place)
        let parts = check.primitive.all
        if !check.captures.isEmpty, !Self.canBeCaptured(check.primitive) {
            decoder.report(
                "conflict", at: node["capture"] ?? node,
                "only `object`, `node`, `http` and `received` checks have something to capture")
        }
        if parts.contains(where: Self.needsHosts), !lab.needs.hosts {
            decoder.report(
                "missing-need", at: place, "the check `\(check.id)` asks hosts, and the lab does not need them",
                hint: "add `hosts: true` to `needs`")
        }
        if parts.contains(where: { $0 is KubeconfigCheck }), !lab.needs.kubeconfig {
            decoder.report(
                "missing-need", at: place, "the check `\(check.id)` reads a kubeconfig, and the lab does not need one",
                hint: "add `kubeconfig: true` to `needs`")
        }
        for case let command as CommandCheck in parts {
            guard let program = command.argv.first, !lab.needs.programs.contains(program) else { continue }
            decoder.report(
                "missing-need", at: place, "the check `\(check.id)` runs \(program), and the lab does not need it",
                hint: "add it to `needs.programs`")
        }
        for case let changed as ChangedCheck in parts where lab.snapshot(changed.name) == nil {
            decoder.report(
                "unknown-snapshot", at: place["since"] ?? place, "no check takes the snapshot `\(changed.name)`",
                hint: "add a check with `snapshot: {take: \(changed.name), of: ..}` before, and name it in `needs`")
        }
        if parts.contains(where: { Self.reads($0, kind: "Secret", beyond: true) }) {
            decoder.report("outside", at: place, "secrets of other namespaces are never read")
        }
        if lab.namespaceTemplate == nil, parts.contains(where: Self.usesNamespace) {
            decoder.report(
                "no-namespace", at: place, "the check `\(check.id)` is about the lab's namespace, and the lab has none",
                hint: "add `setup: [{namespace: \"lab-${nonce}\"}]`, or say in which `namespace` it looks")
        }
        actions(check.primitive.actions, place, isProof: false)
    }

    private static func canBeCaptured(_ primitive: any LabPrimitive) -> Bool {
        switch primitive {
        case is ObjectCheck, is NodeCheck, is HTTPCheck, is ReceivedCheck, is SnapshotCheck, is ChangedCheck,
            is RolloutCheck:
            true
        default: false
        }
    }

    private func foreign(_ namespaces: [String], _ place: ConfigNode) {
        for namespace in namespaces
        where namespace != "${namespace}" && namespace != lab.namespaceTemplate
            && !lab.needs.namespaces.contains(namespace)
        {
            decoder.report(
                "outside", at: place["namespace"] ?? place, "the namespace `\(namespace)` lies outside of the lab",
                hint: "name it in `needs.namespaces` if the lab is about it")
        }
    }

    private static func word(of primitive: any LabPrimitive) -> String { type(of: primitive).word }

    private static func needsHosts(_ primitive: any LabPrimitive) -> Bool {
        if let image = primitive as? ImageCheck, case .node = image.place { return true }
        if let file = primitive as? FileCheck, case .hosts = file.place { return true }
        return primitive is ProcessCheck || primitive is PortCheck || primitive is ServiceCheck
    }

    private static func reads(_ primitive: any LabPrimitive, kind: String, beyond: Bool) -> Bool {
        guard let object = primitive as? ObjectCheck else { return false }
        return object.kind.kind == kind && object.namespace != nil && object.namespace != "${namespace}"
    }

    private static func usesNamespace(_ primitive: any LabPrimitive) -> Bool {
        switch primitive {
        case let check as ObjectCheck: check.kind.isNamespaced && check.namespace == nil
        case let check as RolloutCheck: check.reference.namespace == nil
        case let check as PlacementCheck: check.namespace == nil
        case let check as LogsCheck: check.namespace == nil
        case let check as HTTPCheck: check.exchange.isOfTheLab
        case let check as CasesCheck: check.exchange.isOfTheLab
        case let check as TrafficCheck: check.exchange.isOfTheLab
        case let check as LoadCheck: check.plan.exchange.isOfTheLab
        case let check as ScaleCheck: check.target.isOfTheLab || check.load?.exchange.isOfTheLab ?? false
        case let check as ColdStartCheck: check.target.isOfTheLab || check.exchange.isOfTheLab
        case let check as AvailabilityCheck:
            switch check.source {
            case .probe(let probe): probe.exchange.isOfTheLab
            case .record(let record): record.namespace == nil
            }
        case let check as MetricCheck:
            switch check.source {
            case .page(let exchange, _, _), .query(let exchange, _): exchange.isOfTheLab
            case .pods: true
            }
        case let check as SnapshotCheck: check.subject.isNamespaced
        case let check as ImageCheck:
            if case .workload(let reference, _) = check.subject { reference.namespace == nil } else { false }
        case let check as DuringCheck: check.fixture != nil || check.load?.exchange.isOfTheLab ?? false
        case let check as ForbidCheck:
            if case .workload(let reference, _)? = check.image?.subject, reference.namespace == nil {
                true
            } else {
                check.places.contains(.objects) || check.places.contains(.logs)
            }
        case is FiredCheck, is SQLCheck, is ReceivedCheck: true
        default: false
        }
    }

    // MARK: writing

    private func actions(_ actions: [LabAction], _ node: ConfigNode, isProof: Bool) {
        let nodes = node.kind == .sequence ? Array(node.items) : [node]
        for (index, action) in actions.enumerated() {
            self.action(action, nodes.count == actions.count ? nodes[index] : node, isProof: isProof)
        }
    }

    private func action(_ action: LabAction, _ node: ConfigNode, isProof: Bool) {
        switch action {
        case .apply(let file), .deleteFile(let file):
            objects(file, node["apply"] ?? node["delete"] ?? node)
            requireNamespace(action, node)
        case .deleteObject(let reference), .patch(let reference, _), .scale(let reference, _):
            guard reference.kind.isNamespaced else {
                decoder.report(
                    "outside", at: node,
                    "\(reference.text) is not in the lab's namespace: a lab changes nothing of the whole cluster")
                return
            }
            requireNamespace(action, node)
        case .deleteSelected(let kind, _):
            guard kind.isNamespaced else {
                decoder.report("outside", at: node, "a lab deletes nothing of the whole cluster: \(kind.kind)")
                return
            }
            requireNamespace(action, node)
        case .deleteNamespace(let name):
            guard name == "${namespace}" || name == lab.namespaceTemplate, lab.namespaceTemplate != nil else {
                decoder.report(
                    "outside", at: node["delete"] ?? node, "the namespace `\(name)` is not the lab's own",
                    hint: "write \"${namespace}\"")
                return
            }
        case .sql: requireNamespace(action, node)
        case .service:
            if !lab.needs.hosts {
                decoder.report(
                    "missing-need", at: node, "it touches hosts, and the lab does not need them",
                    hint: "add `hosts: true` to `needs`")
            }
            if !isProof {
                decoder.report("outside", at: node, "only a sabotage touches services of hosts")
            }
        case .martlet:
            if !lab.origin.isOwn {
                decoder.report("outside", at: node, "only labs that come with martlet run its commands")
            }
            if !lab.needs.hosts {
                decoder.report(
                    "missing-need", at: node, "it touches hosts, and the lab does not need them",
                    hint: "add `hosts: true` to `needs`")
            }
        case .kubeconfig:
            if !isProof { decoder.report("outside", at: node, "only a sabotage changes a kubeconfig") }
        case .answer(let answers):
            let questions = lab.checks.filter { $0.primitive is QuizCheck || $0.primitive is AttestCheck }.map(\.id)
            for id in answers.keys.sorted() where !questions.contains(id) {
                decoder.report(
                    "unknown-check", at: node["answer"] ?? node, "there is no quiz `\(id)`",
                    hint: LabCodecs.nearest(id, questions))
            }
        case .fixture: requireNamespace(action, node)
        case .load(let plan):
            if plan.exchange.isOfTheLab { requireNamespace(action, node) }
            foreign(plan.exchange.foreignNamespaces, node)
        case .nodes:
            if !lab.needs.nodes {
                decoder.report(
                    "missing-need", at: node, "it changes nodes, and the lab does not say that it needs that",
                    hint: "add `nodes: true` to `needs`")
            }
        case .write(let file, _):
            if case .failure(let error) = manifest(file), (error as? Diagnostic)?.code == "file.missing" {
                decoder.report("missing-file", at: node, "`\(file)` cannot be used", detail: "\(file) cannot be read")
            }
        case .wait(let primitive, _): for part in primitive.all { foreign(part.foreignNamespaces, node) }
        case .makeNamespace, .deleteWork, .run, .stopRun: break
        }
    }

    private func requireNamespace(_ action: LabAction, _ node: ConfigNode) {
        guard lab.namespaceTemplate == nil else { return }
        decoder.report(
            "no-namespace", at: node, "to \(action.words) a lab needs a namespace of its own",
            hint: "add `setup: [{namespace: \"lab-${nonce}\"}]`")
    }

    private func objects(_ file: String, _ node: ConfigNode) {
        let objects: [JSONValue]
        switch manifest(file) {
        case .success(let found): objects = found
        case .failure(let error):
            let first = (error as? Diagnostics)?.list.first ?? error as? Diagnostic
            let place = first?.location.map { " (\($0.file):\($0.line):\($0.column))" } ?? ""
            decoder.report(
                first?.code == "file.missing" ? "missing-file" : "file", at: node, "`\(file)` cannot be used",
                detail: (first?.summary ?? "\(error)") + place)
            return
        }
        guard !objects.isEmpty else { return decoder.report("file", at: node, "`\(file)` holds no object") }
        for object in objects { self.object(object, file, node) }
    }

    private func object(_ object: JSONValue, _ file: String, _ node: ConfigNode) {
        guard let version = object["apiVersion"]?.string, let kind = object["kind"]?.string,
            let name = object["metadata"]?["name"]?.string, !name.isEmpty
        else {
            return decoder.report(
                "file", at: node, "`\(file)` holds something that is no object",
                detail: "objects have apiVersion, kind and metadata.name")
        }
        if let known = KnownKinds.find(apiVersion: version, kind: kind), !known.isNamespaced {
            decoder.report(
                "outside", at: node, "`\(file)` makes \(kind) \(name): a lab changes nothing of the whole cluster")
        }
        if let namespace = object["metadata"]?["namespace"]?.string, namespace != "${namespace}",
            namespace != lab.namespaceTemplate
        {
            decoder.report(
                "outside", at: node, "`\(file)` writes into the namespace `\(namespace)`, which is not the lab's own",
                hint: "leave `namespace` out: it is filled in")
        }
        var known = Set(VariableCheck.builtIn).subtracting(["in"]).union(lab.variables.keys)
        if lab.namespaceTemplate == nil { known.remove("namespace") }
        for text in Self.texts(object) {
            for reference in TextTemplate.references(in: text) where !known.contains(reference.name) {
                decoder.report(
                    "undefined-variable", at: node,
                    "`\(file)` uses the variable `${\(reference.name)}`, which nobody defines",
                    hint: LabCodecs.nearest(reference.name, known.sorted())
                        ?? "write `$${\(reference.name)}` for the characters themselves")
            }
        }
    }

    private static func texts(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let items): items.flatMap(texts)
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap { texts($0.value) }
        default: []
        }
    }
}
