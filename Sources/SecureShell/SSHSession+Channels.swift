internal import CLibSSH2

extension SSHSession {
    /// A channel for a command: one round trip.
    func openChannel(until limit: MonotonicTime) async throws(SSHError) -> OpaquePointer {
        try await open(.channel, until: limit) { martlet_channel_open($0) }
    }

    /// Opens a channel of some kind.
    ///
    /// The library keeps the progress in the session, so others wait for their turn; a deadline in the middle ends the
    /// session.
    func open(
        _ phase: SSHError.Phase, until limit: MonotonicTime, _ body: (OpaquePointer) -> OpaquePointer?
    ) async throws(SSHError) -> OpaquePointer {
        while isOpeningChannel, lost == nil {
            if await wait(until: limit) { throw .timedOut(phase: phase, sent: false) }
        }
        isOpeningChannel = true
        defer {
            isOpeningChannel = false
            wakeAll()
        }
        if let lost { throw lost }
        guard let session else { throw .cancelled }
        var channel: OpaquePointer?
        try await perform(phase, until: limit) {
            channel = body(session)
            return channel == nil ? Int(libssh2_session_last_errno(session)) : 0
        }
        guard let channel else { throw .channelRefused(detail: lastMessage) }
        return channel
    }

    /// Gives up a channel whose other side may never answer: the close is sent if that is possible at once, and the memory
    /// stays until the session ends.
    func abandon(_ channel: OpaquePointer) {
        // An answer that comes yet is for a channel that is closed; the next one may ask.
        startGate.leave(channel)
        if startGate.takeFreed() { wakeAll() }
        guard let session, lost == nil else { return }
        guard libssh2_channel_close(channel) == LIBSSH2_ERROR_EAGAIN else { return }
        if libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 {
            fail(.connectionLost(sent: true, detail: "given up while a packet was half sent"))
        }
    }

    /// Says goodbye and ends the session.
    ///
    /// Never fails: what cannot be said within `deadline` is left unsaid.
    package func close(deadline: Duration = .seconds(2)) async {
        let limit = self.deadline(after: deadline)
        if let session, lost == nil {
            _ = try? await drive(.closing, until: limit) { Int(martlet_session_disconnect(session, "done")) }
        }
        let carrier = carrier
        fail(.cancelled)
        await carrier?.finish()
    }

    // MARK: Keepalive

    /// Starts looking after the peer.
    func startKeepalive() {
        guard let session, let interval = target.keepaliveInterval, let registration else { return }
        libssh2_keepalive_config(session, 1, UInt32(clamping: max(1, interval.components.seconds)))
        receivedAtKeepalive = link.pointee.received
        loop.schedule(at: .after(interval), for: registration, token: TimerToken.keepalive)
    }

    func keepaliveDue() {
        guard let session, lost == nil, let interval = target.keepaliveInterval, let registration else { return }
        let isQuiet = link.pointee.received == receivedAtKeepalive && waitingBytes == 0
        if isQuiet && awaitsKeepalive {
            fail(.connectionLost(sent: false, detail: "no sign of life for \(interval * 2)"))
            return
        }
        awaitsKeepalive = false
        // A packet that the socket does not take at once would be lost in the library: ask the socket first.
        if isQuiet, canSendAtOnce {
            var next: Int32 = 0
            if libssh2_keepalive_send(session, &next) == 0 { awaitsKeepalive = true }
            carrier?.flush()
        }
        receivedAtKeepalive = link.pointee.received
        loop.schedule(at: .after(interval), for: registration, token: TimerToken.keepalive)
    }

    private var waitingBytes: Int {
        if let carrier { return carrier.wire.pendingInbound }
        return Int(martlet_pending_bytes(descriptor))
    }

    private var canSendAtOnce: Bool { !hasHalfSentPacket && takesWholePacket }

    /// Whether a small packet would leave whole: a socket calls itself writable only with a good part of its buffer free.
    var takesWholePacket: Bool { carrier != nil || SocketOptions.isWritable(descriptor) }
}
