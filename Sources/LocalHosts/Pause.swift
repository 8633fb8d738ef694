/// The interval between two looks at something that changes soon: short at first, then longer.
struct Pause {
    private var interval: Duration = .milliseconds(20)
    private let longest: Duration

    init(longest: Duration = .milliseconds(400)) { self.longest = longest }

    /// Sleeps; throws CancellationError when the task is cancelled.
    mutating func next() async throws {
        try await Task.sleep(for: interval)
        interval = min(interval * 3 / 2, longest)
    }
}
