internal import ClusterModel
internal import ConfigTree
internal import KubernetesAPI

/// Keys of a framework file.
enum FrameworkFields {
    static let verification = FrameworkCodecs.words(
        Framework.Verification.self,
        [
            .none: "nothing of it was run", .api: "its objects were accepted by a real API server",
            .real: "its real components ran",
        ])

    // MARK: phases

    private static let id = Field("id", FrameworkCodecs.dnsLabel, required: true, "As plans and errors name it")
    private static let phaseTitle = Field("title", FrameworkCodecs.text, "What it brings")
    private static let apply = Field("apply", FrameworkCodecs.texts, "Sources whose objects are applied")
    private static let merge = Field(
        "merge", FrameworkCodecs.jsonObject, required: true, "The fields, applied as martlet's")
    private static let patch = Field(
        "patch",
        Codec<[FrameworkPhase.Patch]>.list(
            .record(
                "the patch", plural: "patches",
                [
                    CheckFields.requiredVersion, CheckFields.kind, CheckFields.name, CheckFields.namespace, merge,
                    FrameworkCodecs.channels, FrameworkCodecs.when,
                ]
            ) { record in
                guard let object = CheckFields.objectName(record), let merge = record.required(merge) else {
                    return nil
                }
                return FrameworkPhase.Patch(object: object, merge: merge, applies: FrameworkCodecs.applies(record))
            }), "Fields of objects that something else made")
    private static let jobSource = Field("source", FrameworkCodecs.text, required: true, "The source with the Job")
    private static let job = Field(
        "job",
        Codec<FrameworkPhase.JobRun>.record(
            "the job", [jobSource, CheckFields.name, CheckFields.namespace]
        ) { record in
            guard let source = record.required(jobSource), let name = record.required(CheckFields.name) else {
                return nil
            }
            return FrameworkPhase.JobRun(
                source: source, name: name, namespace: record.optional(CheckFields.namespace) ?? "")
        }, "A Job that runs to its end and is removed")
    private static let http = Field("http", CheckFields.requests, "Requests, one after the other")
    private static let unless = Field("unless", CheckFields.check, "The phase is done if this holds")
    private static let checks = Codec<[ReadinessCheck]>.list(CheckFields.check)
    private static let waits = Field("waits", checks, "What must be so before the next phase")
    private static let automatic = Field(
        "automaticWaits", Codec<Bool>.boolean, defaultText: "true",
        "Definitions of the phase must be served, workloads rolled out and Jobs complete")
    private static let timeout = Field(
        "timeout", FrameworkCodecs.duration, defaultText: "5m", "How long its waits may take")

    private static let phase = Codec<FrameworkPhase>.record(
        "the phase", plural: "phases",
        [
            id, phaseTitle, apply, patch, job, http, unless, waits, automatic, timeout, FrameworkCodecs.channels,
            FrameworkCodecs.when,
        ]
    ) { record in
        let (apply, patch) = (record.optional(apply) ?? [], record.optional(patch) ?? [])
        let (job, http, waits) = (record.optional(job), record.optional(http) ?? [], record.optional(waits) ?? [])
        guard let id = record.required(id) else { return nil }
        if apply.isEmpty, patch.isEmpty, job == nil, http.isEmpty, waits.isEmpty, record.node.count < 3 {
            record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) does nothing")
        }
        return FrameworkPhase(
            id: id, title: record.optional(phaseTitle) ?? id, apply: apply, patches: patch, job: job, http: http,
            unless: record.optional(unless), waits: waits, waitsAutomatically: record.optional(automatic) ?? true,
            timeout: record.optional(timeout) ?? .seconds(300), applies: FrameworkCodecs.applies(record))
    }

    // MARK: removal and upgrade

    private static let objectLists = Codec<[FrameworkRemoval.Objects]>.list(CheckFields.objects)
    private static let userObjects = Field(
        "userObjects", objectLists, "Deleted first and waited for, while the controllers run")
    private static let leftovers = Field("leftovers", objectLists, "Looked for at the end, and removed")
    private static let claims = Field(
        "claims", Codec<Bool>.choice([("ask", "kept unless --delete-claims", false), ("always", "deleted", true)]),
        defaultText: "ask", "What happens to PersistentVolumeClaims")
    private static let removalCodec = Codec<FrameworkRemoval>.record(
        "the removal", [userObjects, http, leftovers, claims]
    ) { record in
        FrameworkRemoval(
            userObjects: record.optional(userObjects) ?? [], http: record.optional(http) ?? [],
            leftovers: record.optional(leftovers) ?? [], deletesClaims: record.optional(claims) ?? false)
    }

    private static let step = Field("maxMinorStep", Codec<Int>.integer(1...100), "Most minor versions at once")
    private static let before = Field("before", FrameworkCodecs.texts, "Phases that run only in an upgrade, at first")
    private static let after = Field("after", FrameworkCodecs.texts, "Phases that run only in an upgrade, at last")
    private static let rollback = Field(
        "rollback", Codec<Bool>.boolean, defaultText: "false", "An older version may be put in its place")
    private static let note = Field("note", FrameworkCodecs.text, "What to know before an upgrade")
    private static let upgradeCodec = Codec<FrameworkUpgrade>.record(
        "the upgrade", [step, before, after, rollback, note]
    ) { record in
        FrameworkUpgrade(
            maxMinorStep: record.optional(step), before: record.optional(before) ?? [],
            after: record.optional(after) ?? [], canRollBack: record.optional(rollback) ?? false,
            note: record.optional(note))
    }

    // MARK: known issues, smoke

    private static let symptom = Field("symptom", FrameworkCodecs.text, required: true, "A part of a message")
    private static let explanation = Field("explanation", FrameworkCodecs.text, required: true, "What is behind it")
    private static let remedy = Field("remedy", FrameworkCodecs.text, required: true, "What to do")
    private static let refs = Field("refs", FrameworkCodecs.texts, "Where it was reported, owner/repository#number")
    private static let issue = Codec<KnownIssue>.record(
        "the issue", plural: "issues", [symptom, explanation, remedy, refs]
    ) { record in
        guard let symptom = record.required(symptom), let explanation = record.required(explanation),
            let remedy = record.required(remedy)
        else { return nil }
        return KnownIssue(
            symptom: symptom, explanation: explanation, remedy: remedy, references: record.optional(refs) ?? [])
    }

    private static let smokeImage = Field("image", FrameworkCodecs.text, "An image")
    private static let smokeRuntime = Field("runtime", FrameworkCodecs.text, "The runtime of `source`")
    private static let smokeSource = Field("source", FrameworkCodecs.text, "Source, or a file of this folder")
    private static let smokeCommand = Field(
        "command", FrameworkCodecs.text, "What handles a request, in an image with a watchdog")
    private static let input = Field(
        "input",
        Codec<(String?, String?, String?, String?)>.record(
            "the input", [smokeImage, smokeRuntime, smokeSource, smokeCommand]
        ) { record in
            (
                record.optional(smokeImage), record.optional(smokeRuntime), record.optional(smokeSource),
                record.optional(smokeCommand)
            )
        }, required: true, "What is deployed")
    private static let method = Field("method", FrameworkCodecs.text, defaultText: "POST", "The request's method")
    private static let body = Field("body", Codec<String>.text, "The request's body")
    private static let request = Field(
        "request",
        Codec<(String, String?)>.record("the request", [method, body]) { record in
            (record.optional(method) ?? "POST", record.optional(body))
        }, "How it is invoked")
    private static let status = Field(
        "status", Codec<Int>.integer(100...599), defaultText: "200", "The answer's status")
    private static let contains = Field("contains", FrameworkCodecs.text, "A part of the answer")
    private static let expect = Field(
        "expect",
        Codec<(Int, String?)>.record("the answer", [status, contains]) { record in
            (record.optional(status) ?? 200, record.optional(contains))
        }, "What comes back")
    private static let deadline = Field("deadline", FrameworkCodecs.duration, defaultText: "3m", "How long it may take")
    private static let smokeCodec = Codec<SmokeTest>.record("the smoke test", [input, request, expect, deadline]) {
        record in
        guard let input = record.required(input) else { return nil }
        let request = record.optional(request) ?? ("POST", nil)
        let expected = record.optional(expect) ?? (200, nil)
        return SmokeTest(
            image: input.0, runtime: input.1, source: input.2, command: input.3, method: request.0, body: request.1,
            status: expected.0, contains: expected.1, deadline: record.optional(deadline) ?? .seconds(180))
    }

    // MARK: the file

    private static let apiVersion = Field(
        "apiVersion", Codec<Bool>.choice([("martlet/v1", "", true)]), required: true, "The format's version")
    private static let kind = Field(
        "kind", Codec<Bool>.choice([("Framework", "", true)]), required: true, "What the file describes")
    private static let name = Field("name", FrameworkCodecs.dnsLabel, required: true, "As its folder is called")
    private static let title = Field("title", FrameworkCodecs.text, required: true, "As its makers write it")
    private static let summary = Field("summary", FrameworkCodecs.text, required: true, "One sentence")
    private static let homepage = Field("homepage", FrameworkCodecs.text, "Its page")
    private static let docs = Field("docs", FrameworkCodecs.texts, "Further pages")
    private static let state = Field(
        "status",
        FrameworkCodecs.words(
            Framework.Status.self,
            [.active: "its makers work on it", .stale: "nothing new came for a year", .archived: "it was given up"]),
        required: true, "How its makers see it")
    private static let maintained = Field(
        "maintained", Codec<Bool>.boolean, required: true, "Somebody repairs faults today")
    private static let lastRelease = Field("lastRelease", Codec<String>.text, "When the newest release came, in quotes")
    private static let lastChecked = Field("lastChecked", Codec<String>.text, "When this file was compared with it")
    private static let verified = Field("verified", verification, required: true, "How far it was proven")
    private static let verifiedBy = Field("verifiedBy", FrameworkCodecs.text, "What was run, one sentence")
    private static let licence = Field("licence", ChannelFields.licenceCodec, required: true, "Its licence")
    private static let traits = Field(
        "traits", ChannelFields.wholeTraits, required: true,
        "What it can do and costs, for the choice between frameworks")
    private static let resources = Field(
        "resources", ChannelFields.resourcesCodec, required: true, "What it needs")
    private static let book = Field("book", FrameworkCodecs.texts, "Lessons or labs that it serves")
    private static let channels = Field(
        "channels",
        Codec<[@Sendable (ChannelFields.Standards) -> FrameworkChannel]>.list(ChannelFields.codec, minimum: 1),
        required: true, "Lines of releases, the most wanted first")
    private static let parameters = Field(
        "parameters", Codec<[FrameworkParameter]>.list(PartFields.parameter), "What the user may choose")
    private static let namespaces = Field(
        "namespaces", Codec<[FrameworkNamespace]>.list(PartFields.namespace), "Made first, removed last")
    private static let secrets = Field(
        "secrets", Codec<[FrameworkSecret]>.list(PartFields.secret), "Made once, kept, and never shown")
    private static let images = Field("images", Codec<[FrameworkImage]>.list(PartFields.image), "All images it needs")
    private static let sources = Field("sources", Codec<[FrameworkSource]>.list(PartFields.source), "Files of objects")
    private static let phases = Field(
        "phases", Codec<[FrameworkPhase]>.list(phase, minimum: 1), required: true,
        "The installation, one after the other; namespaces and secrets come before")
    private static let endpoints = Field(
        "endpoints", Codec<[FrameworkEndpoint]>.list(PartFields.endpoint), "Ways to its services")
    private static let readiness = Field(
        "readiness", checks, required: true, "What holds when it is installed and well")
    private static let removal = Field("removal", removalCodec, "What goes beside what was applied")
    private static let upgrade = Field("upgrade", upgradeCodec, "How one version follows another")
    private static let knownIssues = Field(
        "knownIssues", Codec<[KnownIssue]>.list(issue), "What is known to go wrong, and what helps")
    private static let smoke = Field("smoke", smokeCodec, "The smallest proof that it works")
    private static let function = Field("function", FunctionFields.codec, "How functions get into it")

    static let root = Codec<Framework>.record(
        "the framework",
        [
            apiVersion, kind, name, title, summary, homepage, docs, state, maintained, lastRelease, lastChecked,
            verified, verifiedBy, licence, traits, resources, book, channels, parameters, namespaces, secrets, images,
            sources, phases, endpoints, readiness, removal, upgrade, knownIssues, smoke, function,
        ]
    ) { record in
        _ = record.required(apiVersion)
        _ = record.required(kind)
        let (name, title, summary) = (record.required(name), record.required(title), record.required(summary))
        let (state, maintained) = (record.required(state), record.required(maintained))
        let (verified, licence) = (record.required(verified), record.required(licence))
        let (traits, resources) = (record.required(traits), record.required(resources))
        let (channels, phases) = (record.required(channels), record.required(phases))
        let readiness = record.required(readiness)
        let parts = readParts(record)
        guard let name, let title, let summary, let state, let maintained, let verified, let licence, let traits,
            let resources, let channels, let phases, let readiness
        else { return nil }
        let standards = ChannelFields.Standards(
            licence: licence, traits: traits, resources: resources, verification: verified)
        var framework = Framework(
            name: name, title: title, summary: summary, status: state, isMaintained: maintained,
            verification: verified, licence: licence, traits: traits, resources: resources,
            channels: channels.map { $0(standards) })
        framework.phases = phases
        framework.readiness = readiness
        parts(&framework)
        return framework
    }

    /// Optional keys are read before it is known whether the required ones are there: all faults at once.
    private static func readParts(_ record: RecordReader) -> (inout Framework) -> Void {
        let (homepage, docs, book) = (record.optional(homepage), record.optional(docs), record.optional(book))
        let (released, checked) = (record.optional(lastRelease), record.optional(lastChecked))
        let by = record.optional(verifiedBy)
        let (parameters, namespaces) = (record.optional(parameters), record.optional(namespaces))
        let (secrets, images, sources) = (record.optional(secrets), record.optional(images), record.optional(sources))
        let (endpoints, removal, upgrade) = (
            record.optional(endpoints), record.optional(removal), record.optional(upgrade)
        )
        let issues = record.optional(knownIssues)
        let (smoke, function) = (record.optional(smoke), record.optional(function))
        return { framework in
            framework.homepage = homepage
            framework.docs = docs ?? []
            framework.book = book ?? []
            framework.lastRelease = released
            framework.lastChecked = checked
            framework.verifiedBy = by
            framework.parameters = parameters ?? []
            framework.namespaces = namespaces ?? []
            framework.secrets = secrets ?? []
            framework.images = images ?? []
            framework.sources = sources ?? []
            framework.endpoints = endpoints ?? []
            framework.removal = removal ?? FrameworkRemoval()
            framework.upgrade = upgrade ?? FrameworkUpgrade()
            framework.knownIssues = issues ?? []
            framework.smoke = smoke
            framework.function = function
        }
    }

    static var shape: Shape { root.shape }
}
