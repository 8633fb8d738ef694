/// One frame of a WebSocket (RFC 6455, 5.2).
struct WebSocketFrame: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    var kind: Kind
    var isFinal = true
    var payload: [UInt8]

    /// As a client sends it: masked, so that nothing on the way takes it for something else.
    func masked() -> [UInt8] {
        var bytes: [UInt8] = [kind.rawValue | (isFinal ? 0x80 : 0)]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536:
            bytes += [
                0x80 | 126, UInt8(truncatingIfNeeded: payload.count >> 8), UInt8(truncatingIfNeeded: payload.count),
            ]
        default:
            bytes.append(0x80 | 127)
            bytes += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: payload.count >> $0) }
        }
        let mask = (0..<4).map { _ in UInt8.random(in: .min ... .max) }
        bytes += mask
        bytes.reserveCapacity(bytes.count + payload.count)
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ mask[index & 3]) }
        return bytes
    }
}

/// Cuts what a server sends into messages.
struct WebSocketReader {
    struct Fault: Error, Hashable {
        var reason: String
    }

    /// Of a whole message.
    private let limit: Int
    private var buffer: [UInt8] = []
    private var position = 0
    /// The beginning of a message whose end has not come.
    private var partial: WebSocketFrame?

    init(limit: Int = 16 << 20) { self.limit = limit }

    mutating func append(_ bytes: [UInt8]) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        buffer += bytes
    }

    /// The next whole message or control frame; nil when more bytes are needed.
    mutating func next() throws(Fault) -> WebSocketFrame? {
        while let frame = try frame() {
            if frame.kind.rawValue >= 8 { return frame }
            if var whole = partial {
                guard frame.kind == .continuation else { throw Fault(reason: "a message begins inside another") }
                guard whole.payload.count + frame.payload.count <= limit else {
                    throw Fault(reason: "a message is too long")
                }
                whole.payload += frame.payload
                whole.isFinal = frame.isFinal
                partial = frame.isFinal ? nil : whole
                if frame.isFinal { return whole }
            } else {
                guard frame.kind != .continuation else { throw Fault(reason: "a message goes on that never began") }
                if frame.isFinal { return frame }
                partial = frame
            }
        }
        return nil
    }

    private mutating func frame() throws(Fault) -> WebSocketFrame? {
        let rest = buffer[position...]
        guard rest.count >= 2 else { return nil }
        let (first, second) = (rest[position], rest[position + 1])
        guard first & 0x70 == 0, let kind = WebSocketFrame.Kind(rawValue: first & 0x0F) else {
            throw Fault(reason: "a frame is of a kind that was not agreed upon")
        }
        guard second & 0x80 == 0 else { throw Fault(reason: "a server must not mask") }
        var length = Int(second)
        var start = position + 2
        let extra = length == 126 ? 2 : length == 127 ? 8 : 0
        if extra > 0 {
            guard rest.count >= 2 + extra else { return nil }
            let wide = buffer[start..<(start + extra)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            length = Int(clamping: wide)
            start += extra
        }
        guard length <= limit else { throw Fault(reason: "a message is too long") }
        guard kind.rawValue < 8 || length < 126 && first & 0x80 != 0 else {
            throw Fault(reason: "a control frame is too long or in parts")
        }
        guard buffer.count - start >= length else { return nil }
        position = start + length
        return WebSocketFrame(kind: kind, isFinal: first & 0x80 != 0, payload: Array(buffer[start..<position]))
    }
}
