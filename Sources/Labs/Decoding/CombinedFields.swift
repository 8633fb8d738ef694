internal import ConfigTree

/// Keys of combinations; their children are read by the table, so that they may be nested.
enum CombinedFields {
    private static let child = Codec<AnyPrimitive>(shape: .anything) { node, decoder in
        guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: .anything)) }
        return PrimitiveTable.read(node, known: [], decoder).map(AnyPrimitive.init)
    }

    /// A primitive as a value of a codec.
    private struct AnyPrimitive: Sendable { var primitive: any LabPrimitive }

    private static let children = Codec<[AnyPrimitive]>.list(child, minimum: 1)

    static let all = children.map { AllCheck(children: $0.map(\.primitive)) }
    static let any = children.map { AnyCheck(children: $0.map(\.primitive)) }
    static let not = child.map { NotCheck(child: $0.primitive) }

    private static let action = Field("do", ActionFields.action, "Something that is done")
    private static let check = Field("check", child, "Something that must hold")
    private static let timeout = Field("timeout", LabCodecs.duration, defaultText: "60s", "How long `check` may take")

    private static let part = Codec<SequenceCheck.Part>.record(
        "the part", plural: "parts", [action, check, timeout], exactlyOne: [["do", "check"]]
    ) { record in
        if record.has(action) { return record.optional(action).map { .action($0) } }
        let limit = record.optional(timeout) ?? .seconds(60)
        return record.optional(check).map { .check($0.primitive, timeout: limit) }
    }

    // MARK: during

    private static let load = Field("load", LoadFields.judged, "The load that runs meanwhile")
    private static let fixture = Field(
        "fixture", FixtureFields.change, "What is different about a stub service meanwhile; undone in the end")
    private static let meanwhile = Field("do", ActionFields.actions, "What is done first")
    private static let undo = Field("undo", Codec<Bool>.boolean, defaultText: "false", "`do` is undone in the end")
    private static let checked = Field("check", child, required: true, "Something that must hold")
    private static let duringPart = Codec<DuringCheck.Part>.record(
        "the part", plural: "parts", [checked, timeout]
    ) { record in
        let limit = record.optional(timeout) ?? .seconds(60)
        return record.required(checked).map { DuringCheck.Part(primitive: $0.primitive, timeout: limit) }
    }
    private static let parts = Field(
        "checks", Codec<[DuringCheck.Part]>.list(duringPart, minimum: 1), required: true, "What must hold meanwhile")

    static let during = Codec<DuringCheck>.record("`during`", [load, fixture, meanwhile, undo, parts]) { record in
        let load = record.optional(load)
        let fixture = record.optional(fixture)
        let actions = record.optional(meanwhile) ?? []
        let undoes = record.optional(undo) ?? false
        guard record.has(CombinedFields.load) || record.has(CombinedFields.fixture) || record.has(meanwhile) else {
            record.decoder.report(
                "missing-key", at: record.node.key ?? record.node, "`during` needs `load`, `fixture` or `do`")
            return nil
        }
        guard let parts = record.required(parts) else { return nil }
        return DuringCheck(
            load: load?.plan, budget: load?.budget ?? .count(0), fixture: fixture, work: actions, undoes: undoes,
            parts: parts)
    }

    static let sequence = Codec<[SequenceCheck.Part]>.list(part, minimum: 1).map { SequenceCheck(parts: $0) }
}
