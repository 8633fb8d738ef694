internal import CLibSSH2
internal import Diagnostics

/// A script on the host that is spoken with line by line; belongs to its session.
///
/// Each line of the script that counts begins with `mark` and a space: a login shell may have printed something of its own before.
final class LineChannel {
    let state: ShellState
    let mark: String
    let phase: SSHError.Phase
    private let failing: (String) -> SSHError
    fileprivate(set) var output: [UInt8] = []
    fileprivate(set) var errors: [UInt8] = []
    fileprivate(set) var hasEnded = false
    /// While one question waits for its answer.
    var isBusy = false

    fileprivate init(
        state: ShellState, phase: SSHError.Phase, failing: @escaping (String) -> SSHError
    ) {
        self.state = state
        mark = Self.mark(state.nonce)
        self.phase = phase
        self.failing = failing
    }

    fileprivate static func mark(_ nonce: UInt64) -> String { "martlet-\(String(nonce, radix: 16))" }

    /// The next whole line that the script wrote, without its mark.
    fileprivate func takeLine() -> String? {
        while let end = output.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: output[..<end], as: UTF8.self)
            output.removeFirst(end + 1)
            if let mark = line.firstRange(of: mark + " ") { return String(line[mark.upperBound...]) }
        }
        return nil
    }

    fileprivate func take(_ stream: Int32, _ bytes: UnsafeRawBufferPointer) {
        if stream == 0 {
            _ = SSHSession.append(bytes, to: &output, 65536)
        } else {
            _ = SSHSession.append(bytes, to: &errors, 65536)
        }
    }

    /// What went wrong: the script's own words if it said any.
    func failure(_ reason: String) -> SSHError {
        failing(SSHSession.lastLines(String(decoding: errors, as: UTF8.self), or: reason))
    }
}

extension SSHSession {
    /// Starts a script in a channel of its own, as root where `sudo` says so.
    ///
    /// - Parameters:
    ///   - program: a POSIX shell.
    ///   - failing: the error for a reason.
    ///   - script: visible in the host's process list; made from its mark.
    func openLines(
        program: String = "sh", sudo: SudoMode, phase: SSHError.Phase, until limit: MonotonicTime,
        failing: @escaping (String) -> SSHError, script: (_ mark: String) -> String
    ) async throws(SSHError) -> LineChannel {
        let channel = try await openChannel(until: limit)
        guard let session else { throw lost ?? .cancelled }
        let nonce = UInt64.random(in: .min ... .max)
        let mark = LineChannel.mark(nonce)
        let command = Self.command(sudo: sudo, program: program, script: script(mark), mark: mark)
        let exchange = ChannelExchange(session: session, channel: channel, gate: startGate, command: command)
        let state = ShellState(exchange: exchange, channel: channel, nonce: nonce, sudo: sudo)
        let lines = LineChannel(state: state, phase: phase, failing: failing)
        if case .password(let password) = sudo {
            do throws(SSHError) {
                lines.output = try await unlock(state, password: password, until: limit)
            } catch {
                abandon(channel)
                throw error
            }
        }
        return lines
    }

    private static func command(sudo: SudoMode, program: String, script: String, mark: String) -> String {
        let quoted = ShellEncoding.quotedForLogin(script)
        return switch sudo {
        case .none: "exec \(program) -c \(quoted)"
        case .withoutPassword: "exec env LC_ALL=C sudo -n -- \(program) -c \(quoted)"
        case .password:
            "exec env LC_ALL=C sudo -S -p \(mark)-password: -- \(program) -c "
                + ShellEncoding.quotedForLogin("echo \(mark)-ready >&2; \(script)")
        }
    }

    /// Writes all of it, reading what comes meanwhile.
    func write(
        _ bytes: [UInt8], to lines: LineChannel, endsInput: Bool = false, until limit: MonotonicTime
    ) async throws(SSHError) {
        var offset = 0
        let state = lines.state
        try await perform(lines.phase, until: limit, sent: true, abandonable: true) {
            let code = state.exchange.advance(
                input: bytes, offset: &offset, endsInput: endsInput, canSendEnd: { takesWholePacket },
                receive: lines.take)
            if code == 0 { lines.hasEnded = true }
            let isWritten = offset == bytes.count && (!endsInput || state.exchange.hasSentEnd)
            return code == Self.again && isWritten && !state.exchange.isHalfSent ? 0 : code
        }
        if lines.hasEnded, offset < bytes.count { throw ended(lines) }
    }

    /// Waits for a whole line of the host.
    func line(from lines: LineChannel, until limit: MonotonicTime) async throws(SSHError) -> String {
        while true {
            if let line = lines.takeLine() { return line }
            guard !lines.hasEnded else { throw ended(lines) }
            try await read(from: lines, until: limit)
        }
    }

    /// Waits until there is a whole line, or the end.
    private func read(from lines: LineChannel, until limit: MonotonicTime) async throws(SSHError) {
        var offset = 0
        let state = lines.state
        try await perform(lines.phase, until: limit, sent: true, abandonable: true) {
            let code = state.exchange.advance(input: [], offset: &offset, endsInput: false, receive: lines.take)
            if code == 0 { lines.hasEnded = true }
            let hasLine = lines.output.contains(UInt8(ascii: "\n"))
            return code == Self.again && hasLine && !state.exchange.isHalfSent ? 0 : code
        }
    }

    private func ended(_ lines: LineChannel) -> SSHError {
        let said = String(decoding: lines.errors, as: UTF8.self)
        let silent = lines.failure("the remote side ended without a word")
        if case .none = lines.state.sudo { return silent }
        return SudoRefusal.classify(said, user: target.user) ?? silent
    }

    /// Ends the script's input and gives the channel back.
    func finish(_ lines: LineChannel, until limit: MonotonicTime) async throws(SSHError) {
        let channel = lines.state.channel
        try await perform(lines.phase, until: limit, sent: true, abandonable: true) {
            Int(libssh2_channel_close(channel))
        }
        try await perform(lines.phase, until: limit, sent: true, abandonable: true) {
            Int(libssh2_channel_free(channel))
        }
    }
}
