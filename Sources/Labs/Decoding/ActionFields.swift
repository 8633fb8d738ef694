internal import ConfigTree
internal import KubernetesAPI

/// Keys of actions.
enum ActionFields {
    // MARK: objects

    private static let apply = Field("apply", file, "Apply the objects of a file")

    /// A file below the lab's folder.
    static let file = LabCodecs.text.then { text, node, decoder -> String? in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isInside = text.hasPrefix("files/") && !parts.contains { $0 == ".." || $0.isEmpty || $0 == "." }
        guard isInside, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            decoder.report(
                "outside", at: node, "`\(ConfigDecoder.shortened(text))` is no file of the lab",
                hint: "files lie below `files/` in the lab's folder")
            return nil
        }
        return text
    }

    private static let deleteNamespace = Field("namespace", LabCodecs.text, "The lab's namespace")
    private static let deleteKind = Field("kind", LabCodecs.kind, "Kind of the objects")
    private static let deleteSelector = Field("selector", LabCodecs.text, "Their labels")
    private static let deleteWork = Field("work", FileFields.workPath, "A file of the work folder")
    private static let deleteMapping = Codec<LabAction>.record(
        "`delete`", [deleteNamespace, deleteKind, deleteSelector, deleteWork],
        exactlyOne: [["namespace", "selector", "work"]]
    ) { record in
        if let name = record.optional(deleteWork) { return .deleteWork(name) }
        if let name = record.optional(deleteNamespace) { return .deleteNamespace(name) }
        guard let selector = record.optional(deleteSelector), let kind = record.required(deleteKind) else { return nil }
        return .deleteSelected(kind: kind, selector: selector)
    }
    private static let deleteText = Codec<LabAction>(shape: .text(nil)) { node, decoder in
        guard node.kind == .scalar, node.text.hasPrefix("files/") else {
            return LabCodecs.reference.read(node, decoder).map { .deleteObject($0) }
        }
        return file.read(node, decoder).map { .deleteFile($0) }
    }
    private static let delete = Field(
        "delete", Codec<LabAction>.either(single: deleteText, mapping: deleteMapping), "Delete objects")

    private static let ref = Field("ref", LabCodecs.reference, required: true, "The object as kind/name")
    private static let merge = Field("merge", LabCodecs.json, required: true, "What is merged into it (RFC 7396)")
    private static let patch = Field(
        "patch",
        Codec<LabAction>.record("`patch`", [ref, merge]) { record in
            let reference = record.required(ref)
            guard let merge = record.required(merge), let reference else { return nil }
            return .patch(reference, merge: merge)
        }, "Change an object")
    private static let replicas = Field("replicas", Codec<Int>.integer(0...1000), required: true, "How many")
    private static let scale = Field(
        "scale",
        Codec<LabAction>.record("`scale`", [ref, replicas]) { record in
            let reference = record.required(ref)
            guard let replicas = record.required(replicas), let reference else { return nil }
            return .scale(reference, replicas: replicas)
        }, "Change the number of replicas")
    private static let sql = Field("sql", SQLFields.statement, "Run a statement in a database")

    // MARK: hosts

    private static let unit = Field(
        "service",
        Codec<String>.text(
            TextFormat("the name of a service", pattern: "^[A-Za-z0-9@._-]+$") { text in
                let isPlain = text.unicodeScalars.allSatisfy {
                    $0.isASCII
                        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
                            || "@._-".unicodeScalars.contains($0))
                }
                return isPlain && !text.hasPrefix("-") && !text.isEmpty ? nil : "it has characters that no service has"
            }), "A service of systemd")
    private static let staticPod = Field(
        "static_pod",
        Codec<String>.choice(
            ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map { ($0, "", $0) }),
        "A pod that the kubelet runs from a manifest")
    private static let on = Field(
        "on",
        Codec<HostRole>.choice([("control-plane", "", .controlPlane), ("worker", "", .worker), ("any", "", .any)]),
        "The first host with this role")

    private static let runName = Field("run", LabCodecs.id, "A program that `run` has started under this name")

    private static func service(_ verb: LabAction.HostService.Verb) -> Field<LabAction> {
        var names = verb == .enable || verb == .disable ? ["service"] : ["service", "static_pod"]
        var fields: [any ConfigField] = verb == .enable || verb == .disable ? [unit, on] : [unit, staticPod, on]
        if verb == .stop {
            names.append("run")
            fields.append(runName)
        }
        return Field(
            verb.rawValue,
            Codec<LabAction>.record("`\(verb.rawValue)`", fields, exactlyOne: [names]) { record in
                if verb == .stop, record.has(runName) {
                    if let node = record.valueNode(on) {
                        record.decoder.report(
                            "conflict", at: node.key ?? node, "`run` is on this machine, not on a host")
                    }
                    return record.optional(runName).map { .stopRun($0) }
                }
                guard let role = record.optional(on) else {
                    if !record.has(on) {
                        record.decoder.report(
                            "missing-key", at: record.node.key ?? record.node, "`\(verb.rawValue)` has no `on`",
                            detail: "the first host with this role")
                    }
                    return nil
                }
                if let unit = record.optional(unit) {
                    return .service(.init(verb: verb, subject: .unit(unit), role: role))
                }
                guard let name = record.optional(staticPod) else { return nil }
                return .service(.init(verb: verb, subject: .staticPod(name), role: role))
            }, "What is done (\(verb.rawValue)) to something on a host")
    }

    private static let start = service(.start)
    private static let stop = service(.stop)
    private static let enable = service(.enable)
    private static let disable = service(.disable)

    // MARK: the learner

    private static let answer = Field(
        "answer",
        Codec<[String: String]>.map(LabCodecs.plain).map { texts in
            LabAction.answer(texts.mapValues { $0 == "live" ? nil : $0 })
        }, "Answer quizzes; `live` is what is right at that moment")
    static let fileMode = Codec<Int>(shape: .text(nil)) { node, decoder in
        guard let text = decoder.text(node) else { return nil }
        guard text.count == 4, text.hasPrefix("0"), let mode = Int(text, radix: 8), mode <= 0o777 else {
            decoder.report("value", at: node, "\(decoder.name(node)) must be a mode such as \"0644\"")
            return nil
        }
        return mode
    }
    private static let mode = Field("mode", fileMode, "Its mode, in quotes")
    private static let contextName = Field("context", LabCodecs.id, "Its current context")
    private static let kubeconfig = Field(
        "kubeconfig",
        Codec<LabAction>.record("`kubeconfig`", [mode, contextName], exactlyOne: [["mode", "context"]]) { record in
            record.optional(mode).map { .kubeconfig(.mode($0)) }
                ?? record.optional(contextName).map { .kubeconfig(.context($0)) }
        }, "Spoil the copy of a kubeconfig that a proof makes")

    private static let wait = Field(
        "wait",
        Codec<LabAction>(shape: .anything) { node, decoder in
            guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: .anything)) }
            guard let primitive = PrimitiveTable.read(node, known: ["timeout"], decoder) else { return nil }
            let limit = node["timeout"].flatMap { LabCodecs.duration.read($0, decoder) }
            return .wait(primitive, timeout: limit ?? .seconds(60))
        }, "Wait until a primitive holds")

    // MARK: requests, stub services, nodes, files

    private static let load = Field("load", LoadFields.plan.map { LabAction.load($0) }, "Send many requests")
    private static let fixture = Field(
        "fixture", FixtureFields.change.map { LabAction.fixture($0) }, "Settings and faults of the lab's stub services")
    private static let write = Field("write", FileFields.write, "A file of the lab into the work folder")
    private static let label = Field("label", NodeActionFields.label, "Labels of nodes")
    private static let taint = Field("taint", NodeActionFields.taint, "Taints of nodes")
    private static let cordon = Field("cordon", NodeActionFields.cordon, "Nodes take no new pods")
    private static let uncordon = Field("uncordon", NodeActionFields.uncordon, "Nodes take pods again")
    private static let drain = Field("drain", NodeActionFields.drain, "Nodes take no new pods, and those there go")

    private static let argv = Field(
        "argv", LabCodecs.texts, required: true, "The program and its arguments; there is no shell")
    private static let environment = Field(
        "env", Codec<[String: String]>.map(LabCodecs.plain), "Variables of its environment")
    private static let background = Field("background", Codec<Bool>.boolean, defaultText: "false", "It goes on")
    private static let backgroundName = Field(
        "name", LabCodecs.id, "Of one in the background; another one of that name takes its place")
    private static let waitPort = Field(
        "port", Codec<Int>.integer(1...65535), "Of one in the background: it has started when it listens there")
    private static let runTimeout = Field(
        "timeout", LoadFields.span, defaultText: "60s", "Until it has ended, or listens")
    private static let runUndo = Field(
        "undo", LabCodecs.texts, "Program and arguments that take it back, of one that ends")
    private static let run = Field(
        "run",
        Codec<LabAction>.record(
            "`run`", [argv, environment, background, backgroundName, waitPort, runTimeout, runUndo]
        ) { record in
            let isBackground = record.optional(background) ?? false
            let decoder = record.decoder
            for (field, wants) in [("name", true), ("port", true), ("undo", false)] {
                guard let node = record.node[field], wants != isBackground else { continue }
                decoder.report(
                    "conflict", at: node.key ?? node,
                    "`\(field)` belongs to a program \(wants ? "in the background" : "that ends")")
            }
            guard let words = record.required(argv) else { return nil }
            return .run(
                LocalRun(
                    argv: words, environment: record.optional(environment) ?? [:],
                    name: isBackground ? record.optional(backgroundName) ?? "program" : nil,
                    port: record.optional(waitPort), timeout: record.optional(runTimeout) ?? .seconds(60),
                    undo: record.optional(runUndo)))
        }, "Run a program of this machine, in the work folder")

    private static let fields: [Field<LabAction>] = [
        run, delete, patch, scale, sql, start, stop, enable, disable, answer, kubeconfig, MartletFields.martlet, wait,
        load, fixture, write,
        label,
        taint, cordon, uncordon, drain,
    ]

    /// The keys of all actions.
    static var names: [String] { ["apply"] + fields.map(\.fieldShape.name) }

    /// One action: a mapping with exactly one key.
    static let action: Codec<LabAction> = {
        let all: [any ConfigField] = [apply] + fields
        return Codec<LabAction>.record("the action", plural: "actions", all, exactlyOne: [all.map(\.fieldShape.name)]) {
            record in
            if record.has(apply) { return record.optional(apply).map { .apply($0) } }
            for field in fields where record.has(field) { return record.optional(field) }
            return nil
        }
    }()

    /// One, or a list.
    static let actions = Codec<[LabAction]>(shape: .either([action.shape, .list(action.shape, minimum: 1)])) {
        node, decoder in
        guard node.kind == .sequence else { return action.read(node, decoder).map { [$0] } }
        return Codec<[LabAction]>.list(action, minimum: 1).read(node, decoder)
    }

    // MARK: setup

    private static let namespace = Field("namespace", LabCodecs.text, "The lab's namespace")

    static let setup = Codec<LabAction>.record(
        "the setup", plural: "actions", [namespace, apply, write, wait],
        exactlyOne: [["namespace", "apply", "write", "wait"]]
    ) { record in
        record.optional(namespace).map { .makeNamespace($0) } ?? record.optional(apply).map { .apply($0) }
            ?? record.optional(write) ?? record.optional(wait)
    }
}
