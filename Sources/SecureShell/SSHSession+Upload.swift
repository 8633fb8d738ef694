extension SSHSession {
    /// Called with the bytes that the host has and the size of the whole, on the loop's thread.
    package typealias UploadProgress = @Sendable (_ done: Int, _ total: Int) -> Void

    /// Puts a file on the host: streamed to a temporary name beside `remotePath`, checked, synced, renamed.
    ///
    /// A file that the host has already is not sent. What an interrupted upload of the same content left is continued after
    /// its checksum was compared. `sha256` (hexadecimal) spares reading the source twice; a source that does not fit it is
    /// refused by the host's check. `mode` are permission bits; the owner is whoever writes. The folder must exist.
    ///
    /// With `peers`, which is asked only if the host lacks something, the host may take it from another host first. Only for
    /// content that anybody may see: it travels unencrypted between the two. Whatever goes wrong there, the rest comes from here.
    @discardableResult
    package func upload(
        _ source: UploadSource, to remotePath: String, mode: UInt16 = 0o644, sha256: String? = nil,
        sudo: SudoMode = .none, deadline: Duration = .seconds(3600), progress: UploadProgress? = nil,
        peers: PeerChoice? = nil
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
            let lines = try await openLines(
                sudo: sudo, phase: .upload, until: limit,
                failing: { .uploadFailed(path: remotePath, reason: $0) },
                script: { mark in
                    UploadScript.text(
                        path: remotePath, size: reader.size, sha256: sum, mode: mode, mark: mark, takes: peers != nil)
                })
            do throws(SSHError) {
                let upload = Transfer(reader: reader, sum: sum, path: remotePath, lines: lines, deadline: deadline)
                let report = try await send(upload, peers: peers, progress: progress)
                try await finish(lines, until: self.deadline(after: deadline))
                return report
            } catch {
                abandon(lines.state.channel)
                throw error
            }
        }
    }

    /// One upload under way.
    private struct Transfer {
        let reader: UploadReader
        /// Hexadecimal.
        let sum: String
        let path: String
        let lines: LineChannel
        /// For what is being done; waiting for another host does not count.
        let deadline: Duration
    }

    private func send(
        _ upload: Transfer, peers: PeerChoice?, progress: UploadProgress?
    ) async throws(SSHError) -> UploadReport {
        let size = upload.reader.size
        var report = UploadReport(size: size, sha256: upload.sum, sent: 0, resumedFrom: 0, wasUnchanged: false)
        var limit = deadline(after: upload.deadline)
        var offer: FileOffer?
        while true {
            let answer = try await line(from: upload.lines, until: limit)
            if answer == "same" || (answer == "done" && offer != nil) {
                report.wasUnchanged = offer == nil
                report.takenFrom = offer?.address
                progress?(size, size)
                return report
            }
            guard let there = UploadAnswer(answer) else {
                throw upload.lines.failure("the host answered: \(answer)")
            }
            report.resumedFrom = try await confirmed(there, of: upload)
            offer = await peers?(there.miss)
            guard let offer else { break }
            // Whoever waited for another host may have waited long.
            limit = deadline(after: upload.deadline)
            try await write(offer.request(from: report.resumedFrom), to: upload.lines, until: limit)
        }
        try await sendRest(upload, &report, until: deadline(after: upload.deadline), progress: progress)
        return report
    }

    /// How much of what the host has is a beginning of the file.
    private func confirmed(_ there: UploadAnswer, of upload: Transfer) async throws(SSHError) -> Int {
        guard there.size > 0, there.size <= upload.reader.size,
            try await upload.reader.checksum(first: there.size) == there.sha256
        else { return 0 }
        return there.size
    }

    private func sendRest(
        _ upload: Transfer, _ report: inout UploadReport, until limit: MonotonicTime, progress: UploadProgress?
    ) async throws(SSHError) {
        let (reader, lines) = (upload.reader, upload.lines)
        try await write(Array("\(report.resumedFrom)\n".utf8), to: lines, until: limit)
        var offset = report.resumedFrom
        while true {
            let piece = offset < reader.size ? try await reader.piece(at: offset) : []
            guard offset == reader.size || !piece.isEmpty else { throw lines.failure("the local file became shorter") }
            offset += piece.count
            try await write(piece, to: lines, endsInput: offset == reader.size, until: limit)
            report.sent += piece.count
            progress?(offset, reader.size)
            if offset == reader.size { break }
        }
        let verdict = try await line(from: lines, until: limit)
        if verdict.hasPrefix("checksum ") {
            throw .uploadFailed(
                path: upload.path, reason: "the content that arrived has the \(verdict), expected was \(upload.sum)")
        }
        guard verdict == "done" else { throw lines.failure("the host answered: \(verdict)") }
    }
}
