package import Diagnostics

/// One request, complete with what the connection needs to know.
package struct WebRequest: Sendable {
    package enum Method: String, Sendable, Hashable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package enum Redirects: Sendable, Hashable {
        /// The answer is returned as it is.
        case refuse
        /// Up to this many; never from https to http, and credentials stay with their host.
        case follow(Int)
    }

    package struct Timeouts: Sendable, Hashable {
        /// Until the connection, TLS included, is there.
        package var connect: Duration
        /// An answer that brings less than `slowest` bytes per second for this long is given up.
        package var stall: Duration
        package var slowest: Int
        /// For the whole request; nil is no limit.
        package var total: Duration?

        package init(
            connect: Duration = .seconds(15), stall: Duration = .seconds(30), slowest: Int = 1, total: Duration? = nil
        ) {
            self.connect = connect
            self.stall = stall
            self.slowest = slowest
            self.total = total
        }
    }

    package var method: Method
    /// http or https.
    package var url: String
    /// Names and values; no line breaks.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    package var bearerToken: Secret<String>?
    package var redirects: Redirects
    package var timeouts: Timeouts
    /// In bytes, a larger answer is an error; does not apply to downloads into a file.
    package var maximumBody: Int
    /// The name of a `LocalSocket`: sent through it instead of a connection that is opened for it; the URL's host is still the
    /// certificate's name.
    package var localSocket: String?

    package init(
        _ method: Method = .get, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        bearerToken: Secret<String>? = nil, redirects: Redirects? = nil, timeouts: Timeouts = Timeouts(),
        maximumBody: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.bearerToken = bearerToken
        self.redirects = redirects ?? (method == .get || method == .head ? .follow(10) : .refuse)
        self.timeouts = timeouts
        self.maximumBody = maximumBody
    }
}

extension WebRequest {
    /// Whether name and value are such that they cannot end the header and begin another one (RFC 9110, 5.1 and 5.5).
    static func isAllowed(_ header: (name: String, value: String)) -> Bool {
        !header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
            && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }
}

extension WebError {
    static func badHeader(_ url: String) -> WebError {
        .invalidRequest(url: url, reason: "a header has characters that are not allowed")
    }
}
