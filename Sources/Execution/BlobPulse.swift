internal import Synchronization

/// When something was last sent to a host.
final class BlobPulse: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func beat() { last.withLock { $0 = .now } }

    func isQuiet(for limit: Duration) -> Bool { last.withLock { ContinuousClock.now - $0 > limit } }
}
