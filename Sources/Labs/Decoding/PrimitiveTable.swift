package import ConfigTree
internal import KubernetesAPI

/// Every primitive that a lab file may use, by its key.
package enum PrimitiveTable {
    package struct Entry: Sendable {
        package var word: String
        package var summary: String
        package var codec: Codec<any LabPrimitive>
    }

    package static let entries: [Entry] = [
        entry(PrimitiveFields.object, "Objects of the API in a state"),
        entry(PrimitiveFields.rollout, "A workload that is fully available"),
        entry(PrimitiveFields.node, "Facts about nodes"),
        entry(PrimitiveFields.placement, "Pods on the right nodes"),
        entry(PrimitiveFields.api, "What the API server serves"),
        entry(HTTPFields.http, "One request and its answer"),
        entry(HTTPFields.cases, "A table of inputs and answers"),
        entry(PrimitiveFields.fired, "Something that happens on a schedule happened"),
        entry(ScheduleFields.schedule, "What a schedule means, without waiting for it"),
        entry(PrimitiveFields.logs, "Lines in the logs of pods"),
        entry(SQLFields.sql, "Rows in a database"),
        entry(HostFields.process, "Processes of hosts"),
        entry(HostFields.portCheck, "Whether something listens on a port of hosts"),
        entry(HostFields.service, "A service of systemd on hosts"),
        entry(MoreFields.command, "A program of the learner's machine"),
        entry(MoreFields.kubeconfig, "The learner's own kubeconfig"),
        entry(MoreFields.quiz, "A question to the learner, its answer worked out live"),
        entry(MoreFields.forbid, "What must not appear"),
        entry(MoreFields.clean, "Nothing is left behind"),
        entry(CombinedFields.all, "All of several"),
        entry(CombinedFields.any, "At least one of several"),
        entry(CombinedFields.not, "The opposite of one"),
        entry(CombinedFields.sequence, "One thing after the other"),
    ]

    /// Primitives of the catalogue that are not built yet: named, so that the refusal says the right thing.
    package static let planned = [
        "traffic", "load", "scale", "cold-start", "received", "metric", "queue", "file", "image", "availability",
        "snapshot", "changed", "attest", "cloud", "during",
    ]

    private static func entry<P: LabPrimitive>(_ codec: Codec<P>, _ summary: String) -> Entry {
        Entry(word: P.word, summary: summary, codec: codec.map { $0 as any LabPrimitive })
    }

    package static func find(_ word: String) -> Entry? { entries.first { $0.word == word } }

    /// The one primitive of a mapping, among keys that mean something else.
    ///
    /// - Parameter known: keys that are no primitives.
    static func read(_ node: ConfigNode, known: [String], _ decoder: ConfigDecoder) -> (any LabPrimitive)? {
        var found: [(key: ConfigNode, value: ConfigNode, entry: Entry)] = []
        var isFaulty = false
        for (key, value) in node.entries {
            let word = key.text
            if known.contains(word) { continue }
            if let entry = find(word) {
                found.append((key, value, entry))
                continue
            }
            isFaulty = true
            refuse(word, at: key, known, decoder)
        }
        if found.count > 1 {
            decoder.report(
                "conflict", at: found[1].key,
                "\(decoder.name(node)) has several primitives: \(found.map { "`\($0.entry.word)`" }.joined(separator: ", "))",
                hint: "make a check of each, or put them below `all`")
            return nil
        }
        guard let only = found.first else {
            if !isFaulty {
                decoder.report(
                    "missing-key", at: node.key ?? node, "\(decoder.name(node)) has no primitive: it asks nothing",
                    detail: "primitives are \(entries.map(\.word).joined(separator: ", "))")
            }
            return nil
        }
        return only.entry.codec.read(only.value, decoder)
    }

    private static func refuse(_ word: String, at key: ConfigNode, _ known: [String], _ decoder: ConfigDecoder) {
        let shown = ConfigDecoder.shortened(word)
        if planned.contains(word) {
            decoder.report(
                "unsupported", at: key, "the primitive `\(shown)` is planned and not yet known",
                detail: "known are \(entries.map(\.word).joined(separator: ", "))")
            return
        }
        decoder.report(
            "unknown-key", at: key, "there is no key and no primitive `\(shown)`",
            detail: "primitives are \(entries.map(\.word).joined(separator: ", "))",
            hint: LabCodecs.nearest(word, known + entries.map(\.word)))
    }
}
