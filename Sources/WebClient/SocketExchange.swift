#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// One request and its answer over a socket of its own, on a thread that may block.
struct SocketExchange {
    private let request: WebRequest
    private let cancellation: CancellationFlag
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    init(_ request: WebRequest, _ cancellation: CancellationFlag) {
        self.request = request
        self.cancellation = cancellation
        start = clock.now
    }

    func run(_ host: String, _ port: String, _ head: [UInt8]) throws(WebError) -> WebResponse {
        let descriptor = try connect(host, port)
        defer { _ = close(descriptor) }
        try send(head + (request.body ?? []), descriptor)
        return try receive(descriptor)
    }

    // MARK: connecting

    private func connect(_ host: String, _ port: String) throws(WebError) -> CInt {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, port, &hints, &found)
        guard code == 0 else { throw .unresolved(url: request.url, reason: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(found) }
        let end = min(start + request.timeouts.connect, deadline)
        var last = WebError.unreachable(url: request.url, reason: "it has no address")
        var next = found
        while let address = next?.pointee {
            next = address.ai_next
            do throws(WebError) { return try connect(address, end) } catch {
                guard case .unreachable = error else { throw error }
                last = error
            }
        }
        throw last
    }

    private func connect(_ address: addrinfo, _ end: ContinuousClock.Instant) throws(WebError) -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, address.ai_protocol)
        guard descriptor >= 0 else { throw refused(errno) }
        do throws(WebError) {
            #if canImport(Glibc)
                let status = Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen)
            #else
                let status = Musl.connect(descriptor, address.ai_addr, address.ai_addrlen)
            #endif
            if status != 0 {
                guard errno == EINPROGRESS else { throw refused(errno) }
                try wait(descriptor, POLLOUT, until: end)
                var problem: CInt = 0
                var size = socklen_t(MemoryLayout<CInt>.size)
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
                guard problem == 0 else { throw refused(problem) }
            }
            var on: CInt = 1
            setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            return descriptor
        } catch {
            _ = close(descriptor)
            throw error
        }
    }

    private func refused(_ code: CInt) -> WebError {
        .unreachable(url: request.url, reason: String(cString: strerror(code)))
    }

    // MARK: bytes

    private func send(_ bytes: [UInt8], _ descriptor: CInt) throws(WebError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                    Glibc.send(
                        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, CInt(MSG_NOSIGNAL))
                #else
                    Musl.send(
                        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, CInt(MSG_NOSIGNAL))
                #endif
            }
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                try wait(descriptor, POLLOUT, until: min(clock.now + request.timeouts.stall, deadline))
            } else if errno == EPIPE || errno == ECONNRESET {
                // It may have answered before it had read all: a refusal, mostly.
                return
            } else if errno != EINTR {
                throw interrupted(0, String(cString: strerror(errno)))
            }
        }
    }

    private func receive(_ descriptor: CInt) throws(WebError) -> WebResponse {
        var reader = HTTPAnswerReader(limit: request.maximumBody, hasBody: request.method != .head)
        var received = 0
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, filled in
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                filled = max(0, count)
            }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else {
                    throw interrupted(received, String(cString: strerror(errno)))
                }
                try wait(descriptor, POLLIN, until: min(clock.now + request.timeouts.stall, deadline))
                continue
            }
            received += count
            if count == 0 {
                guard let answer = reader.end() else {
                    throw interrupted(received, "the server ended the connection without a whole answer")
                }
                return response(answer)
            }
            do throws(HTTPAnswerReader.Fault) {
                if let answer = try reader.take(bytes) { return response(answer) }
            } catch {
                if error.isTooLarge { throw .tooLarge(url: request.url, limit: request.maximumBody) }
                throw interrupted(received, error.reason)
            }
        }
    }

    private func response(_ answer: HTTPAnswerReader.Answer) -> WebResponse {
        WebResponse(
            status: answer.status, headers: answer.headers, body: answer.body, url: request.url, isNewConnection: true)
    }

    private func interrupted(_ received: Int, _ reason: String) -> WebError {
        .interrupted(url: request.url, received: UInt64(received), reason: reason)
    }

    // MARK: time

    private var deadline: ContinuousClock.Instant { start + (request.timeouts.total ?? .seconds(24 * 3600)) }

    /// Looks for a cancellation several times a second.
    private func wait(_ descriptor: CInt, _ events: CInt, until end: ContinuousClock.Instant) throws(WebError) {
        let began = clock.now
        while true {
            if cancellation.isSet { throw .cancelled }
            let left = clock.now.duration(to: end)
            guard left > .zero else {
                throw .timedOut(
                    url: request.url, reason: "nothing came for \((end - began).milliseconds) milliseconds")
            }
            var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&waiting, 1, CInt(min(left, .milliseconds(200)).milliseconds))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw interrupted(0, String(cString: strerror(errno))) }
        }
    }
}
