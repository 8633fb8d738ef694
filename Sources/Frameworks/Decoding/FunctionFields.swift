internal import ConfigTree

/// Keys of `function`.
enum FunctionFields {
    private static let id = Field("id", FrameworkCodecs.text, required: true, "What --runtime says")
    private static let language = Field(
        "language", FrameworkCodecs.text, required: true, "python, nodejs, go, ...: chooses the hello function")
    private static let image = Field("image", FrameworkCodecs.text, "The image in which functions of it run")
    private static let kind = Field("kind", FrameworkCodecs.text, "What the framework calls it")
    private static let isDefault = Field(
        "default", Codec<Bool>.boolean, defaultText: "false", "What is taken where nobody chose, of its language")

    private static let runtime = Codec<FunctionSection.Runtime>.record(
        "the runtime", plural: "runtimes",
        [id, language, image, kind, isDefault, FrameworkCodecs.channels, FrameworkCodecs.when]
    ) { record in
        guard let id = record.required(id), let language = record.required(language) else { return nil }
        return FunctionSection.Runtime(
            id: id, language: language, image: record.optional(image), kind: record.optional(kind),
            isDefault: record.optional(isDefault) ?? false, applies: FrameworkCodecs.applies(record))
    }

    private static let adapter = Field(
        "adapter", FrameworkCodecs.words(FunctionSection.Adapter.self, adapterSummaries), required: true,
        "Whose API it speaks")
    private static let endpoint = Field(
        "endpoint", FrameworkCodecs.text, "The endpoint by which functions are managed and invoked")
    private static let namespace = Field("namespace", FrameworkCodecs.text, required: true, "Where functions live")
    private static let core = Field("core", FrameworkCodecs.text, "Where the framework's own pods are")
    private static let inputs = Field(
        "inputs", Codec<[FunctionSection.Input]>.list(FrameworkCodecs.words(FunctionSection.Input.self), minimum: 1),
        required: true, "What can be deployed")
    private static let limit = Field(
        "limit", Codec<Int>.integer(1...(1 << 40)), defaultText: "1000000", "Bytes of source that the framework takes")
    private static let runtimes = Field(
        "runtimes", Codec<[FunctionSection.Runtime]>.list(runtime), "Languages that run from source")
    private static let triggers = Field(
        "triggers", Codec<[FrameworkTraits.Trigger]>.list(FrameworkCodecs.words(FrameworkTraits.Trigger.self)),
        required: true, "What may set a function off")
    private static let isAsync = Field(
        "async", Codec<Bool>.boolean, required: true, "Invocations whose answer is not waited for")
    private static let zeroByHand = Field(
        "zeroByHand", FrameworkCodecs.texts,
        "Channels that do not scale to zero by themselves, but where no replicas may be asked for")
    private static let maximum = Field("maximum", Codec<Int>.integer(1...100_000), "Most replicas of a function")
    private static let triggerImage = Field(
        "triggerImage", FrameworkCodecs.text, "The image of what posts on a schedule")

    private static let adapterSummaries: [FunctionSection.Adapter: String] = [
        .openfaas: "the REST API of OpenFaaS's gateway", .openwhisk: "the REST API of OpenWhisk",
        .knative: "services of Knative Serving", .fission: "custom resources of Fission",
        .kubeless: "functions of Kubeless, made by its controller or, where there is none, by martlet",
    ]

    static let codec = Codec<FunctionSection>.record(
        "the function section",
        [
            adapter, endpoint, namespace, core, inputs, limit, runtimes, triggers, isAsync, zeroByHand, maximum,
            triggerImage,
        ]
    ) { record in
        let runtimes = record.optional(runtimes) ?? []
        guard let adapter = record.required(adapter), let namespace = record.required(namespace),
            let inputs = record.required(inputs), let triggers = record.required(triggers),
            let isAsync = record.required(isAsync)
        else { return nil }
        return FunctionSection(
            adapter: adapter, endpoint: record.optional(endpoint), namespace: namespace, core: record.optional(core),
            inputs: inputs, limit: record.optional(limit) ?? 1_000_000, runtimes: runtimes, triggers: triggers,
            isAsync: isAsync, zeroByHand: record.optional(zeroByHand) ?? [],
            maximumReplicas: record.optional(maximum), triggerImage: record.optional(triggerImage))
    }
}
