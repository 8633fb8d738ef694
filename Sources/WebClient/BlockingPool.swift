internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Threads for calls that block, so that they do not take those on which tasks run.
///
/// A thread takes jobs until there are none and ends; at most `limit` live at a time.
final class BlockingPool: Sendable {
    private struct State {
        var threads = 0
        var nextNumber: UInt64 = 0
        var waiting: [(number: UInt64, job: Job)] = []
    }

    /// Runs a job (`false`), or gives it up before it ran (`true`).
    typealias Job = @Sendable (_ isCancelled: Bool) -> Void

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    /// Puts a job in line and returns the number by which it can be taken out again.
    func add(_ job: @escaping Job) -> UInt64 {
        let (number, needsThread) = state.withLock { state in
            state.nextNumber += 1
            state.waiting.append((state.nextNumber, job))
            guard state.threads < limit else { return (state.nextNumber, false) }
            state.threads += 1
            return (state.nextNumber, true)
        }
        if needsThread { start() }
        return number
    }

    /// Gives up a job that still waits; one that runs or has run is left alone.
    func withdraw(_ number: UInt64) {
        let job = state.withLock { state -> Job? in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: index).job
        }
        job?(true)
    }

    private func work() {
        while let job = next() { job(false) }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.waiting.removeFirst().job
        }
    }

    private func start() {
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, Self.main, context.toOpaque())
        if failure == 0 {
            pthread_detach(thread)
        } else {
            // No thread to be had: the caller's does the work, which is slow but right.
            context.release()
            work()
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        if let context { Unmanaged<BlockingPool>.fromOpaque(context).takeRetainedValue().work() }
        return nil
    }
}
