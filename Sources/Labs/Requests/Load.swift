internal import ConfigTree
internal import KubernetesAPI
internal import Synchronization

/// A load: what is sent, how much of it, and when an answer is a good one.
package struct LoadPlan: Sendable, Hashable {
    package var exchange: HTTPExchange
    package var expectation: HTTPExpectation
    package var concurrency: Int
    /// Per second; nil is as fast as answers come.
    package var rate: Double?
    package var duration: Duration

    /// Bounds of every load: it goes to a lab, and nobody else shall notice.
    package static let mostConcurrency = 64
    package static let mostRate = 500
    package static let longest = Duration.seconds(600)

    package var words: String {
        var text = "\(counted(concurrency, "request")) of \(exchange.target) at a time"
        if let rate { text += ", \(FieldTest.words(rate)) a second" }
        return text + ", for \(LabDuration.text(duration))"
    }

    /// - Parameter stop: ends it before its time.
    /// - Parameter begun: told when the first request has ended, or nothing more will come.
    package func run(
        _ context: CheckContext, until stop: StopSign = StopSign(), begun: StopSign? = nil
    ) async throws -> LoadTally {
        defer { begun?.set() }
        let notes = Mutex(LoadTally())
        let start = ContinuousClock.now
        try await RequestDrive(exchange, concurrency: concurrency, rate: rate).run(
            context, for: duration, until: stop
        ) { sent in
            let problem = problem(in: sent.outcome, context.fill)
            notes.withLock { $0.add(sent.seconds, problem) }
            begun?.set()
        }
        var tally = notes.withLock { $0 }
        tally.seconds = (ContinuousClock.now - start).inSeconds
        return tally
    }

    private func problem(
        in outcome: Result<HTTPExchange.Answer, HTTPExchange.NoAnswer>, _ fill: (String) -> String
    ) -> String? {
        expectation.problem(in: outcome, fill)
    }
}

/// What became of the requests of a load.
package struct LoadTally: Sendable {
    /// Of the good ones, in seconds.
    package private(set) var latencies: [Double] = []
    package private(set) var failed = 0
    /// How often which problem.
    private var problems: [String: Int] = [:]
    package var seconds: Double = 0

    package var sent: Int { latencies.count + failed }

    package mutating func add(_ seconds: Double, _ problem: String?) {
        guard let problem else { return latencies.append(seconds) }
        failed += 1
        // Problems that quote answers may all be different.
        if problems.count < 50 || problems[problem] != nil { problems[problem, default: 0] += 1 }
    }

    /// In seconds; nil without a good answer.
    ///
    /// - Parameter share: 0.95 for the 95th of a hundred.
    package func latency(_ share: Double) -> Double? {
        guard !latencies.isEmpty else { return nil }
        let sorted = latencies.sorted()
        return sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }

    package var commonProblem: String? { problems.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }

    package var words: String {
        var text = counted(sent, "request")
        if seconds > 0 { text += " in \(Self.short(seconds)) s" }
        text += failed == 0 ? ", all well answered" : ", \(failed) badly answered or not at all"
        if let half = latency(0.5), let most = latency(0.95) {
            text += ", half of them within \(Self.milliseconds(half)), 95 of 100 within \(Self.milliseconds(most))"
        }
        return text
    }

    static func short(_ seconds: Double) -> String { FieldTest.words((seconds * 10).rounded() / 10) }
    static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }
}

/// How much may go wrong: a number, or a share of all.
package enum FailureBudget: Sendable, Hashable {
    case count(Int)
    /// 0.01 is one in a hundred.
    case share(Double)

    package func allows(_ failed: Int, of sent: Int) -> Bool {
        switch self {
        case .count(let most): failed <= most
        case .share(let most): Double(failed) <= most * Double(sent)
        }
    }

    package var words: String {
        switch self {
        case .count(0): "none fails"
        case .count(let most): "at most \(most) fail"
        case .share(let most): "at most \(FieldTest.words(most * 100)) % fail"
        }
    }
}

/// A load with a verdict.
package struct LoadCheck: LabPrimitive {
    package static let word = "load"

    package var plan: LoadPlan
    package var budget: FailureBudget
    /// Percentile (0 to 1) and what it may be at most.
    package var latencies: [(share: Double, most: Duration)]

    package var isCostly: Bool { true }
    /// One run.
    package var patience: Duration { .zero }
    package var foreignNamespaces: [String] { plan.exchange.foreignNamespaces }

    package var expected: String {
        var text = "\(plan.words): \(budget.words)"
        for (share, most) in latencies {
            text += ", \(Int(share * 100)) of 100 are answered within \(LabDuration.text(most))"
        }
        return text
    }

    package var question: String { "Sends \(plan.words)." }
    package var next: String { "what the pods log meanwhile, and whether they have enough of what they need" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        judge(try await plan.run(context))
    }

    /// Pure.
    func judge(_ tally: LoadTally) -> Observation {
        guard tally.sent > 0 else { return .fail("nothing was sent", isFinal: true) }
        guard budget.allows(tally.failed, of: tally.sent) else {
            return .fail(
                "\(tally.words)" + (tally.commonProblem.map { ": \($0.shortened(160))" } ?? ""), isFinal: true)
        }
        for (share, most) in latencies {
            guard let found = tally.latency(share), found <= most.inSeconds else {
                return .fail(
                    "\(Int(share * 100)) of 100 needed \(tally.latency(share).map(LoadTally.milliseconds) ?? "?"): \(tally.words)",
                    isFinal: true)
            }
        }
        return .pass(tally.words)
    }
}

/// Work beside which a load runs.
enum Beside {
    /// The load begins first; when the work is done the load ends.
    static func load<Value: Sendable>(
        _ plan: LoadPlan?, _ context: CheckContext, _ work: () async throws -> Value
    ) async throws -> (Value, LoadTally?) {
        guard let plan else { return (try await work(), nil) }
        let stop = StopSign()
        let begun = StopSign()
        async let tally = plan.run(context, until: stop, begun: begun)
        try await begun.sleep(until: .now + plan.duration)
        let value = try await work()
        stop.set()
        return (value, try await tally)
    }
}
