internal import CLibSSH2

/// A two-way stream of bytes through a session to a port that the host can reach (SSH's direct-tcpip).
package struct ByteStream: Sendable {
    let session: SSHSession
    let channel: Int

    /// The next bytes, at most `limit`; nil at the end.
    ///
    /// One reader at a time.
    package func read(limit: Int = 65536, deadline: Duration? = nil) async throws(SSHError) -> [UInt8]? {
        try await session.read(channel: channel, limit: limit, deadline: deadline)
    }

    /// Writes everything.
    ///
    /// One writer at a time.
    package func write(_ bytes: [UInt8], deadline: Duration? = nil) async throws(SSHError) {
        try await session.write(bytes, channel: channel, deadline: deadline)
    }

    /// Tells the other side that nothing more will be written, and lets go; never fails.
    package func close() async { await session.closeStream(channel: channel) }
}

extension SSHSession {
    /// Connects from the host to `host:port`.
    ///
    /// The session must stay open as long as the stream is used.
    package func openStream(
        host: String, port: UInt16, deadline: Duration = .seconds(15)
    ) async throws(SSHError) -> ByteStream {
        let limit = self.deadline(after: deadline)
        let pointer = try await cancellable { () async throws(SSHError) -> Int in
            let channel = try await open(.stream, until: limit) { session in
                libssh2_channel_direct_tcpip_ex(session, host, Int32(port), "127.0.0.1", 22)
            }
            lastChannel += 1
            channels[lastChannel] = channel
            return lastChannel
        }
        return ByteStream(session: self, channel: pointer)
    }

    func read(channel: Int, limit: Int, deadline: Duration?) async throws(SSHError) -> [UInt8]? {
        let time = deadline.map { self.deadline(after: $0) } ?? .distantFuture
        guard let pointer = channels[channel] else { throw lost ?? .channelRefused(detail: "the stream is closed") }
        var bytes: [UInt8] = []
        let count = try await perform(.stream, until: time, sent: true, abandonable: true) {
            guard self.channels[channel] != nil else { return 0 }
            let count = withUnsafeTemporaryAllocation(byteCount: min(limit, 65536), alignment: 16) { buffer -> Int in
                let text = buffer.bindMemory(to: CChar.self)
                let count = Int(libssh2_channel_read_ex(pointer, 0, text.baseAddress, text.count))
                if count > 0 { bytes.append(contentsOf: buffer.prefix(count)) }
                return count
            }
            return count == 0 && libssh2_channel_eof(pointer) == 0 ? Self.again : count
        }
        return count == 0 ? nil : bytes
    }

    func write(_ bytes: [UInt8], channel: Int, deadline: Duration?) async throws(SSHError) {
        let time = deadline.map { self.deadline(after: $0) } ?? .distantFuture
        var offset = 0
        while offset < bytes.count {
            guard let pointer = channels[channel] else { throw lost ?? .channelRefused(detail: "the stream is closed") }
            offset += try await perform(.stream, until: time, sent: true, abandonable: true) {
                guard self.channels[channel] != nil else { return Int(LIBSSH2_ERROR_CHANNEL_CLOSED) }
                let count = bytes.withUnsafeBytes { bytes in
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...]).bindMemory(to: CChar.self)
                    return Int(libssh2_channel_write_ex(pointer, 0, rest.baseAddress, rest.count))
                }
                return count == 0 ? Self.again : count
            }
        }
    }

    func closeStream(channel: Int) async {
        guard let pointer = channels.removeValue(forKey: channel), lost == nil else { return }
        // Whoever reads learns that the channel is gone before it is freed.
        wakeAll()
        await Task.yield()
        let limit = deadline(after: .seconds(2))
        guard lost == nil else { return }
        _ = try? await drive(.closing, until: limit, abandonable: true) { Int(libssh2_channel_close(pointer)) }
        _ = try? await drive(.closing, until: limit, abandonable: true) { Int(libssh2_channel_free(pointer)) }
    }
}
