internal import WebClient

/// The bytes of one port of a pod over a WebSocket to the API server, on the thread that has the connection.
struct PodStream {
    /// The only one that carries bytes (kubernetes/kubernetes 1.20, pkg/kubelet/cri/streaming/portforward/websocket.go).
    static let protocols = ["v4.channel.k8s.io"]

    /// Of the first port that was asked for; the first message on each is the port's number in two bytes.
    private enum Channel {
        static let data: UInt8 = 0
        static let errors: UInt8 = 1
    }

    enum Arrival {
        case bytes([UInt8])
        case nothing
        case end
    }

    private var socket: ChannelSocket
    private let path: String
    /// What is left of the port's number on each channel.
    private var preface: [UInt8: Int] = [Channel.data: 2, Channel.errors: 2]

    init(_ socket: ChannelSocket, path: String) {
        self.socket = socket
        self.path = path
    }

    func send(_ bytes: [UInt8]) throws(WebError) { try socket.send(bytes, on: Channel.data) }

    func close() { socket.close() }

    func wait(with other: LocalSocket, toSend: Bool = false) throws(WebError) {
        try socket.wait(with: other, toSend: toSend)
    }

    /// - Parameter waiting: until there are bytes or the end.
    /// - Throws: what the kubelet says of the port, too: `WebError.unreachable`.
    /// - Returns: a failure where the API server is not understood.
    mutating func next(waiting: Bool) throws(WebError) -> Result<Arrival, KubernetesError> {
        while true {
            let message: [UInt8]
            switch try socket.arrival(waiting: waiting) {
            case .failure(let fault): return .failure(fault.error)
            case .success(.end): return .success(.end)
            case .success(.nothing): return .success(.nothing)
            case .success(.message(let next)): message = next
            }
            guard let channel = message.first else { continue }
            let skipped = min(preface[channel] ?? 0, message.count - 1)
            preface[channel]? -= skipped
            let content = Array(message.dropFirst(1 + skipped))
            guard !content.isEmpty else { continue }
            switch channel {
            case Channel.data: return .success(.bytes(content))
            case Channel.errors:
                throw .unreachable(url: path, reason: String(decoding: content.prefix(500), as: UTF8.self))
            default: break
            }
        }
    }
}
