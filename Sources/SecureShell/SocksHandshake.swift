/// The server's half of SOCKS version 5 without authentication (RFC 1928), fed with bytes as they come.
struct SocksHandshake {
    /// Where a client wants to be connected to.
    struct Destination: Sendable, Hashable {
        var host: String
        var port: UInt16
    }

    enum Step: Equatable {
        case needsMore
        /// To be sent; then go on.
        case reply([UInt8])
        case connect(Destination)
        /// To be sent before the connection is closed; empty if this is no SOCKS.
        case refuse([UInt8])
    }

    /// Reply fields of RFC 1928, section 6.
    enum Outcome: UInt8 {
        case connected = 0
        case refused = 5
        case commandUnsupported = 7
        case addressUnsupported = 8
    }

    private static let version: UInt8 = 5
    private var buffer: [UInt8] = []
    private var isGreeted = false

    mutating func receive(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    /// What came behind the handshake and belongs to the stream.
    var rest: [UInt8] { buffer }

    mutating func next() -> Step {
        isGreeted ? request() : greeting()
    }

    private mutating func greeting() -> Step {
        guard buffer.count >= 2 else { return .needsMore }
        guard buffer[0] == Self.version else { return .refuse([]) }
        let end = 2 + Int(buffer[1])
        guard buffer.count >= end else { return .needsMore }
        // Zero is "no authentication required"; the socket's permissions are the authentication.
        guard buffer[2..<end].contains(0) else { return .refuse([Self.version, 0xff]) }
        buffer.removeFirst(end)
        isGreeted = true
        return .reply([Self.version, 0])
    }

    private mutating func request() -> Step {
        guard buffer.count >= 5 else { return .needsMore }
        guard buffer[0] == Self.version else { return .refuse([]) }
        guard buffer[1] == 1 else { return .refuse(Self.reply(.commandUnsupported)) }
        let host: String
        let end: Int
        switch buffer[3] {
        case 1:
            end = 8
            guard buffer.count >= end + 2 else { return .needsMore }
            host = buffer[4..<end].map { String($0) }.joined(separator: ".")
        case 3:
            end = 5 + Int(buffer[4])
            guard buffer.count >= end + 2 else { return .needsMore }
            host = String(decoding: buffer[5..<end], as: UTF8.self)
        case 4:
            end = 20
            guard buffer.count >= end + 2 else { return .needsMore }
            let groups = stride(from: 4, to: end, by: 2).map { UInt16(buffer[$0]) << 8 | UInt16(buffer[$0 + 1]) }
            host = groups.map { String($0, radix: 16) }.joined(separator: ":")
        default:
            return .refuse(Self.reply(.addressUnsupported))
        }
        let port = UInt16(buffer[end]) << 8 | UInt16(buffer[end + 1])
        buffer.removeFirst(end + 2)
        return .connect(Destination(host: host, port: port))
    }

    /// The address in a reply means nothing to clients that asked to be connected.
    static func reply(_ outcome: Outcome) -> [UInt8] { [version, outcome.rawValue, 0, 1, 0, 0, 0, 0, 0, 0] }
}
