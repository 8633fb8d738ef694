internal import CLibSSH2
import Glibc

/// One authenticated connection to one host; an actor on the thread of its event loop.
///
/// All calls of libssh2 go through `drive`. Two rules keep the library's state sound: after a call that left a packet half
/// sent nobody but that call may touch the session until it is repeated, and a connection that something went wrong with is
/// shut down as a whole. A cancelled task closes the session of its operation.
///
/// A session should be closed with `close`; one that is merely dropped lets go of its socket without a word to the peer.
package actor SSHSession: EventLoopClient {
    nonisolated package let target: SSHTarget
    nonisolated let loop: EventLoop
    nonisolated package var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// How the bytes travel; lives as long as `session`.
    let link: UnsafeMutablePointer<martlet_link>
    /// Nil before the connection and after its end.
    var session: OpaquePointer?
    /// The connected socket; -1 for a session through a jump host.
    var descriptor: Int32 = -1
    /// For a session through a jump host: what carries its bytes.
    var carrier: StreamCarrier?
    var registration: EventLoop.Registration?

    /// Why the session ended, once it did.
    private(set) var lost: SSHError?
    private var waiters: [Waiter] = []
    /// The operation that left a packet half sent; zero if none.
    private var outboundOwner: UInt64 = 0
    private var lastTicket: UInt64 = 0
    /// Channel opening keeps its progress in the session: one at a time.
    var isOpeningChannel = false
    /// Open channels that outlive one call, by number.
    var channels: [Int: OpaquePointer] = [:]
    var lastChannel = 0
    /// One channel at a time asks for its command.
    let startGate = StartGate()
    /// Open shells, numbered together with the channels.
    var shells: [Int: ShellState] = [:]
    /// What gives files to other hosts, numbered together with the channels.
    var givers: [Int: LineChannel] = [:]

    /// Bytes seen at the last look of the keepalive timer, and whether an answer is awaited.
    var receivedAtKeepalive: UInt64 = 0
    var awaitsKeepalive = false

    private struct Waiter {
        var continuation: UnsafeContinuation<Bool, Never>
        var deadline: MonotonicTime
    }

    enum TimerToken {
        static let deadline: UInt64 = 0
        static let keepalive: UInt64 = 1
    }

    init(target: SSHTarget, loop: EventLoop) {
        self.target = target
        self.loop = loop
        link = .allocate(capacity: 1)
        link.initialize(to: martlet_link())
        link.pointee.readable = 1
    }

    isolated deinit {
        release()
        link.deinitialize(count: 1)
        link.deallocate()
    }

    /// Whether the session can still be used, as far as is known here.
    package var isOpen: Bool { lost == nil && session != nil }

    // MARK: Events

    func descriptorReady(_ descriptor: Int32, events: UInt32) {
        link.pointee.readable = 1
        let ends = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        if events & ends != 0, descriptor == self.descriptor { link.pointee.closing = 1 }
        wakeAll()
    }

    func timerDue(_ token: UInt64) {
        switch token {
        case TimerToken.keepalive: keepaliveDue()
        default:
            let now = MonotonicTime.now
            guard waiters.contains(where: { $0.deadline <= now }) else { return }
            let due = waiters.filter { $0.deadline <= now }
            waiters.removeAll { $0.deadline <= now }
            for waiter in due { waiter.continuation.resume(returning: true) }
        }
    }

    /// Suspends until something moved; true when the deadline passed.
    func wait(until deadline: MonotonicTime) async -> Bool {
        // Its timer may have come and gone while nobody was waiting.
        if deadline <= .now { return true }
        return await withUnsafeContinuation { waiters.append(Waiter(continuation: $0, deadline: deadline)) }
    }

    /// Lets everybody who waits look again.
    func wakeAll() {
        guard !waiters.isEmpty else { return }
        let woken = waiters
        waiters.removeAll(keepingCapacity: true)
        for waiter in woken { waiter.continuation.resume(returning: false) }
    }

    /// The moment an operation has to end, with a timer that looks at it.
    func deadline(after duration: Duration) -> MonotonicTime {
        let time = MonotonicTime.after(duration)
        arm(time)
        return time
    }

    func arm(_ time: MonotonicTime) {
        if let registration { loop.schedule(at: time, for: registration, token: TimerToken.deadline) }
    }

    // MARK: Driving libssh2

    /// What an attempt says when it has to be made again.
    static let again = Int(LIBSSH2_ERROR_EAGAIN)

    /// Whether some operation has to repeat its call before anything else may be sent.
    var hasHalfSentPacket: Bool { outboundOwner != 0 }

    /// Makes a call, again and again while the library says "again", and gives back its code, which may be an error.
    ///
    /// `attempt` must not be called after this throws. With `abandonable` a deadline leaves the session usable, unless
    /// a packet is half sent; without it the session ends.
    func drive(
        _ phase: SSHError.Phase, until deadline: MonotonicTime, sent: Bool = false, abandonable: Bool = false,
        _ attempt: () -> Int
    ) async throws(SSHError) -> Int {
        lastTicket += 1
        let ticket = lastTicket
        while true {
            if let lost { throw marked(lost, sent: sent) }
            if outboundOwner == 0 || outboundOwner == ticket {
                let before = link.pointee.received
                let code = attempt()
                let hasReceived = link.pointee.received != before
                // What was received may be for somebody else.
                if startGate.takeFreed() || hasReceived { wakeAll() }
                carrier?.flush()
                guard code == Self.again, let session else {
                    if outboundOwner == ticket {
                        outboundOwner = 0
                        wakeAll()
                    }
                    return code
                }
                let isHalfSent = libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
                if outboundOwner == ticket && !isHalfSent { wakeAll() }
                outboundOwner = isHalfSent ? ticket : 0
                if hasReceived && link.pointee.readable != 0 && !isHalfSent { continue }
            }
            guard await wait(until: deadline) else { continue }
            let error = SSHError.timedOut(phase: phase, sent: sent)
            if !abandonable || outboundOwner == ticket { fail(error) }
            throw error
        }
    }

    /// As `drive`, and throws for a negative code.
    @discardableResult
    func perform(
        _ phase: SSHError.Phase, until deadline: MonotonicTime, sent: Bool = false, abandonable: Bool = false,
        _ attempt: () -> Int
    ) async throws(SSHError) -> Int {
        let code = try await drive(phase, until: deadline, sent: sent, abandonable: abandonable, attempt)
        guard code < 0 else { return code }
        throw error(code: code, phase: phase, sent: sent)
    }

    /// Runs an operation; if its task is cancelled, the session is closed and the operation ends with `.cancelled`.
    func cancellable<Value: Sendable>(
        _ body: () async throws(SSHError) -> Value
    ) async throws(SSHError) -> Value {
        let result = await withTaskCancellationHandler {
            do throws(SSHError) {
                return Result<Value, SSHError>.success(try await body())
            } catch {
                return Result<Value, SSHError>.failure(error)
            }
        } onCancel: {
            Task { await self.fail(.cancelled) }
        }
        return try result.get()
    }

    // MARK: The end

    /// What a code of the library means; ends the session if the connection is gone or its state is in doubt.
    func error(code: Int, phase: SSHError.Phase, sent: Bool) -> SSHError {
        if let lost { return marked(lost, sent: sent) }
        let detail = lastMessage
        switch Int32(code) {
        case LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV,
            LIBSSH2_ERROR_SOCKET_TIMEOUT, LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_BANNER_SEND:
            let error = SSHError.connectionLost(sent: sent, detail: socketMessage ?? detail)
            fail(error)
            return error
        case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED, LIBSSH2_ERROR_CHANNEL_CLOSED,
            LIBSSH2_ERROR_CHANNEL_EOF_SENT:
            return .channelRefused(detail: detail)
        default:
            let error = SSHError.protocolViolation(phase: phase, detail: "\(detail) (libssh2 error \(code))")
            fail(error)
            return error
        }
    }

    /// The library's own words for its last error.
    var lastMessage: String {
        guard let session else { return "the session is closed" }
        var text: UnsafeMutablePointer<CChar>?
        var length: Int32 = 0
        libssh2_session_last_error(session, &text, &length, 0)
        guard let text, length > 0 else { return "no reason given" }
        return String(cString: text)
    }

    private var socketMessage: String? {
        guard descriptor >= 0 else { return nil }
        let code = SocketOptions.pendingError(of: descriptor)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    /// The same end seen by an operation that has, or has not, sent its command.
    func marked(_ error: SSHError, sent: Bool) -> SSHError {
        switch error {
        case .connectionLost(_, let detail): .connectionLost(sent: sent, detail: detail)
        case .timedOut(let phase, _):
            .connectionLost(sent: sent, detail: "given up after a timeout (\(phase.rawValue))")
        default: error
        }
    }

    /// Ends the session at once: the socket is shut down, and everybody who waits learns why.
    func fail(_ error: SSHError) {
        guard lost == nil else { return }
        lost = error
        release()
        wakeAll()
    }

    /// Frees what belongs to the library.
    ///
    /// With a dead link nothing is sent and nothing waited for.
    private func release() {
        link.pointee.dead = 1
        channels.removeAll()
        shells.removeAll()
        givers.removeAll()
        outboundOwner = 0
        if let session {
            self.session = nil
            // Frees its channels one by one; each may ask to be called again.
            var attempts = 0
            while libssh2_session_free(session) == LIBSSH2_ERROR_EAGAIN, attempts < 4096 { attempts += 1 }
        }
        MemoryWire.detach(from: link)
        carrier?.cancel()
        carrier = nil
        if descriptor >= 0 {
            shutdown(descriptor, Int32(SHUT_RDWR))
            Glibc.close(descriptor)
            descriptor = -1
        }
        if let registration {
            self.registration = nil
            loop.unregister(registration)
        }
    }
}
