internal import ConfigTree

/// Keys of a command of martlet, and of measured variables.
enum MartletFields {
    private static let words = Codec<[String]>.list(LabCodecs.plain, minimum: 1).then {
        words, node, decoder -> [String]? in
        guard let first = words.first, MartletCall.commands.contains(first) else {
            decoder.report(
                "outside", at: node, "a lab runs no `martlet \(ConfigDecoder.shortened(words.first ?? ""))`",
                detail: "it may run \(MartletCall.commands.joined(separator: ", "))")
            return nil
        }
        guard !words.contains("-f"), !words.contains(where: { $0.hasPrefix("--file") }) else {
            decoder.report("value", at: node, "the spec is that of the lab's cluster", hint: "leave `-f` out")
            return nil
        }
        return words
    }
    private static let argv = Field("argv", words, required: true, "The command, without `martlet` and `-f`")
    private static let undo = Field(
        "undo", Codec<[[String]]>.list(words, minimum: 1), "What takes it back when a sabotage is undone")
    private static let timeout = Field("timeout", LabCodecs.duration, defaultText: "10m", "How long it may take")

    static let martlet = Field(
        "martlet",
        Codec<LabAction>.record("`martlet`", [argv, undo, timeout]) { record in
            let timeout = record.optional(timeout) ?? .seconds(600)
            guard let argv = record.required(argv) else { return nil }
            return .martlet(MartletCall(argv: argv, undo: record.optional(undo) ?? [], timeout: timeout))
        }, "Run a command of martlet about the cluster")

    // MARK: measured variables

    private static let allocatable = Field(
        "allocatable",
        Codec<NodeShare.Resource>.choice([
            ("cpu", "In thousandths of a core", .cpu), ("memory", "In Mi", .memory),
        ]), required: true, "Of which resource")
    private static let of = Field("of", LabCodecs.text, defaultText: "all but control planes", "Labels of the nodes")
    private static let part = Codec<Double>(shape: .number) { node, decoder in decoder.number(node) }.then {
        value, node, decoder -> Double? in
        guard value > 0, value <= 1 else {
            decoder.report("value", at: node, "a share lies above 0 and up to 1, and this is \(node.text)")
            return nil
        }
        return value
    }
    private static let share = Field("share", part, required: true, "The part, above 0 and up to 1")
    private static let nodeShare = Codec<NodeShare>.record("the variable", [allocatable, of, share]) { record in
        let selector = record.optional(of)
        guard let resource = record.required(allocatable), let share = record.required(share) else { return nil }
        return NodeShare(resource: resource, selector: selector, share: share)
    }

    /// A text, or what is measured.
    enum Variable: Sendable {
        case text(String)
        case share(NodeShare)
    }

    static let variable = Codec<Variable>.either(
        single: Codec<Variable>(shape: .anything) { node, decoder in
            LabCodecs.plain.read(node, decoder).map { .text($0) }
        },
        mapping: Codec<Variable>(shape: nodeShare.shape) { node, decoder in
            nodeShare.read(node, decoder).map { .share($0) }
        })
}
