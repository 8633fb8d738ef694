internal import CLibSSH2
import Glibc
import Synchronization

/// What the loop calls, always on its own thread.
protocol EventLoopClient: Actor {
    /// A registered descriptor became ready; `events` are epoll's bits.
    func descriptorReady(_ descriptor: Int32, events: UInt32)
    /// A timer of this client is due. Timers are never cancelled, so the token may be of a purpose that is gone.
    func timerDue(_ token: UInt64)
}

/// One thread that waits for sockets and timers, and runs the actors that chose it as their executor.
///
/// Descriptors are watched edge-triggered, for reading and writing at once: whoever registers must go on until the
/// kernel says "again" before it waits.
package final class EventLoop: SerialExecutor, Sendable {
    /// The loop that everybody uses unless told otherwise.
    package static let shared = EventLoop()

    /// A place in the table of clients; the generation tells a former holder from the present one.
    struct Registration: Sendable, Equatable {
        var slot: Int
        var generation: UInt32
    }

    private struct Slot {
        weak var client: (any EventLoopClient)?
        var generation: UInt32 = 0
        var isTaken = false
    }

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var isStopped = false
    }

    private struct State: ~Copyable {
        var slots: [Slot] = []
        var free: [Int] = []
        var timers = TimerHeap()
    }

    private let epoll: Int32
    /// Wakes the thread.
    ///
    /// Also the stand-in descriptor of sessions without a socket of their own.
    let wakeDescriptor: Int32
    private let thread = Atomic<UInt>(0)
    private let inbox = Mutex(Inbox())
    private let state = Mutex(State())

    package init() {
        _ = SecureShell.initialised
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(epoll >= 0 && wakeDescriptor >= 0, "this process cannot open an epoll descriptor: errno \(errno)")
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: .max))
        epoll_ctl(epoll, EPOLL_CTL_ADD, wakeDescriptor, &event)
        BlockingPool.startThread { [self] in run() }
    }

    /// Ends the thread after the jobs that are queued now.
    ///
    /// No session may be open; only tests need it.
    package func stop() {
        inbox.withLock { $0.isStopped = true }
        wake()
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { wake() }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    package func isIsolatingCurrentContext() -> Bool? { isCurrentThread }

    package func checkIsolated() {
        precondition(isCurrentThread, "not on the thread of the SSH event loop")
    }

    private var isCurrentThread: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    // MARK: Clients

    /// A place for a client; must be given back with `unregister`.
    func register(_ client: any EventLoopClient) -> Registration {
        state.withLock { state in
            let slot: Int
            if let free = state.free.popLast() {
                slot = free
            } else {
                slot = state.slots.count
                state.slots.append(Slot())
            }
            state.slots[slot].client = client
            state.slots[slot].isTaken = true
            return Registration(slot: slot, generation: state.slots[slot].generation)
        }
    }

    /// Forgets the client and its timers.
    ///
    /// Its descriptors must be closed or unwatched by itself.
    func unregister(_ registration: Registration) {
        state.withLock { state in
            guard state.slots[registration.slot].generation == registration.generation else { return }
            state.slots[registration.slot].client = nil
            state.slots[registration.slot].isTaken = false
            state.slots[registration.slot].generation &+= 1
            state.free.append(registration.slot)
            if state.timers.count > 64, state.timers.count > 8 * (state.slots.count - state.free.count) {
                let slots = state.slots
                state.timers.keep { slots[$0.slot].generation == $0.generation }
            }
        }
    }

    /// Watches a descriptor for everything, edge-triggered; closing the descriptor ends it.
    func watch(_ descriptor: Int32, for registration: Registration) {
        let bits = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        let key = UInt64(registration.slot) << 32 | UInt64(UInt32(bitPattern: descriptor))
        var event = epoll_event(events: bits, data: epoll_data(u64: key))
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    func unwatch(_ descriptor: Int32) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Calls the client's `timerDue` at that time or a little later.
    func schedule(at time: MonotonicTime, for registration: Registration, token: UInt64) {
        guard time < .distantFuture else { return }
        let entry = TimerHeap.Entry(
            time: time, slot: registration.slot, generation: registration.generation, token: token)
        state.withLock { $0.timers.insert(entry) }
        if !isCurrentThread { wake() }
    }

    // MARK: The thread

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        var jobs: [UnownedJob] = []
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while true {
            jobs.removeAll(keepingCapacity: true)
            let isStopped = inbox.withLock { inbox in
                swap(&inbox.jobs, &jobs)
                return inbox.isStopped
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped && jobs.isEmpty { break }
            let now = MonotonicTime.now
            let timeout = waitingTime(from: now)
            let count = epoll_wait(epoll, &events, Int32(events.count), timeout)
            inbox.withLock { $0.isAsleep = false }
            runTimers()
            for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
        }
        close(epoll)
        close(wakeDescriptor)
    }

    /// Milliseconds that the thread may sleep; zero if there are jobs already, -1 without an end.
    private func waitingTime(from now: MonotonicTime) -> Int32 {
        let nearest = state.withLock { $0.timers.nearest }
        let hasJobs = inbox.withLock { inbox in
            inbox.isAsleep = inbox.jobs.isEmpty && !inbox.isStopped
            return !inbox.isAsleep
        }
        if hasJobs { return 0 }
        guard let nearest else { return -1 }
        guard nearest > now else { return 0 }
        // Rounded up, so that the thread does not spin through the last millisecond.
        return Int32(clamping: (nearest.nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }

    private func runTimers() {
        guard state.withLock({ $0.timers.nearest != nil }) else { return }
        let now = MonotonicTime.now
        while true {
            let (entry, client) = state.withLock { state -> (TimerHeap.Entry?, (any EventLoopClient)?) in
                guard let entry = state.timers.popDue(at: now) else { return (nil, nil) }
                let slot = state.slots[entry.slot]
                return (entry, slot.generation == entry.generation ? slot.client : nil)
            }
            guard let entry else { return }
            client?.assumeIsolated { $0.timerDue(entry.token) }
        }
    }

    private func dispatch(_ event: epoll_event) {
        let key = event.data.u64
        if key == .max {
            var counter: UInt64 = 0
            _ = read(wakeDescriptor, &counter, MemoryLayout<UInt64>.size)
            return
        }
        let slot = Int(key >> 32)
        let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: key))
        let client = state.withLock { $0.slots[slot].isTaken ? $0.slots[slot].client : nil }
        client?.assumeIsolated { $0.descriptorReady(descriptor, events: event.events) }
    }
}
