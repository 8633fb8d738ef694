internal import ConfigTree
internal import KubernetesAPI

/// Keys of stub services.
enum FixtureFields {
    static let fixture = Codec<Fixture>.choice([
        ("rates", "A currency service", .rates), ("bikes", "A public service of bicycles", .bikes),
        ("receiver", "Takes messages", .receiver),
    ])

    private static let service = Field(
        "service",
        LabCodecs.text.then { text, node, decoder in
            HTTPFields.servicePort(text, node, decoder).map { FixtureControl(service: $0.name, port: $0.port) }
        }, required: true, "Their control port, NAME:PORT")

    // MARK: action

    /// A mapping with names of stubs as keys.
    private static func byFixture<Value: Sendable>(_ value: Codec<Value>) -> Codec<[Fixture: Value]> {
        Codec(shape: .map(key: nil, value: value.shape)) { node, decoder in
            guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: value.shape)) }
            guard node.count > 0 else {
                decoder.report("empty", at: node, "\(decoder.name(node)) names no stub")
                return nil
            }
            return node.entries.reduce(into: [:]) { result, entry in
                guard let fixture = known(entry.key, decoder) else { return }
                result[fixture] = value.read(entry.value, decoder)
            }
        }
    }

    private static func known(_ node: ConfigNode, _ decoder: ConfigDecoder) -> Fixture? {
        if let fixture = Fixture(rawValue: node.text) { return fixture }
        let words = Fixture.allCases.map(\.rawValue)
        decoder.report(
            "unknown-fixture", at: node, "the fixture `\(ConfigDecoder.shortened(node.text))` is not known",
            detail: "known are \(words.joined(separator: ", "))", hint: LabCodecs.nearest(node.text, words))
        return nil
    }

    /// For `needs.fixtures`.
    static let names = Codec<[Fixture]>.list(
        Codec<Fixture>(shape: fixture.shape) { node, decoder in
            guard decoder.text(node) != nil else { return nil }
            return known(node, decoder)
        }, minimum: 1)

    private static let mapping = Codec<JSONValue>(shape: .map(key: nil, value: .anything)) { node, decoder in
        guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: .anything)) }
        // A secret is never told again, so nothing could put the old one back.
        if let (key, _) = node.entries.first(where: { $0.key.text == "key" }) {
            decoder.report(
                "value", at: key, "the key of a stub cannot be changed",
                hint: "use the fault `bad-key`, or give the stub its key when it starts")
        }
        return NodeValue.json(node)
    }

    private static let kinds: [Fixture: [String]] = [
        .rates: ["bad-key", "quota", "missing-quote"], .bikes: ["empty-list", "missing-key", "empty-properties"],
        .receiver: ["invalid-payload", "no-text", "gone", "unknown-path"],
    ]
    private static let common = ["status", "slow", "close", "malformed"]

    private static let plan = Codec<ConfigNode>.node(.list(.anything, minimum: 0))

    private static let settings = Field("settings", byFixture(mapping), "Settings by stub; what is not named stays")
    private static let faults = Field(
        "faults",
        byFixture(plan).then { plans, node, decoder -> [Fixture: JSONValue]? in
            for (fixture, plan) in plans {
                for fault in plan.items {
                    let known = common + (kinds[fixture] ?? [])
                    guard let kind = fault["kind"], kind.kind == .scalar, !known.contains(kind.text) else { continue }
                    decoder.report(
                        "value", at: kind, "\(fixture.rawValue) has no fault `\(ConfigDecoder.shortened(kind.text))`",
                        detail: "known are \(known.joined(separator: ", "))", hint: LabCodecs.nearest(kind.text, known))
                }
            }
            return plans.mapValues { NodeValue.json($0) }
        }, "Fault plans by stub; an empty list takes the plan back")
    private static let forget = Field("forget", names, "Stubs that forget what they received")

    static let change = Codec<FixtureChange>.record("`fixture`", [service, settings, faults, forget]) { record in
        let settings = record.optional(settings) ?? [:]
        let faults = record.optional(faults) ?? [:]
        let forget = record.optional(forget) ?? []
        guard let control = record.required(service) else { return nil }
        guard !settings.isEmpty || !faults.isEmpty || !forget.isEmpty else {
            if !record.has(FixtureFields.settings), !record.has(FixtureFields.faults), !record.has(FixtureFields.forget)
            {
                record.decoder.report(
                    "missing-key", at: record.node.key ?? record.node,
                    "`fixture` needs `settings`, `faults` or `forget`")
            }
            return nil
        }
        return FixtureChange(control: control, settings: settings, faults: faults, forget: forget)
    }

    // MARK: received

    private static let which = Field("fixture", fixture, required: true, "The stub")
    private static let method = Field("method", LabCodecs.text, "The method")
    private static let path = Field("path", LabCodecs.textTest, "The path")
    private static let query = Field("query", Codec<[String: TextTest]>.map(LabCodecs.textTest), "Parameters")
    private static let headers = Field("headers", Codec<[String: TextTest]>.map(LabCodecs.textTest), "Headers")
    private static let body = Field("body", LabCodecs.textTest, "The body")
    private static let json = Field("json", LabCodecs.jsonExpectations, "Fields of the body, which is JSON")
    private static let status = Field("status", Codec<Int>.integer(100...599), "With which the stub answered")
    private static let fault = Field("fault", LabCodecs.text, "The fault that it met")
    private static let match = Field(
        "match",
        Codec<ReceivedCheck.Match>.record("the match", [method, path, query, headers, body, json, status, fault]) {
            record in
            guard record.node.count > 0 else {
                record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) tests nothing")
                return nil
            }
            return ReceivedCheck.Match(
                method: record.optional(method), path: record.optional(path), query: record.optional(query) ?? [:],
                headers: Dictionary(
                    (record.optional(headers) ?? [:]).map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 }),
                body: record.optional(body), json: record.optional(json) ?? [], status: record.optional(status),
                fault: record.optional(fault))
        }, "What a request must be like to count")
    private static let count = Field("count", LabCodecs.count, defaultText: "{min: 1}", "How many")
    private static let since = Field(
        "since",
        Codec<FiredCheck.Since>.choice([
            ("start", "The beginning of the lab", .start), ("marker", "The moment when the check begins", .marker),
            ("ever", "Everything that it has not forgotten", .ever),
        ]), defaultText: "start", "From when on it counts")

    static let received = Codec<ReceivedCheck>.record("`received`", [service, which, match, count, since]) { record in
        let control = record.required(service)
        let match = record.has(match) ? record.optional(match) : .anything
        let count = record.optional(count) ?? CountRange(least: 1)
        let since = record.optional(since) ?? .start
        guard let fixture = record.required(which), let control, let match else { return nil }
        return ReceivedCheck(control: control, fixture: fixture, match: match, count: count, since: since)
    }
}
