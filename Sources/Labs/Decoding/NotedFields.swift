internal import ConfigTree
internal import KubernetesAPI

/// Keys of what is noted: snapshots, and what a learner says.
enum NotedFields {
    private static let kind = Field("kind", LabCodecs.kind, required: true, "The kind of the objects")
    private static let subject = Field(
        "of",
        Codec<SnapshotSubject>.either(
            single: LabCodecs.reference.map { .object($0) },
            mapping: .record("the subject", [kind, PrimitiveFields.selector, PrimitiveFields.namespace]) { record in
                record.required(kind).map {
                    .list(
                        $0, selector: record.optional(PrimitiveFields.selector),
                        namespace: record.optional(PrimitiveFields.namespace))
                }
            }
        ).then { subject, node, decoder -> SnapshotSubject? in
            let kind =
                switch subject {
                case .object(let reference): reference.kind.kind
                case .list(let kind, _, _): kind.kind
                }
            guard kind != "Secret" else {
                decoder.report("outside", at: node, "what is in a Secret is never noted")
                return nil
            }
            return subject
        }, required: true, "What is noted: kind/name, or {kind, selector}")
    private static let take = Field("take", LabCodecs.id, required: true, "Name of the snapshot")

    static let snapshot = Codec<SnapshotCheck>.record("`snapshot`", [take, subject]) { record in
        let name = record.required(take)
        guard let subject = record.required(subject), let name else { return nil }
        return SnapshotCheck(name: name, subject: subject)
    }

    private static let since = Field("since", LabCodecs.id, required: true, "Name of the snapshot")
    private static let relation = Codec<ChangedCheck.Relation>.choice([
        ("increased", "It is more", .increased), ("decreased", "It is less", .decreased),
        ("same", "It is the same", .same),
        ("different", "It is another", .different),
    ])
    private static let compare = Field(
        "compare",
        Codec<[ChangedCheck.Comparison]>(shape: .map(key: nil, value: relation.shape)) { node, decoder in
            guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: relation.shape)) }
            guard node.count > 0 else {
                decoder.report("empty", at: node, "\(decoder.name(node)) compares nothing")
                return nil
            }
            return node.entries.compactMap { key, value in
                let path = LabCodecs.path.read(key, decoder)
                guard let relation = relation.read(value, decoder), let path else { return nil }
                return ChangedCheck.Comparison(path: path, relation: relation)
            }
        }, required: true, "Paths, and what has become of them")

    static let changed = Codec<ChangedCheck>.record("`changed`", [since, compare]) { record in
        let name = record.required(since)
        guard let comparisons = record.required(compare), let name else { return nil }
        return ChangedCheck(name: name, comparisons: comparisons)
    }

    private static let statement = Field("statement", LabCodecs.text, required: true, "What the learner says is so")

    static let attest = Codec<AttestCheck>.record("`attest`", [statement]) { record in
        record.required(statement).map { AttestCheck(statement: $0) }
    }
}
