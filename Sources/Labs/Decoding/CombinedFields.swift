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

    static let sequence = Codec<[SequenceCheck.Part]>.list(part, minimum: 1).map { SequenceCheck(parts: $0) }
}
