internal import CLibSSH2
internal import Diagnostics

extension SSHSession {
    /// Called with the bytes that the host has and the size of the whole, on the loop's thread.
    package typealias UploadProgress = @Sendable (_ done: Int, _ total: Int) -> Void

    /// Puts a file on the host: streamed to a temporary name beside `remotePath`, checked, synced, renamed.
    ///
    /// A file that the host has already is not sent. What an interrupted upload of the same content left is continued after
    /// its checksum was compared. `sha256` (hexadecimal) spares reading the source twice; a source that does not fit it is
    /// refused by the host's check. `mode` are permission bits; the owner is whoever writes. The folder must exist.
    @discardableResult
    package func upload(
        _ source: UploadSource, to remotePath: String, mode: UInt16 = 0o644, sha256: String? = nil,
        sudo: SudoMode = .none, deadline: Duration = .seconds(3600), progress: UploadProgress? = nil
    ) async throws(SSHError) -> UploadReport {
        guard remotePath.hasPrefix("/"), !remotePath.utf8.contains(0), !remotePath.hasSuffix("/") else {
            throw .invalidInput("\(remotePath) is not an absolute path of a file")
        }
        let limit = self.deadline(after: deadline)
        let reader = try await UploadReader(source)
        let sum: String
        if let sha256 { sum = sha256.lowercased() } else { sum = try await reader.checksum(first: reader.size) }
        guard sum.utf8.count == 64, sum.allSatisfy(\.isHexDigit) else {
            throw .invalidInput("\(sum) is not a SHA-256 checksum in hexadecimal")
        }
        return try await cancellable { () async throws(SSHError) in
            let channel = try await openChannel(until: limit)
            guard let session else { throw lost ?? .cancelled }
            let nonce = UInt64.random(in: .min ... .max)
            let mark = Self.mark(nonce)
            let script = UploadScript.text(path: remotePath, size: reader.size, sha256: sum, mode: mode, mark: mark)
            let command = Self.command(sudo: sudo, script: script, mark: mark)
            let exchange = ChannelExchange(session: session, channel: channel, gate: startGate, command: command)
            let state = ShellState(exchange: exchange, channel: channel, nonce: nonce, sudo: sudo)
            do throws(SSHError) {
                var transfer = Transfer(state: state, path: remotePath, mark: mark)
                if case .password(let password) = sudo {
                    transfer.output = try await unlock(state, password: password, until: limit)
                }
                let report = try await send(reader, sum: sum, by: &transfer, until: limit, progress: progress)
                try await finish(channel, until: limit)
                return report
            } catch {
                abandon(channel)
                throw error
            }
        }
    }

    private static func mark(_ nonce: UInt64) -> String { "martlet-\(String(nonce, radix: 16))" }

    private static func command(sudo: SudoMode, script: String, mark: String) -> String {
        let quoted = ShellEncoding.quotedForLogin(script)
        return switch sudo {
        case .none: "exec sh -c \(quoted)"
        case .withoutPassword: "exec env LC_ALL=C sudo -n -- sh -c \(quoted)"
        case .password:
            "exec env LC_ALL=C sudo -S -p \(mark)-password: -- sh -c "
                + ShellEncoding.quotedForLogin("echo \(mark)-ready >&2; \(script)")
        }
    }

    /// One upload's side of the channel.
    private struct Transfer {
        let state: ShellState
        let path: String
        let mark: String
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var hasEnded = false

        /// The next whole line that the script wrote, without its mark; what a login shell printed by itself is passed over.
        mutating func takeLine() -> String? {
            while let end = output.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: output[..<end], as: UTF8.self)
                output.removeFirst(end + 1)
                if let mark = line.firstRange(of: mark + " ") { return String(line[mark.upperBound...]) }
            }
            return nil
        }

        func failure(_ reason: String) -> SSHError {
            let said = String(decoding: errors, as: UTF8.self)
            return .uploadFailed(path: path, reason: SSHSession.lastLines(said, or: reason))
        }
    }

    private func send(
        _ reader: UploadReader, sum: String, by transfer: inout Transfer, until limit: MonotonicTime,
        progress: UploadProgress?
    ) async throws(SSHError) -> UploadReport {
        var report = UploadReport(size: reader.size, sha256: sum, sent: 0, resumedFrom: 0, wasUnchanged: false)
        let answer = try await line(by: &transfer, until: limit)
        if answer == "same" {
            report.wasUnchanged = true
            progress?(reader.size, reader.size)
            return report
        }
        let fields = answer.split(separator: " ")
        guard fields.count == 3, fields[0] == "have", let size = Int(fields[1]) else {
            throw transfer.failure("the host answered: \(answer)")
        }
        if size > 0, size <= reader.size, try await reader.checksum(first: size) == fields[2] {
            report.resumedFrom = size
        }
        try await write(Array("\(report.resumedFrom)\n".utf8), by: &transfer, endsInput: false, until: limit)
        var offset = report.resumedFrom
        while true {
            let piece = offset < reader.size ? try await reader.piece(at: offset) : []
            guard offset == reader.size || !piece.isEmpty else {
                throw transfer.failure("the local file became shorter")
            }
            offset += piece.count
            try await write(piece, by: &transfer, endsInput: offset == reader.size, until: limit)
            report.sent += piece.count
            progress?(offset, reader.size)
            if offset == reader.size { break }
        }
        let verdict = try await line(by: &transfer, until: limit)
        if verdict.hasPrefix("checksum ") {
            throw .uploadFailed(
                path: transfer.path, reason: "the content that arrived has the \(verdict), expected was \(sum)")
        }
        guard verdict == "done" else { throw transfer.failure("the host answered: \(verdict)") }
        return report
    }

    /// Writes all of it, reading what comes meanwhile.
    private func write(
        _ bytes: [UInt8], by transfer: inout Transfer, endsInput: Bool, until limit: MonotonicTime
    ) async throws(SSHError) {
        var offset = 0
        let state = transfer.state
        try await perform(.upload, until: limit, sent: true, abandonable: true) {
            let code = state.exchange.advance(
                input: bytes, offset: &offset, endsInput: endsInput, canSendEnd: { takesWholePacket }
            ) { stream, bytes in
                _ =
                    stream == 0
                    ? Self.append(bytes, to: &transfer.output, 65536) : Self.append(bytes, to: &transfer.errors, 65536)
            }
            if code == 0 { transfer.hasEnded = true }
            let isWritten = offset == bytes.count && (!endsInput || state.exchange.hasSentEnd)
            return code == Self.again && isWritten && !state.exchange.isHalfSent ? 0 : code
        }
        if transfer.hasEnded, offset < bytes.count { throw ended(transfer) }
    }

    /// Waits for a whole line of the host.
    private func line(by transfer: inout Transfer, until limit: MonotonicTime) async throws(SSHError) -> String {
        while true {
            if let line = transfer.takeLine() { return line }
            guard !transfer.hasEnded else { throw ended(transfer) }
            try await readLines(by: &transfer, until: limit)
        }
    }

    /// Waits until there is a whole line, or the end.
    private func readLines(by transfer: inout Transfer, until limit: MonotonicTime) async throws(SSHError) {
        var offset = 0
        let state = transfer.state
        try await perform(.upload, until: limit, sent: true, abandonable: true) {
            let code = state.exchange.advance(input: [], offset: &offset, endsInput: false) { stream, bytes in
                _ =
                    stream == 0
                    ? Self.append(bytes, to: &transfer.output, 65536) : Self.append(bytes, to: &transfer.errors, 65536)
            }
            if code == 0 { transfer.hasEnded = true }
            let hasLine = transfer.output.contains(UInt8(ascii: "\n"))
            return code == Self.again && hasLine && !state.exchange.isHalfSent ? 0 : code
        }
    }

    private func ended(_ transfer: Transfer) -> SSHError {
        let said = String(decoding: transfer.errors, as: UTF8.self)
        if case .none = transfer.state.sudo { return transfer.failure("the remote side ended without a word") }
        return SudoRefusal.classify(said, user: target.user) ?? transfer.failure("the remote side ended without a word")
    }

    private func finish(_ channel: OpaquePointer, until limit: MonotonicTime) async throws(SSHError) {
        try await perform(.upload, until: limit, sent: true, abandonable: true) { Int(libssh2_channel_close(channel)) }
        try await perform(.upload, until: limit, sent: true, abandonable: true) { Int(libssh2_channel_free(channel)) }
    }
}
