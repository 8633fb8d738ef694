internal import ConfigTree
internal import KubernetesAPI

/// Keys of loads and of what is measured with many requests.
enum LoadFields {
    // MARK: numbers

    /// `20/s`.
    static let rate = Codec<String>.text(
        TextFormat("a rate such as 20/s", pattern: "^[0-9]+(\\.[0-9]+)?/s$") { text in
            parseRate(text) == nil ? "it is written like 20/s, from 0.1/s to \(LoadPlan.mostRate)/s" : nil
        }
    ).then { text, _, _ in parseRate(text) }

    static func parseRate(_ text: String) -> Double? {
        guard text.hasSuffix("/s"), let number = Double(text.dropLast(2)) else { return nil }
        return (0.1...Double(LoadPlan.mostRate)).contains(number) ? number : nil
    }

    /// `3`, or `1%` of all.
    static let budget = Codec<FailureBudget>(shape: .anything) { node, decoder in
        if node.kind == .scalar, case .integer = node.meaning {
            return Codec<Int>.integer(0...100_000).read(node, decoder).map { .count($0) }
        }
        guard let text = decoder.text(node) else { return nil }
        guard text.hasSuffix("%"), let number = Double(text.dropLast()), (0...100).contains(number) else {
            decoder.report("value", at: node, "\(decoder.name(node)) must be a number, or a share such as 1%")
            return nil
        }
        return .share(number / 100)
    }

    /// Within bounds, so that a lab cannot be made to hold a machine for hours.
    static let span = LabCodecs.duration.then { duration, node, decoder -> Duration? in
        guard duration > .zero, duration <= LoadPlan.longest else {
            decoder.report(
                "range", at: node,
                "\(decoder.name(node)) must be above zero and at most \(LabDuration.text(LoadPlan.longest))")
            return nil
        }
        return duration
    }

    // MARK: load

    static let request = Field("request", HTTPFields.request, required: true, "What is sent")
    static let expect = Field("expect", HTTPFields.expectation, defaultText: "{status: 200}", "What a good answer is")
    private static let concurrency = Field(
        "concurrency", Codec<Int>.integer(1...LoadPlan.mostConcurrency), defaultText: "1", "So many at a time")
    private static let rateField = Field("rate", rate, "So many a second; without it as fast as answers come")
    private static let duration = Field("duration", span, required: true, "How long")
    private static let planFields: [any ConfigField] = [request, expect, concurrency, rateField, duration]

    static let maxFailed = Field(
        "max_failed", budget, defaultText: "0", "What may go wrong: a number, or a share such as 1%")

    private static func plan(_ record: RecordReader) -> LoadPlan? {
        let exchange = record.required(request)
        guard let duration = record.required(duration), let exchange else { return nil }
        return LoadPlan(
            exchange: exchange, expectation: record.optional(expect) ?? .ok,
            concurrency: record.optional(concurrency) ?? 1, rate: record.optional(rateField), duration: duration)
    }

    /// Without a verdict.
    static let plan = Codec<LoadPlan>.record("the load", planFields) { plan($0) }

    /// With what may go wrong.
    static let judged = Codec<JudgedLoad>.record("the load", planFields + [maxFailed]) { record in
        plan(record).map { JudgedLoad(plan: $0, budget: record.optional(maxFailed) ?? .count(0)) }
    }

    struct JudgedLoad: Sendable {
        var plan: LoadPlan
        var budget: FailureBudget
    }

    private static let percentiles: [(word: String, share: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99),
    ]
    private static let percentileFields = percentiles.map {
        Field($0.word, LabCodecs.duration, "\(Int($0.share * 100)) of 100 are answered within")
    }
    private struct Latencies: Sendable { var list: [(share: Double, most: Duration)] }
    private static let latency = Field(
        "latency",
        Codec<Latencies>.record("the latencies", percentileFields) { record in
            guard record.node.count > 0 else {
                record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) tests nothing")
                return nil
            }
            return Latencies(
                list: zip(percentiles, percentileFields).compactMap { percentile, field in
                    record.optional(field).map { (percentile.share, $0) }
                })
        }, "How long answers may take")

    static let load = Codec<LoadCheck>.record("`load`", planFields + [maxFailed, latency]) { record in
        plan(record).map {
            LoadCheck(
                plan: $0, budget: record.optional(maxFailed) ?? .count(0),
                latencies: record.optional(latency)?.list ?? [])
        }
    }

    // MARK: traffic

    private static let number = Field("n", Codec<Int>.integer(1...5000), required: true, "So many requests")
    private static let variantName = Field("name", LabCodecs.id, required: true, "Of the variant")
    private static let variantAnswer = Field(
        "expect", HTTPFields.expectation, required: true, "How its answers are known")
    private static let variant = Codec<TrafficCheck.Variant>.record(
        "the variant", plural: "variants", [variantName, variantAnswer]
    ) { record in
        let name = record.required(variantName)
        guard let expectation = record.required(variantAnswer), let name else { return nil }
        return TrafficCheck.Variant(name: name, expectation: expectation)
    }
    private static let classify = Field(
        "classify", Codec<[TrafficCheck.Variant]>.list(variant, minimum: 1), required: true,
        "Who may answer; the first that fits counts")
    private static let share = Codec<Double>(shape: .anything) { node, decoder in
        let number = node.kind == .scalar ? Double(node.text) : nil
        guard let number, (0...1).contains(number) else {
            decoder.report("value", at: node, "\(decoder.name(node)) must be a share from 0 to 1, such as 0.5")
            return nil
        }
        return number
    }
    private static let shares = Field(
        "expect", Codec<[String: Double]>.map(share), required: true, "Share of each variant, by its name")
    private static let alpha = Field(
        "alpha",
        Codec<Double>(shape: .anything) { node, decoder in
            guard node.kind == .scalar, let number = Double(node.text), (1e-12...0.2).contains(number) else {
                decoder.report("value", at: node, "\(decoder.name(node)) must be a probability such as 0.0001")
                return nil
            }
            return number
        }, defaultText: "0.0001", "How improbable a number must be to count as wrong")
    private static let maxErrors = Field(
        "max_errors", Codec<Int>.integer(0...5000), defaultText: "0",
        "Requests without an answer, or with a status from 500 on")
    private static let unclassified = Field(
        "unclassified", Codec<Bool>.choice([("fail", "They are wrong", true), ("ignore", "They are left out", false)]),
        defaultText: "fail", "Answers of none of them")
    private static let fresh = Field(
        "fresh_connections", Codec<Bool>.choice([("true", "", true)]), "Each over a connection of its own, as always")
    private static let side = Field(
        "concurrency", Codec<Int>.integer(1...LoadPlan.mostConcurrency), defaultText: "4", "So many at a time")

    static let traffic = Codec<TrafficCheck>.record(
        "`traffic`", [number, request, classify, shares, alpha, maxErrors, unclassified, fresh, side]
    ) { record in
        let count = record.required(number)
        let exchange = record.required(request)
        let variants = record.required(classify)
        _ = record.optional(fresh)
        guard let wanted = record.required(shares), let count, let exchange, let variants else { return nil }
        let decoder = record.decoder
        let names = variants.map(\.name)
        for (key, _) in record.valueNode(shares)?.entries.map({ ($0.key, $0.value) }) ?? []
        where !names.contains(key.text) {
            decoder.report(
                "unknown-variant", at: key, "`classify` has no variant `\(ConfigDecoder.shortened(key.text))`",
                hint: LabCodecs.nearest(key.text, names))
        }
        let sum = wanted.values.reduce(0, +)
        if sum > 1.000_001 {
            decoder.report(
                "range", at: record.valueNode(shares) ?? record.node, "the shares add up to \(FieldTest.words(sum))",
                hint: "together they are 1 at the most")
        }
        return TrafficCheck(
            exchange: exchange, count: count, variants: variants, shares: wanted,
            alpha: record.optional(alpha) ?? 0.0001,
            mostErrors: record.optional(maxErrors) ?? 0, forbidsOthers: record.optional(unclassified) ?? true,
            concurrency: record.optional(side) ?? 4)
    }

    // MARK: availability

    private static let probed = Field("request", HTTPFields.request, "What is sent")
    private static let length = Field("for", span, defaultText: "10s", "How long it goes on after the last action")
    private static let work = Field("do", ActionFields.actions, "What is done meanwhile")
    private static let pace = Field("rate", rate, defaultText: "5/s", "How often")
    private static let record = Field(
        "record", LabCodecs.text, "Selector of the pod that probes and writes `TIME STATUS`")
    private static let container = Field("container", LabCodecs.text, "Its container")
    private static let since = Field(
        "since",
        Codec<FiredCheck.Since>.choice([
            ("start", "The beginning of the lab", .start), ("ever", "Everything it wrote", .ever),
            ("marker", "The moment when the check begins", .marker),
        ]), defaultText: "start", "From when on it counts")
    private static let least = Field(
        "min", Codec<Int>.integer(1...1_000_000), defaultText: "1", "So many probes at least")
    private static let maxGap = Field("max_gap", LabCodecs.duration, "The longest time without a good answer")

    static let availability = Codec<AvailabilityCheck>.record(
        "`availability`",
        [
            probed, expect, pace, length, work, record, container, since, least, PrimitiveFields.namespace, maxFailed,
            maxGap,
        ],
        exactlyOne: [["request", "record"]]
    ) { reader in
        let budget = reader.optional(maxFailed) ?? .count(0)
        let gap = reader.optional(maxGap)
        let own: [(String, Bool)] = [
            ("container", reader.has(container)), ("since", reader.has(since)), ("min", reader.has(least)),
            ("namespace", reader.has(PrimitiveFields.namespace)),
        ]
        let probing: [(String, Bool)] = [
            ("expect", reader.has(expect)), ("rate", reader.has(pace)), ("for", reader.has(length)),
            ("do", reader.has(work)),
        ]
        for (name, isThere) in reader.has(record) ? probing : own where isThere {
            reader.decoder.report(
                "conflict", at: reader.node[name]?.key ?? reader.node,
                "`\(name)` belongs to `\(reader.has(record) ? "request" : "record")`")
        }
        if reader.has(record) {
            guard let selector = reader.optional(record) else { return nil }
            return AvailabilityCheck(
                source: .record(
                    .init(
                        selector: selector, container: reader.optional(container),
                        namespace: reader.optional(PrimitiveFields.namespace), since: reader.optional(since) ?? .start,
                        least: reader.optional(least) ?? 1)), budget: budget, mostGap: gap)
        }
        guard let exchange = reader.optional(probed) else { return nil }
        return AvailabilityCheck(
            source: .probe(
                .init(
                    exchange: exchange, expectation: reader.optional(expect) ?? .ok, rate: reader.optional(pace) ?? 5,
                    duration: reader.optional(length) ?? .seconds(10), actions: reader.optional(work) ?? [])),
            budget: budget, mostGap: gap)
    }

    // MARK: scale

    private static let pods = Field("pods", LabCodecs.text, "Selector of pods")
    private static let nodes = Field("nodes", Codec<String>.text, "Selector of nodes; empty is all")
    private static let target = Field(
        "target",
        Codec<ScaleTarget>.either(
            single: LabCodecs.reference.then { reference, node, decoder in
                guard ["Deployment", "StatefulSet"].contains(reference.kind.kind) else {
                    decoder.report(
                        "value", at: node, "\(decoder.name(node)) is a deployment or statefulset",
                        hint: "for others `{pods: SELECTOR}`")
                    return nil
                }
                return .workload(reference)
            },
            mapping: .record(
                "the target", [pods, nodes, PrimitiveFields.namespace], exactlyOne: [["pods", "nodes"]]
            ) { record in
                record.optional(pods).map { .pods($0, namespace: record.optional(PrimitiveFields.namespace)) }
                    ?? record.optional(nodes).map { .nodes($0) }
            }), required: true, "What is counted: deployment/NAME, {pods: SELECTOR} or {nodes: SELECTOR}")
    private static let cause = Field("load", plan, "The load under which it grows")
    private static let causing = Field("do", ActionFields.actions, "What makes it grow")
    private static let before = Field("before", LabCodecs.count, "How many before")
    private static let ceiling = Field("ceiling", Codec<Int>.integer(0...10_000), "Never more than this")
    private static let sample = Field("sample", LabCodecs.duration, defaultText: "1s", "How often it is counted")

    private struct Bound: Sendable {
        var range: CountRange
        var within: Duration
    }
    private static let boundMin = Field("min", Codec<Int>.integer(0...10_000), "At least")
    private static let boundMax = Field("max", Codec<Int>.integer(0...10_000), "At most")
    private static let within = Field("within", span, required: true, "How long it may take")
    private static let peak = Field(
        "peak",
        Codec<Bound>.record("the peak", [boundMin, boundMax, within]) { record in
            let range = CountRange(least: record.optional(boundMin), most: record.optional(boundMax))
            guard range.least != nil || range.most != nil else {
                record.decoder.report(
                    "empty", at: record.node, "\(record.decoder.name(record.node)) needs `min` or `max`")
                return nil
            }
            return record.required(within).map { Bound(range: range, within: $0) }
        }, "How many at the most")
    private static let to = Field("to", LabCodecs.count, required: true, "How many again")
    private static let settle = Field(
        "settle",
        Codec<Bound>.record("the rest after it", [to, within]) { record in
            let range = record.required(to)
            guard let within = record.required(within), let range else { return nil }
            return Bound(range: range, within: within)
        }, "How many when it is over")

    static let scale = Codec<ScaleCheck>.record(
        "`scale`", [target, cause, causing, before, peak, ceiling, settle, sample], exactlyOne: [["load", "do"]]
    ) { record in
        let target = record.required(target)
        let peak = record.optional(peak)
        let settle = record.optional(settle)
        let ceiling = record.optional(ceiling)
        guard peak != nil || settle != nil || ceiling != nil else {
            record.decoder.report(
                "missing-key", at: record.node.key ?? record.node, "`scale` needs `peak`, `ceiling` or `settle`")
            return nil
        }
        let load = record.optional(cause)
        let actions = record.optional(causing) ?? []
        guard let target, load != nil || !actions.isEmpty else { return nil }
        return ScaleCheck(
            target: target, load: load, cause: actions, before: record.optional(before), peak: peak?.range,
            peakWithin: peak?.within ?? .zero, ceiling: ceiling, settle: settle?.range,
            settleWithin: settle?.within ?? .zero,
            interval: max(record.optional(sample) ?? .seconds(1), .milliseconds(200)))
    }

    // MARK: cold start

    private static let rest = Field("at_zero_for", span, defaultText: "5s", "Nothing runs for so long before")
    private static let wake = Field("wake", ActionFields.actions, "What wakes it; without it the request does")

    static let coldStart = Codec<ColdStartCheck>.record(
        "`cold-start`", [target, rest, wake, request, expect, within]
    ) { record in
        let target = record.required(target)
        let exchange = record.required(request)
        let rest = record.optional(rest) ?? .seconds(5)
        let wake = record.optional(wake) ?? []
        let expectation = record.optional(expect) ?? .ok
        guard let within = record.required(within), let target, let exchange else { return nil }
        return ColdStartCheck(
            target: target, restsFor: rest, wake: wake, exchange: exchange, expectation: expectation, within: within)
    }
}
