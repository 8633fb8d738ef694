package import WebClient

/// One request to a function.
package struct Invocation: Sendable {
    package var method: WebRequest.Method
    package var body: [UInt8]
    /// Nil: JSON where the body is JSON, else text.
    package var contentType: String?
    package var headers: [(name: String, value: String)]
    /// Below the function's own address, without a leading slash; may hold a query.
    package var path: String
    package var isAsynchronous: Bool
    /// Where an asynchronous result is sent, if the framework does that.
    package var callback: String?
    /// Until the whole answer is there.
    package var timeout: Duration

    package init(
        method: WebRequest.Method = .post, body: [UInt8] = [], contentType: String? = nil,
        headers: [(name: String, value: String)] = [], path: String = "", isAsynchronous: Bool = false,
        callback: String? = nil, timeout: Duration = .seconds(60)
    ) {
        self.method = method
        self.body = body
        self.contentType = contentType
        self.headers = headers
        self.path = path
        self.isAsynchronous = isAsynchronous
        self.callback = callback
        self.timeout = timeout
    }

    /// With the content type that the body has or that was said.
    var allHeaders: [(name: String, value: String)] {
        guard !headers.contains(where: { $0.name.lowercased() == "content-type" }) else { return headers }
        return headers + [("Content-Type", contentType ?? (isJSON ? "application/json" : "text/plain; charset=utf-8"))]
    }

    /// Looks at the first and last character only: the function decides what it reads.
    var isJSON: Bool {
        guard let first = body.first(where: { $0 > 0x20 }), let last = body.last(where: { $0 > 0x20 }) else {
            return false
        }
        return first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
            || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
    }
}

/// What came back, whatever the status.
package struct InvocationAnswer: Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Of an asynchronous request, or the framework's name of this one.
    package var id: String?

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], id: String? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.id = id
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
    package var text: String { String(decoding: body, as: UTF8.self) }
}
