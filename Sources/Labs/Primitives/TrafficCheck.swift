internal import KubernetesAPI
internal import Synchronization

/// How requests are spread over variants, by numbers and not by eye.
package struct TrafficCheck: LabPrimitive {
    package static let word = "traffic"

    /// A kind of answer.
    package struct Variant: Sendable, Hashable {
        package var name: String
        package var expectation: HTTPExpectation
    }

    package var exchange: HTTPExchange
    package var count: Int
    /// The first that fits an answer counts.
    package var variants: [Variant]
    /// Of the answers that fit one, by name of the variant.
    package var shares: [String: Double]
    /// How improbable a number must be to be held against the learner.
    package var alpha: Double
    package var mostErrors: Int
    /// An answer that fits no variant is wrong; else it is left out.
    package var forbidsOthers: Bool
    package var concurrency: Int

    package var isCostly: Bool { true }
    package var patience: Duration { .zero }
    package var foreignNamespaces: [String] { exchange.foreignNamespaces }

    private var wanted: [(name: String, share: Double)] {
        shares.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    package var expected: String {
        let parts = wanted.map { name, share in
            let range = Binomial(count: count, share: share).accepted(alpha)
            let bounds =
                range.lowerBound == range.upperBound
                ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            return "\(Self.percent(share)) from \(name) (\(bounds))"
        }
        return "of \(counted(count, "request")) of \(exchange.target) \(parts.joined(separator: ", "))"
    }

    package var question: String {
        "Sends \(exchange.target) \(count) times, each over a connection of its own and none a second time, and counts who answers. "
            + "Chance is allowed for: less probable than \(FieldTest.words(alpha)) is wrong."
    }

    package var next: String { "how the traffic is split, and whether each variant has pods that are ready" }

    /// What came back.
    struct Tally: Sendable, Hashable {
        var hits: [String: Int] = [:]
        var others = 0
        var errors = 0
        /// The first of each kind of trouble.
        var firstOther: String?
        var firstError: String?
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let tally = Mutex(Tally())
        try await RequestDrive(exchange, concurrency: concurrency, isFresh: true).run(context, most: count) { sent in
            tally.withLock { $0.add(sent.outcome, variants, context.fill) }
        }
        return judge(tally.withLock { $0 })
    }

    /// Pure.
    func judge(_ tally: Tally) -> Observation {
        let total = tally.hits.values.reduce(0, +)
        let numbers = variants.map { variant in
            let hits = tally.hits[variant.name] ?? 0
            let fits = Binomial.interval(hits, of: total, alpha: 0.05)
            return
                "\(hits) \(variant.name) (\(Self.percent(fits.lowerBound)) to \(Self.percent(fits.upperBound)) fit that)"
        }.joined(separator: ", ")
        if tally.errors > mostErrors {
            return .fail(
                "\(counted(tally.errors, "request")) without a good answer: \((tally.firstError ?? "").shortened(160)); \(numbers)",
                isFinal: true)
        }
        if forbidsOthers, tally.others > 0 {
            return .fail(
                "\(tally.others) answers of none of them: \((tally.firstOther ?? "").shortened(120)); \(numbers)",
                isFinal: true)
        }
        guard total > 0 else { return .fail("no answer of any of them", isFinal: true) }
        for (name, share) in wanted {
            let hits = tally.hits[name] ?? 0
            guard Binomial(count: total, share: share).accepted(alpha).contains(hits) else {
                return .fail("\(numbers), and \(Self.percent(share)) from \(name) does not fit", isFinal: true)
            }
        }
        // Whoever is not expected must not answer.
        for variant in variants where shares[variant.name] == nil && tally.hits[variant.name] ?? 0 > 0 {
            return .fail("\(numbers), and \(variant.name) should not answer", isFinal: true)
        }
        return .pass(numbers)
    }

    static func percent(_ share: Double) -> String { "\(FieldTest.words((share * 1000).rounded() / 10)) %" }
}

extension TrafficCheck.Tally {
    mutating func add(
        _ outcome: Result<HTTPExchange.Answer, HTTPExchange.NoAnswer>, _ variants: [TrafficCheck.Variant],
        _ fill: (String) -> String
    ) {
        switch outcome {
        case .failure(let silence):
            errors += 1
            firstError = firstError ?? silence.text
        case .success(let answer):
            if let variant = variants.first(where: { $0.expectation.problem(in: answer, fill) == nil }) {
                hits[variant.name, default: 0] += 1
            } else if answer.status >= 500 {
                errors += 1
                firstError = firstError ?? "status \(answer.status): \(answer.text)"
            } else {
                others += 1
                firstOther = firstOther ?? "status \(answer.status): \(answer.text)"
            }
        }
    }
}
