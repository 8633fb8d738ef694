package import ConfigTree
internal import KubernetesAPI

/// Every key of a lab file; decoder, JSON Schema and reference follow from here.
package enum LabFields {
    package static var shape: Shape { root.shape }

    // MARK: head

    private static let lab = Field("lab", LabCodecs.id, required: true, "Its name; also the value of the label `lab`")
    private static let id = Field("id", Codec<String>.text(LabCodecs.labID), "Its id; default: from `book`, E12 or A4")
    private static let version = Field(
        "version", Codec<Int>.integer(1...100_000), required: true, "Grows when the checks change")
    private static let title = Field("title", LabCodecs.text, required: true, "A few words")
    private static let about = Field("about", LabCodecs.text, required: true, "What it is about, Markdown")
    private static let goals = Field("goals", LabCodecs.texts, required: true, "What is true in the end")
    private static let honesty = Field(
        "honesty", Codec<Honesty>.choice(Honesty.allCases.map { ($0.rawValue, $0.words, $0) }), required: true,
        "How honest a run on local machines is")
    private static let gate = Field(
        "gate",
        Codec<Lab.Gate>.choice([
            ("soft", "Steps may be done in any order", .soft),
            ("hard", "A step opens when the one before has passed", .hard),
        ]), defaultText: "soft", "Whether steps wait for each other")

    private static let chapter = Field("chapter", Codec<Int>.integer(1...99), required: true, "The chapter")
    private static let exercise = Field("exercise", Codec<Int>.integer(1...99), "The exercise's number")
    private static let activity = Field("activity", Codec<Int>.integer(1...99), "The activity's number")
    private static let walkthrough = Field("walkthrough", Codec<String>.text(walkthroughFormat), "A walk-through, `9f`")
    private static let walkthroughFormat = TextFormat("a walk-through such as 9f", pattern: "^[0-9]+[a-z]$") { text in
        let isRight =
            text.dropLast().allSatisfy { $0.isASCII && $0.isNumber } && text.last?.isLetter == true && text.count > 1
        return isRight ? nil : "it has the chapter and a letter"
    }
    private static let relation = Field(
        "relation",
        Codec<BookReference.Relation>.choice([
            ("same-steps", "The book's steps", .sameSteps), ("same-goal", "The book's goal on another way", .sameGoal),
            ("inspired-by", "Something near it", .inspiredBy),
        ]), defaultText: "same-goal", "How near it is to the book")
    private static let book = Field(
        "book",
        Codec<BookReference>.record(
            "the book", [chapter, exercise, activity, walkthrough, relation],
            exactlyOne: [["exercise", "activity", "walkthrough"]]
        ) { record in
            let place =
                record.optional(exercise).map { BookReference.Place.exercise($0) }
                ?? record.optional(activity).map { .activity($0) }
                ?? record.optional(walkthrough).map { .walkthrough($0) }
            guard let chapter = record.required(chapter), let place else { return nil }
            return BookReference(chapter: chapter, place: place, relation: record.optional(relation) ?? .sameGoal)
        }, "Where in the book it belongs")

    private static let typical = Field("typical", LabCodecs.duration, "How long it usually takes")
    private static let limit = Field("limit", LabCodecs.duration, "How long at most")
    private static let time = Field(
        "time",
        Codec<LabTime>.record("the time", [typical, limit]) { record in
            LabTime(typical: record.optional(typical), limit: record.optional(limit))
        }, "How long it takes")

    // MARK: needs

    private static let minimum = Field(
        "min_kubernetes", Codec<String>.text(versionFormat), "Kubernetes of this version or newer, \"1.20\"")
    private static let versionFormat = TextFormat("a version such as \"1.20\"", pattern: "^1\\.[0-9]+$") { text in
        let parts = text.split(separator: ".")
        return parts.count == 2 && parts.allSatisfy({ Int($0) != nil }) ? nil : "it has two numbers"
    }
    private static let workers = Field("workers", Codec<Int>.integer(0...1000), "So many workers")
    private struct ClusterNeeds: Sendable {
        var minimum: String?
        var workers: Int
    }
    private static let cluster = Field(
        "cluster",
        Codec<ClusterNeeds>.record("the cluster", [minimum, workers]) { record in
            ClusterNeeds(minimum: record.optional(minimum), workers: record.optional(workers) ?? 0)
        }, "The cluster")
    private static let hosts = Field("hosts", Codec<Bool>.boolean, "Access to the hosts over SSH")
    private static let namespaces = Field(
        "namespaces", LabCodecs.ids, "Namespaces beside the lab's own that checks may read")
    private static let storageClass = Field("storage_class", Codec<Bool>.boolean, "A default StorageClass")
    private static let programs = Field("programs", LabCodecs.texts, "Programs of the learner's machine")
    private static let api = Field("api", LabCodecs.texts, "Group versions that are served")
    private static let kubeconfig = Field("kubeconfig", Codec<Bool>.boolean, "The learner's own kubeconfig")
    private static let images = Field("images", LabCodecs.texts, "Images that must lie in the registry of labs")
    private static let fixtures = Field(
        "fixtures",
        Codec<[String]>.list(
            Codec<String>(shape: .text(nil)) { node, decoder in
                guard let name = decoder.text(node) else { return nil }
                decoder.report(
                    "unknown-fixture", at: node, "the fixture `\(ConfigDecoder.shortened(name))` is not known",
                    detail: "no fixture is built yet")
                return nil
            }, minimum: 1), "Stub services")
    private static let needs = Field(
        "needs",
        Codec<LabNeeds>.record(
            "the needs", [cluster, hosts, namespaces, storageClass, programs, api, kubeconfig, images, fixtures]
        ) { record in
            _ = record.optional(fixtures)
            let cluster = record.optional(cluster)
            return LabNeeds(
                minimumKubernetes: cluster?.minimum, workers: cluster?.workers ?? 0,
                hosts: record.optional(hosts) ?? false,
                namespaces: record.optional(namespaces) ?? [], storageClass: record.optional(storageClass) ?? false,
                programs: record.optional(programs) ?? [], api: record.optional(api) ?? [],
                kubeconfig: record.optional(kubeconfig) ?? false, images: record.optional(images) ?? [])
        }, "What must be there before anything is judged")

    private static let vars = Field(
        "vars", Codec<[String: String]>.map(key: LabCodecs.variableName, LabCodecs.plain),
        "Texts that others may use as `${name}`")
    private static let setup = Field(
        "setup", Codec<[LabAction]>.list(ActionFields.setup, minimum: 1), "What `lab start` makes")

    // MARK: steps

    private static let stepID = Field("id", LabCodecs.id, required: true, "Unique in the lab")
    private static let task = Field("do", LabCodecs.text, required: true, "What to do, Markdown")
    private static let hints = Field("hints", LabCodecs.texts, "Revealed one by one")
    private static let solution = Field("solution", ActionFields.actions, "What does the step's work")
    private static let checks = Field(
        "checks", Codec<[LabCheck]>.list(CheckFields.check(default: .goal), minimum: 1), required: true,
        "What is judged")
    private static let step = Codec<LabStep>.record(
        "the step", plural: "steps", [stepID, title, task, hints, solution, checks]
    ) { record in
        let id = record.required(stepID)
        let title = record.required(title)
        let task = record.required(task)
        let hints = record.optional(hints) ?? []
        let solution = record.optional(solution) ?? []
        guard let checks = record.required(checks), let id, let title, let task else { return nil }
        return LabStep(id: id, title: title, task: task, hints: hints, solution: solution, checks: checks)
    }
    private static let steps = Field("steps", Codec<[LabStep]>.list(step, minimum: 1), required: true, "The work")

    // MARK: end

    private static let cleanupActions = Field("do", ActionFields.actions, required: true, "What removes everything")
    private static let cleanupChecks = Field(
        "checks", Codec<[LabCheck]>.list(CheckFields.check(default: .cleanup), minimum: 1), "That nothing is left")
    private static let cleanup = Field(
        "cleanup",
        Codec<LabCleanup>.record("the cleanup", [cleanupActions, cleanupChecks]) { record in
            let checks = record.optional(cleanupChecks) ?? []
            guard let actions = record.required(cleanupActions) else { return nil }
            return LabCleanup(actions: actions, checks: checks)
        }, "How it ends")

    private static let red = Field(
        "red",
        Codec<LabProof.Pristine>(
            shape: .either([.choice([.init("all-goal", ""), .init("none", "")]), .list(.text(nil), minimum: 1)])
        ) {
            node, decoder in
            if node.kind == .sequence { return LabCodecs.ids.read(node, decoder).map { .these($0) } }
            return Codec<LabProof.Pristine>.choice([("all-goal", "", .allGoals), ("none", "", .none)]).read(
                node, decoder)
        }, required: true, "What is red when nothing was done: all-goal, none, or a list of checks")
    private static let pristine = Field(
        "pristine", Codec<LabProof.Pristine>.record("the pristine run", [red]) { $0.required(red) },
        "Before anything is done")
    private static let after = Field("after", LabCodecs.id, "The step after which it is done; default: the last")
    private static let sabotageActions = Field("do", ActionFields.actions, required: true, "How it is broken")
    private static let redChecks = Field("red", LabCodecs.ids, required: true, "Exactly these turn red")
    private static let errorChecks = Field("error", LabCodecs.ids, "These cannot judge")
    private static let within = Field(
        "within", LabCodecs.duration, defaultText: "90s", "How long the red ones may take")
    private static let sabotageID = Field("id", LabCodecs.id, required: true, "Unique in the lab")
    private static let sabotage = Codec<Sabotage>.record(
        "the sabotage", plural: "sabotages", [sabotageID, after, sabotageActions, redChecks, errorChecks, within]
    ) { record in
        let id = record.required(sabotageID)
        let actions = record.required(sabotageActions)
        let error = record.optional(errorChecks) ?? []
        let after = record.optional(after)
        let within = record.optional(within) ?? .seconds(90)
        guard let red = record.required(redChecks), let id, let actions else { return nil }
        return Sabotage(
            id: id, after: after, actions: actions, red: red, error: error, within: within,
            location: (record.node["id"] ?? record.node).location)
    }
    private static let sabotages = Field("sabotage", Codec<[Sabotage]>.list(sabotage, minimum: 1), "Ways to break it")
    private static let prove = Field(
        "prove",
        Codec<LabProof>.record("the proof", [pristine, sabotages]) { record in
            LabProof(pristine: record.optional(pristine) ?? .allGoals, sabotages: record.optional(sabotages) ?? [])
        }, "How it is shown that each check can fail")

    static let root = Codec<Lab>.record(
        "the lab",
        [lab, id, version, title, book, honesty, about, goals, time, gate, needs, vars, setup, steps, cleanup, prove]
    ) { record in
        let name = record.required(lab)
        let book = record.optional(book)
        let version = record.required(version)
        let title = record.required(title)
        let honesty = record.required(honesty)
        let about = record.required(about)
        let goals = record.required(goals)
        let time = record.optional(time) ?? LabTime()
        let gate = record.optional(gate) ?? .soft
        let needs = record.optional(needs) ?? LabNeeds()
        let variables = record.optional(vars) ?? [:]
        let setup = record.optional(setup) ?? []
        let steps = record.required(steps) ?? []
        let cleanup = record.optional(cleanup) ?? LabCleanup(actions: [], checks: [])
        let proof = record.optional(prove) ?? .nothing
        let id = record.has(id) ? record.optional(id) : book?.id
        if id == nil, !record.has(LabFields.id), !record.has(LabFields.book) {
            record.decoder.report(
                "missing-key", at: record.node, "the lab has no `id`",
                detail: "an id of its own, or a place in the `book`",
                hint: "add `id: E99`")
        }
        return Lab(
            id: id ?? "", name: name ?? "", version: version ?? 1, title: title ?? "", book: book,
            honesty: honesty ?? .faithful, about: about ?? "", goals: goals ?? [], time: time, gate: gate, needs: needs,
            variables: variables, setup: setup, steps: steps, cleanup: cleanup, proof: proof,
            origin: LabOrigin(folder: "", isOwn: false))
    }
}
