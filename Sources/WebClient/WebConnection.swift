#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A connection after an HTTP/1.1 head, for protocols that begin as HTTP: bytes in, bytes out.
///
/// Not `Sendable`: it belongs to the thread that it was lent to.
package final class WebConnection {
    private let handle: EasyHandle
    private let url: String
    private let deadline: ContinuousClock.Instant
    private let stall: Duration
    private let cancellation: CancellationFlag
    /// Received and not asked for yet.
    private var buffer: [UInt8] = []

    /// Of the answer.
    package private(set) var status = 0
    /// Names in lower case.
    package private(set) var headers: [(name: String, value: String)] = []

    private static let longestHead = 64 << 10

    init(
        _ handle: EasyHandle, url: String, deadline: ContinuousClock.Instant, stall: Duration,
        cancellation: CancellationFlag
    ) {
        self.handle = handle
        self.url = url
        self.deadline = deadline
        self.stall = stall
        self.cancellation = cancellation
    }

    /// The first header of this name, which is in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// All bytes, or an error.
    package func send(_ bytes: [UInt8]) throws(WebError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if let count = try handle.send(rest, url: url) {
                rest = rest.dropFirst(count)
            } else {
                try wait(for: Int16(POLLOUT), limit: stall)
            }
        }
    }

    /// The next bytes, at least one; empty at the end of the connection.
    ///
    /// - Parameter patience: Silence for this long is `WebError.timedOut`; nil waits until the end of everything.
    package func receive(patience: Duration? = nil) throws(WebError) -> [UInt8] {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        while true {
            if let bytes = try handle.receive(upTo: 64 << 10, url: url) { return bytes }
            try wait(for: Int16(POLLIN), limit: patience)
        }
    }

    /// Bytes that are there now, empty at the end; nil when none have come.
    package func receiveNow() throws(WebError) -> [UInt8]? {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        return try handle.receive(upTo: 64 << 10, url: url)
    }

    /// Until something has come here or at the other one, or, with `toSend`, until that one takes bytes.
    package func wait(with other: LocalSocket, toSend: Bool = false) throws(WebError) {
        let events = Int16(toSend ? POLLOUT : POLLIN)
        var waiting = [pollfd(fd: other.number, events: events, revents: 0)]
        // What comes here is not asked for while the other end is slow: it would have to be kept.
        if !toSend { waiting.append(pollfd(fd: handle.socket, events: Int16(POLLIN), revents: 0)) }
        try wait(for: &waiting, limit: nil)
    }

    /// The body of an answer that was no upgrade: as long as its head says, and `limit` at most.
    package func body(limit: Int) throws(WebError) -> [UInt8] {
        let length = min(limit, header("content-length").flatMap { Int($0) } ?? limit)
        var body: [UInt8] = []
        while body.count < length {
            let bytes = try receive(patience: stall)
            if bytes.isEmpty { break }
            body += bytes
        }
        return Array(body.prefix(length))
    }

    /// Reads up to the empty line; what follows stays for `receive`.
    func readHead() throws(WebError) {
        var head: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while true {
            let bytes = try receive(patience: stall)
            guard !bytes.isEmpty else {
                throw .interrupted(url: url, received: UInt64(head.count), reason: "the connection was closed")
            }
            let start = max(0, head.count - 3)
            head += bytes
            if let index = (start..<max(start, head.count - 3)).first(where: { head[$0..<($0 + 4)].elementsEqual(end) })
            {
                buffer = Array(head[(index + 4)...])
                return try parse(head[..<index])
            }
            guard head.count < Self.longestHead else { throw .tooLarge(url: url, limit: Self.longestHead) }
        }
    }

    private func parse(_ head: ArraySlice<UInt8>) throws(WebError) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw .interrupted(url: url, received: UInt64(head.count), reason: "the answer is not HTTP/1.1")
        }
        self.status = status
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].trimmed))
        }
    }

    /// Until the socket is ready; looks for a cancellation several times a second.
    private func wait(for events: Int16, limit: Duration?) throws(WebError) {
        var waiting = [pollfd(fd: handle.socket, events: events, revents: 0)]
        try wait(for: &waiting, limit: limit)
    }

    private func wait(for waiting: inout [pollfd], limit: Duration?) throws(WebError) {
        let start = ContinuousClock.now
        let end = min(deadline, limit.map { start + $0 } ?? deadline)
        while true {
            if cancellation.isSet { throw .cancelled }
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else {
                let seconds = start.duration(to: end).components.seconds
                throw .timedOut(url: url, reason: "nothing came for \(seconds) seconds")
            }
            let count = poll(&waiting, nfds_t(waiting.count), Int32(min(left, .milliseconds(200)).milliseconds))
            if count > 0 { return }
            if count < 0, errno != EINTR {
                throw .interrupted(url: url, received: 0, reason: String(cString: strerror(errno)))
            }
        }
    }
}
