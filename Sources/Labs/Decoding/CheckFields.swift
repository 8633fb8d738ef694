internal import ConfigTree
internal import KubernetesAPI

/// Keys that every check has.
enum CheckFields {
    private static let id = Field("id", LabCodecs.id, required: true, "Unique in the lab")
    private static let tier = Field(
        "tier",
        Codec<Tier>.choice([
            ("goal", "What the lab is about", .goal), ("robust", "What a quick solution forgets", .robust),
            ("cleanup", "What is left behind", .cleanup),
        ]), defaultText: "goal", "What it counts for")
    private static let title = Field("title", LabCodecs.sentence, "A few words; default: made of the primitive")
    private static let expected = Field(
        "expected", LabCodecs.sentence, "What is expected, in words for the report; default: made of the primitive")
    private static let why = Field("why", LabCodecs.sentence, required: true, "Why it matters, one sentence")
    private static let hint = Field("hint", LabCodecs.sentence, "What to look at when it fails")
    private static let needs = Field("needs", LabCodecs.ids, "Checks that must pass first")
    private static let timeout = Field("timeout", LabCodecs.duration, "How long it may take to become true")
    private static let interval = Field("interval", LabCodecs.duration, "Between attempts")
    private static let hold = Field("hold", LabCodecs.duration, "It must stay true that long")
    private static let proves = Field("proves", LabCodecs.ids, "Sabotages that must turn it red")
    private static let mode = Field(
        "mode",
        Codec<LabCheck.Mode>.choice([
            ("any", "Everywhere", .any), ("cloud", "Only with an account of a provider", .cloud),
        ]),
        defaultText: "any", "Where it applies")

    private static let capturePath = Field("path", LabCodecs.path, required: true, "The way to the field")
    private static let part = Field(
        "part",
        Codec<LabCheck.Capture.Part>.choice([
            ("whole", "", .whole), ("host", "Of a URL", .host), ("port", "Of a URL", .port),
        ]),
        defaultText: "whole", "A piece of it")
    private static let captureValue = Codec<(FieldPath, LabCheck.Capture.Part)>.record(
        "the capture", [capturePath, part]
    ) {
        record in
        record.required(capturePath).map { ($0, record.optional(part) ?? .whole) }
    }
    private static let capture = Field(
        "capture", Codec<[String: (FieldPath, LabCheck.Capture.Part)]>.map(key: LabCodecs.variableName, captureValue),
        "Values for later checks, by the name of the variable")

    private static let common: [any ConfigField] = [
        id, tier, title, expected, why, hint, needs, timeout, interval, hold, proves, mode, capture,
    ]

    /// A record of these keys in which the primitives' keys are known, too.
    static func check(default tier: Tier) -> Codec<LabCheck> {
        let primitives = PrimitiveTable.entries.map {
            FieldShape(name: $0.word, summary: $0.summary, shape: $0.codec.shape, isRequired: false, defaultText: nil)
        }
        let names = common.map(\.fieldShape.name)
        let shape = RecordShape(title: "the check", plural: "checks", fields: common.map(\.fieldShape) + primitives)
        let bare = RecordShape(title: "the check", plural: "checks", fields: common.map(\.fieldShape))
        return Codec(shape: .record(shape)) { node, decoder in
            guard node.kind == .mapping else { return decoder.wrongKind(node, .record(bare)) }
            // Unknown keys are judged by the table, which knows the primitives and those that are planned.
            let silent = RecordShape(
                title: bare.title, plural: bare.plural,
                fields: bare.fields
                    + node.entries.map {
                        FieldShape(
                            name: $0.key.text, summary: "", shape: .anything, isRequired: false, defaultText: nil)
                    })
            guard let record = RecordReader(node, silent, decoder) else { return nil }
            let primitive = PrimitiveTable.read(node, known: names, decoder)
            let id = record.required(id)
            let why = record.required(why)
            let captures = record.optional(capture) ?? [:]
            let chosen = record.has(self.tier) ? record.optional(self.tier) : tier
            let check = LabCheck(
                id: id ?? "", tier: chosen ?? tier, title: record.optional(title) ?? "",
                expected: record.optional(expected),
                why: why ?? "", hint: record.optional(hint), needs: record.optional(needs) ?? [],
                timeout: record.optional(timeout),
                interval: record.optional(interval), hold: record.optional(hold),
                captures: captures.sorted { $0.key < $1.key }.map {
                    LabCheck.Capture(name: $0.key, path: $0.value.0, part: $0.value.1)
                },
                proves: record.optional(proves) ?? [], mode: record.optional(mode) ?? .any,
                primitive: primitive ?? AllCheck(children: []), location: (node["id"] ?? node).location)
            guard primitive != nil, id != nil, why != nil else { return nil }
            var complete = check
            if complete.title.isEmpty { complete.title = check.expected ?? check.primitive.expected }
            return complete
        }
    }
}
