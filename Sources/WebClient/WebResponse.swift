/// An answer, whatever its status.
package struct WebResponse: Sendable {
    package var status: Int
    /// In the order of the answer, names in lower case; of redirects only the last answer's.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// After redirects.
    package var url: String
    /// `1.1`, `2`; as negotiated.
    package var protocolVersion: String
    /// False if the request went over a connection that was already there.
    package var isNewConnection: Bool

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8], url: String,
        protocolVersion: String = "1.1", isNewConnection: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.protocolVersion = protocolVersion
        self.isNewConnection = isNewConnection
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The first header of this name, in any case.
    package subscript(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }

    /// The body as text; broken UTF-8 is replaced.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
