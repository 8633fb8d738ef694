internal import ConfigTree
internal import Synchronization

/// Sends one request again and again: so many at a time, so many a second, until somebody says stop.
///
/// Nothing is tried again: what fails is the point.
package struct RequestDrive: Sendable {
    package var exchange: HTTPExchange
    /// At a time.
    package var concurrency: Int
    /// Per second; nil sends the next one as soon as an answer is there.
    package var rate: Double?
    /// A new connection for each, where the request leaves from this machine.
    package var isFresh: Bool

    /// One request that was sent.
    package struct Sent: Sendable {
        /// Since the drive began.
        package var begin: Duration
        package var seconds: Double
        package var outcome: Result<HTTPExchange.Answer, HTTPExchange.NoAnswer>
    }

    package init(_ exchange: HTTPExchange, concurrency: Int = 1, rate: Double? = nil, isFresh: Bool = false) {
        self.exchange = exchange
        self.concurrency = concurrency
        self.rate = rate
        self.isFresh = isFresh
    }

    /// Until so many are sent, so much time is over, or the sign is given; what is on its way then is waited for.
    ///
    /// - Throws: `CannotJudge` if requests cannot be sent at all, which ends it at once.
    package func run(
        _ context: CheckContext, most: Int? = nil, for limit: Duration? = nil, until stop: StopSign = StopSign(),
        take: @escaping @Sendable (Sent) -> Void
    ) async throws {
        let exchange = try await exchange.prepared(context)
        let start = ContinuousClock.now
        let end = limit.map { start + $0 }
        let numbers = RequestNumbers()
        let rate = rate
        let isFresh = isFresh
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, concurrency) {
                group.addTask {
                    while !stop.isSet {
                        let number = numbers.next()
                        if let most, number >= most { return }
                        if let rate {
                            let due = start + .seconds(Double(number) / rate)
                            if let end, due > end { return }
                            try await stop.sleep(until: due)
                            if stop.isSet { return }
                        }
                        // One is sent in any case, however busy this machine is.
                        if let end, number > 0, ContinuousClock.now >= end { return }
                        try Task.checkCancellation()
                        let begin = ContinuousClock.now
                        let outcome: Result<HTTPExchange.Answer, HTTPExchange.NoAnswer>
                        do {
                            outcome = .success(try await exchange.send(context, isFresh: isFresh))
                        } catch let silence as HTTPExchange.NoAnswer {
                            outcome = .failure(silence)
                        }
                        take(
                            Sent(
                                begin: begin - start, seconds: (ContinuousClock.now - begin).inSeconds, outcome: outcome
                            ))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// From zero on, each once.
private final class RequestNumbers: Sendable {
    private let value = Atomic(0)

    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Tells something that runs beside that it is enough.
package final class StopSign: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isSet: Bool { flag.load(ordering: .relaxed) }
    package func set() { flag.store(true, ordering: .relaxed) }

    /// Returns earlier if the sign is given.
    func sleep(until due: ContinuousClock.Instant) async throws {
        while !isSet {
            let left = ContinuousClock.now.duration(to: due)
            guard left > .zero else { return }
            try await Task.sleep(for: min(left, .milliseconds(200)))
        }
    }
}
