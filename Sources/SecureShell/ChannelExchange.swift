internal import CLibSSH2

/// Lets one channel of a session at a time ask for its command.
///
/// The library (1.10, `_libssh2_packet_requirev`) takes the next answer that comes for its own: a request whose turn it is to
/// read another channel's answer fails with -1, and that looks like a broken protocol.
final class StartGate {
    private var owner: OpaquePointer?
    /// Set when somebody else may try; whoever looks takes it back.
    private var isFreed = false

    func enter(_ channel: OpaquePointer) -> Bool {
        if owner == nil { owner = channel }
        return owner == channel
    }

    func leave(_ channel: OpaquePointer) {
        guard owner == channel else { return }
        owner = nil
        isFreed = true
    }

    /// Whether it was left since this was asked last.
    func takeFreed() -> Bool {
        defer { isFreed = false }
        return isFreed
    }
}

/// One channel's request, input and output, all under way at once: input follows the request without waiting for the
/// answer, so that a command and what it reads cost a single round trip.
struct ChannelExchange {
    let session: OpaquePointer
    let channel: OpaquePointer
    let gate: StartGate
    /// The command of the exec request.
    let command: String
    /// Whether the server has accepted the request.
    private(set) var isStarted = false
    /// Whether the end of the input was sent.
    private(set) var hasSentEnd = false

    init(session: OpaquePointer, channel: OpaquePointer, gate: StartGate, command: String) {
        self.gate = gate
        self.session = session
        self.channel = channel
        self.command = command
    }

    /// Whether the last call of the library left a packet half sent: then nothing but the same call may follow.
    var isHalfSent: Bool {
        libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
    }

    /// Sends the request if it was not accepted yet.
    ///
    /// Zero when accepted, or the library's code.
    mutating func start() -> Int {
        guard !isStarted else { return 0 }
        let code = Int(martlet_channel_exec(channel, command, UInt32(command.utf8.count)))
        if code != SSHSession.again { gate.leave(channel) }
        isStarted = code == 0
        return code
    }

    /// Moves everything that can move.
    ///
    /// `input` from `offset` on is written, then the end of the input if `endsInput`; `receive` gets output (stream 0 or 1).
    /// Zero at the end of the output, "again" while there is more to come, or an error.
    mutating func advance(
        input: [UInt8], offset: inout Int, endsInput: Bool, canSendEnd: () -> Bool = { true },
        receive: (_ stream: Int32, UnsafeRawBufferPointer) -> Void
    ) -> Int {
        // Input must not overtake the request.
        guard isStarted || gate.enter(channel) else { return SSHSession.again }
        let code = start()
        if code != 0, code != SSHSession.again || isHalfSent { return code }
        let written = write(input, offset: &offset)
        if written != 0, written != SSHSession.again || isHalfSent { return written }
        if endsInput, offset == input.count, !hasSentEnd {
            // libssh2 cannot repeat a half sent end: it compares the address of a packet that lives on its stack.
            guard canSendEnd() else { return SSHSession.again }
            let code = Int(libssh2_channel_send_eof(channel))
            if code == 0 { hasSentEnd = true } else if code != SSHSession.again || isHalfSent { return code }
        }
        let read = read(receive)
        return read == 0 && !isStarted ? SSHSession.again : read
    }

    private func write(_ input: [UInt8], offset: inout Int) -> Int {
        while offset < input.count {
            let count = input.withUnsafeBytes { bytes -> Int in
                // The library sends at most 32,700 bytes for one call; a large rest costs nothing.
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...]).bindMemory(to: CChar.self)
                return Int(libssh2_channel_write_ex(channel, 0, rest.baseAddress, rest.count))
            }
            guard count > 0 else { return count == 0 ? SSHSession.again : count }
            offset += count
        }
        return 0
    }

    /// Reads both streams until nothing is there.
    ///
    /// Zero at the end.
    private func read(_ receive: (_ stream: Int32, UnsafeRawBufferPointer) -> Void) -> Int {
        let code = read(stream: 0, receive)
        if code < 0, code != SSHSession.again { return code }
        // Asking the second stream costs system calls: only if the first one's reading brought something for it.
        if martlet_channel_available(channel) > 0 {
            let code = read(stream: Int32(SSH_EXTENDED_DATA_STDERR), receive)
            if code < 0, code != SSHSession.again { return code }
        }
        if libssh2_channel_eof(channel) == 1 { return 0 }
        return code == 0 && martlet_channel_available(channel) > 0 ? read(receive) : SSHSession.again
    }

    private func read(stream: Int32, _ receive: (_ stream: Int32, UnsafeRawBufferPointer) -> Void) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 16) { buffer in
            let text = buffer.bindMemory(to: CChar.self)
            while true {
                let count = Int(libssh2_channel_read_ex(channel, stream, text.baseAddress, text.count))
                guard count > 0 else { return count }
                receive(stream, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
}
