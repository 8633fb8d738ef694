internal import ConfigTree

/// Keys of what is done to nodes.
enum NodeActionFields {
    private static let node = Field(
        "node",
        LabCodecs.text.then { text, node, decoder -> NodeChange.Nodes? in
            guard text.hasPrefix("name:") else { return .selector(text) }
            guard text.count > 5 else {
                decoder.report("value", at: node, "\(decoder.name(node)) must be a selector or name:NODE")
                return nil
            }
            return .name(String(text.dropFirst(5)))
        }, required: true, "A selector of nodes, or name:NODE")

    private static let set = Field("set", Codec<[String: String]>.map(LabCodecs.plain), "Labels and their values")
    private static let remove = Field("remove", LabCodecs.texts, "Keys that are taken away")
    private static let add = Field(
        "add",
        Codec<[NodeChange.Taint]>.list(
            LabCodecs.text.then { text, node, decoder -> NodeChange.Taint? in
                guard let taint = NodeChange.Taint(text) else {
                    decoder.report(
                        "value", at: node,
                        "\(decoder.name(node)) must be key=value:Effect, and `\(ConfigDecoder.shortened(text))` is not",
                        detail: "effects are \(NodeChange.Taint.effects.joined(separator: ", "))")
                    return nil
                }
                return taint
            }, minimum: 1), "Taints, key=value:Effect")
    private static let timeout = Field("timeout", LoadFields.span, defaultText: "120s", "How long pods may take to go")

    private static func needs(_ names: String, _ record: RecordReader) {
        record.decoder.report(
            "missing-key", at: record.node.key ?? record.node, "\(record.decoder.name(record.node)) needs \(names)")
    }

    static let label = Codec<LabAction>.record("`label`", [node, set, remove]) { record in
        let new = record.optional(set) ?? [:]
        let old = record.optional(remove) ?? []
        guard let nodes = record.required(node) else { return nil }
        guard !new.isEmpty || !old.isEmpty else {
            needs("`set` or `remove`", record)
            return nil
        }
        return .nodes(NodeChange(nodes: nodes, verb: .label(set: new, remove: old)))
    }

    static let taint = Codec<LabAction>.record("`taint`", [node, add, remove]) { record in
        let new = record.optional(add) ?? []
        let old = record.optional(remove) ?? []
        guard let nodes = record.required(node) else { return nil }
        guard !new.isEmpty || !old.isEmpty else {
            needs("`add` or `remove`", record)
            return nil
        }
        return .nodes(NodeChange(nodes: nodes, verb: .taint(add: new, remove: old)))
    }

    static let cordon = Codec<LabAction>.record("`cordon`", [node]) { record in
        record.required(node).map { .nodes(NodeChange(nodes: $0, verb: .cordon)) }
    }

    static let uncordon = Codec<LabAction>.record("`uncordon`", [node]) { record in
        record.required(node).map { .nodes(NodeChange(nodes: $0, verb: .uncordon)) }
    }

    static let drain = Codec<LabAction>.record("`drain`", [node, timeout]) { record in
        let limit = record.optional(timeout) ?? .seconds(120)
        return record.required(node).map { .nodes(NodeChange(nodes: $0, verb: .drain(within: limit))) }
    }
}
