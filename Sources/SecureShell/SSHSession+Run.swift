internal import CLibSSH2

extension SSHSession {
    /// Runs one command through the user's login shell: two round trips.
    ///
    /// The command's text is visible in the host's process list; secrets belong into `stdin`. A command that leaves a process
    /// behind which holds its output open lasts until that one ends. After a timeout the session stays usable, the
    /// command is not stopped.
    package func run(
        _ command: String, stdin: [UInt8] = [], limits: OutputLimits = .standard, deadline: Duration = .seconds(300)
    ) async throws(SSHError) -> CommandResult {
        guard !command.utf8.contains(0) else { throw .invalidInput("a command cannot contain a NUL byte") }
        guard command.utf8.count <= Self.longestCommand else {
            throw .invalidInput(
                "a command of \(command.utf8.count) bytes is too long, the limit is \(Self.longestCommand)")
        }
        let limit = self.deadline(after: deadline)
        return try await cancellable { () async throws(SSHError) in
            let channel = try await openChannel(until: limit)
            return try await exchange(command, on: channel, stdin: stdin, limits: limits, until: limit)
        }
    }

    /// One packet has to hold it.
    static let longestCommand = 30_000

    private func exchange(
        _ command: String, on channel: OpaquePointer, stdin: [UInt8], limits: OutputLimits, until limit: MonotonicTime
    ) async throws(SSHError) -> CommandResult {
        guard let session else { throw lost ?? .cancelled }
        var exchange = ChannelExchange(session: session, channel: channel, gate: startGate, command: command)
        var result = CommandResult(status: -1)
        var offset = 0
        do throws(SSHError) {
            try await perform(.command, until: limit, sent: true, abandonable: true) {
                exchange.advance(
                    input: stdin, offset: &offset, endsInput: true, canSendEnd: { takesWholePacket }
                ) { stream, bytes in
                    if stream == 0 {
                        result.isTruncated = Self.append(bytes, to: &result.stdout, limits.stdout) || result.isTruncated
                    } else {
                        result.isTruncated = Self.append(bytes, to: &result.stderr, limits.stderr) || result.isTruncated
                    }
                }
            }
        } catch {
            abandon(channel)
            throw error
        }
        try await finish(channel, until: limit, into: &result)
        return result
    }

    /// Appends up to the limit; true if something was dropped.
    static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8], _ limit: Int) -> Bool {
        let room = max(0, limit - output.count)
        output.append(contentsOf: bytes.prefix(room))
        return bytes.count > room
    }

    /// Closes a channel whose output has ended and reads how the command ended.
    private func finish(
        _ channel: OpaquePointer, until limit: MonotonicTime, into result: inout CommandResult
    ) async throws(SSHError) {
        try await perform(.command, until: limit, sent: true, abandonable: true) { Int(libssh2_channel_close(channel)) }
        try await perform(.command, until: limit, sent: true, abandonable: true) {
            Int(libssh2_channel_wait_closed(channel))
        }
        result.status = libssh2_channel_get_exit_status(channel)
        result.signal = exitSignal(of: channel)
        if result.signal != nil { result.status = -1 }
        try await perform(.command, until: limit, sent: true, abandonable: true) { Int(libssh2_channel_free(channel)) }
    }

    private func exitSignal(of channel: OpaquePointer) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        guard libssh2_channel_get_exit_signal(channel, &name, &length, nil, nil, nil, nil) == 0, let name else {
            return nil
        }
        defer { free(name) }
        return String(cString: name)
    }
}
