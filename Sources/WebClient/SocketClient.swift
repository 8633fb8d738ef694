#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Sends a request in plain HTTP/1.1 over a socket of its own, without libcurl: loading that and the thirty libraries behind it costs
/// more than the request of a program that sends one and ends.
///
/// Whatever needs more (TLS, a proxy, redirects, a connection that is kept) is not `takes`n.
package struct SocketClient: Sendable {
    private let userAgent: String
    private let pool = BlockingPool(limit: 1)

    package init(userAgent: String = "martlet") { self.userAgent = userAgent }

    /// - Parameter environment: where libcurl looks for proxies (curl(1), ENVIRONMENT): for http only the name in lower case counts.
    package static func takes(_ request: WebRequest, environment: [String: String]) -> Bool {
        guard ["http_proxy", "all_proxy", "ALL_PROXY"].allSatisfy({ environment[$0]?.isEmpty ?? true }),
            request.redirects == .refuse, request.bearerToken == nil, request.localSocket == nil
        else { return false }
        return Place(request.url) != nil
    }

    /// - Throws: `WebError.invalidRequest` for what is not taken.
    package func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
        guard let place = Place(request.url) else {
            throw .invalidRequest(url: request.url, reason: "it is not plain http")
        }
        let head = try self.head(request, place)
        let cancellation = CancellationFlag()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<WebResponse, WebError>, Never>) in
                _ = pool.add { isCancelled in
                    continuation.resume(
                        returning: isCancelled || cancellation.isSet
                            ? .failure(.cancelled)
                            : Result { () throws(WebError) in
                                try SocketExchange(request, cancellation).run(place.host, place.port, head)
                            })
                }
            }
        } onCancel: {
            cancellation.set()
        }
        return try result.get()
    }

    private func head(_ request: WebRequest, _ place: Place) throws(WebError) -> [UInt8] {
        var lines = ["\(request.method.rawValue) \(place.target) HTTP/1.1", "Host: \(place.authority)"]
        lines += ["User-Agent: \(userAgent)", "Accept: */*", "Connection: close"]
        if request.body != nil || [.post, .put, .patch].contains(request.method) {
            lines.append("Content-Length: \(request.body?.count ?? 0)")
        }
        for header in request.headers {
            guard WebRequest.isAllowed(header) else { throw .badHeader(request.url) }
            let name = header.name.lowercased()
            // Said by whoever asks, instead of by us.
            lines.removeAll { $0.lowercased().hasPrefix(name + ":") }
            lines.append("\(header.name): \(header.value)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// The parts of a URL that needs no parser: a host by name or number, a port, a path of plain characters.
    struct Place {
        var host: String
        var port: String
        var authority: String
        var target: String

        init?(_ url: String) {
            guard url.utf8.starts(with: "http://".utf8) else { return nil }
            let rest = url.dropFirst("http://".count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            let target = rest.dropFirst(authority.count)
            guard target.isEmpty || target.first == "/",
                target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            else { return nil }
            var host = authority
            var port = Substring("80")
            if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
                host = authority[..<colon]
                port = authority[authority.index(after: colon)...]
            }
            let isBracketed = host.first == "[" && host.last == "]"
            if isBracketed { host = host.dropFirst().dropLast() }
            let isName = host.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".") || isBracketed && byte == UInt8(ascii: ":")
            }
            guard !host.isEmpty, isName, let number = UInt16(port), number > 0 else { return nil }
            self.host = String(host)
            self.port = String(port)
            self.authority = String(authority)
            self.target = target.isEmpty ? "/" : String(target)
        }
    }
}
