internal import WebClient

/// One call, complete with what decides whether it may be repeated.
struct APICall: Sendable {
    var method: WebRequest.Method
    /// Below the server, with a leading slash.
    var path: String
    var query: [(String, String)] = []
    var body: [UInt8]?
    var contentType = "application/json"
    var accept = "application/json"
    /// Repeating it after it may have been carried out does no harm.
    var isRepeatable: Bool
    /// Of the answer, in bytes.
    var limit = 64 << 20
    /// Where the body of a success goes; nil keeps it in memory.
    var sink: WebSink?

    /// Unreserved characters of RFC 3986 stay, all others are escaped.
    static func escaped(_ text: String) -> String {
        var escaped: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    func url(_ server: String) -> String {
        guard !query.isEmpty else { return server + path }
        let parts = query.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }
        return server + path + (path.contains("?") ? "&" : "?") + parts.joined(separator: "&")
    }
}
