internal import WebClient

/// Numbered channels over one WebSocket, as the API server speaks them to pods (k8s.io/apiserver/pkg/util/wsstream): the first byte of
/// each message is the channel, the rest its content.
///
/// Lives on the thread that has the connection.
struct ChannelSocket {
    /// Why nothing can be made of what the server sends; failures of the connection itself are `WebError`.
    struct Fault: Error {
        var error: KubernetesError
    }

    private let connection: WebConnection
    private let path: String
    private var reader = WebSocketReader()
    /// The subprotocol that the server chose.
    let agreed: String

    /// The headers of a request that asks for it.
    static func headers(_ key: WebSocketKey, _ protocols: [String]) -> [(name: String, value: String)] {
        [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", key.text), ("Sec-WebSocket-Protocol", protocols.joined(separator: ", ")),
        ]
    }

    /// Looks at the answer to the handshake.
    ///
    /// - Parameter path: of the call, for messages.
    /// - Returns: what the server said instead, if it did not agree.
    static func open(
        _ connection: WebConnection, path: String, key: WebSocketKey, protocols: [String]
    ) throws(WebError) -> Result<ChannelSocket, Fault> {
        func fault(_ reason: String) -> Result<ChannelSocket, Fault> {
            .failure(Fault(error: .notUnderstood(path: path, reason: reason)))
        }
        guard connection.status == 101 else {
            let body = try connection.body(limit: 64 << 10)
            guard connection.status >= 300 else { return fault("it did not agree to a WebSocket") }
            return .failure(Fault(error: StatusObject.error(code: connection.status, body: body, path: path)))
        }
        guard connection.header("sec-websocket-accept") == key.answer else {
            return fault("its answer to the handshake of a WebSocket is wrong")
        }
        guard let agreed = connection.header("sec-websocket-protocol"), protocols.contains(agreed) else {
            return fault("it speaks none of \(protocols.joined(separator: " and "))")
        }
        return .success(ChannelSocket(connection: connection, path: path, agreed: agreed))
    }

    private init(connection: WebConnection, path: String, agreed: String) {
        self.connection = connection
        self.path = path
        self.agreed = agreed
    }

    /// Sends content on a channel, in messages of a size that every server takes.
    func send(_ bytes: [UInt8], on channel: UInt8) throws(WebError) {
        for start in stride(from: 0, to: bytes.count, by: 32 << 10) {
            try send([channel] + bytes[start..<min(bytes.count, start + 32 << 10)])
        }
    }

    /// Sends one message as it is.
    func send(_ message: [UInt8]) throws(WebError) {
        try connection.send(WebSocketFrame(kind: .binary, payload: message).masked())
    }

    /// Says goodbye; whether the server hears it does not matter.
    func close() {
        let goodbye = WebSocketFrame(kind: .close, payload: [0x03, 0xE8]).masked()
        do { try connection.send(goodbye) } catch {}
    }

    /// What is there.
    enum Arrival {
        case message([UInt8])
        /// No whole message yet.
        case nothing
        case end
    }

    /// The next message; nil at the end of the connection.
    mutating func next() throws(WebError) -> Result<[UInt8]?, Fault> {
        switch try arrival(waiting: true) {
        case .success(.message(let message)): .success(message)
        case .success: .success(nil)
        case .failure(let fault): .failure(fault)
        }
    }

    /// Until there may be an arrival, or the other one has something to say.
    func wait(with other: LocalSocket, toSend: Bool = false) throws(WebError) {
        try connection.wait(with: other, toSend: toSend)
    }

    /// Pings are answered.
    ///
    /// - Parameter waiting: until there is a message or the end.
    mutating func arrival(waiting: Bool) throws(WebError) -> Result<Arrival, Fault> {
        while true {
            let frame: WebSocketFrame?
            do throws(WebSocketReader.Fault) { frame = try reader.next() } catch {
                return .failure(Fault(error: .notUnderstood(path: path, reason: error.reason)))
            }
            guard let frame else {
                guard let bytes = try (waiting ? connection.receive() : connection.receiveNow()) else {
                    return .success(.nothing)
                }
                guard !bytes.isEmpty else { return .success(.end) }
                reader.append(bytes)
                continue
            }
            switch frame.kind {
            case .close: return .success(.end)
            case .pong, .continuation: break
            case .ping: try pong(frame.payload)
            case .text, .binary: return .success(.message(frame.payload))
            }
        }
    }

    private func pong(_ payload: [UInt8]) throws(WebError) {
        try connection.send(WebSocketFrame(kind: .pong, payload: payload).masked())
    }
}
