/// How often a transfer that failed for a passing reason is tried, and how long in between.
package struct RetryPolicy: Sendable, Hashable {
    /// All tries together, at least one.
    package var attempts: Int
    /// Before the second try; doubled before each further one, up to `longestDelay`.
    package var firstDelay: Duration
    package var longestDelay: Duration

    package init(
        attempts: Int = 5, firstDelay: Duration = .milliseconds(500), longestDelay: Duration = .seconds(15)
    ) {
        self.attempts = max(1, attempts)
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    /// Before try number `attempt`, counted from one; nothing before the first.
    func delay(before attempt: Int) -> Duration {
        guard attempt > 1 else { return .zero }
        return min(longestDelay, firstDelay * (1 << min(attempt - 2, 20)))
    }
}
