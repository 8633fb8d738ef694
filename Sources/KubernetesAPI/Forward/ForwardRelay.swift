internal import WebClient

/// Carries bytes between a port of a pod and whoever has the other end of a socket, on the thread that has the connection.
struct ForwardRelay {
    private var stream: PodStream
    private let local: LocalSocket

    init(_ stream: PodStream, _ local: LocalSocket) {
        self.stream = stream
        self.local = local
    }

    /// Until one side ends; the connection's own failures are thrown, all others are the value.
    mutating func run() throws(WebError) -> Result<Void, KubernetesError> {
        // Whoever waits at the other end hears of any end.
        defer { local.close() }
        while true {
            var isIdle = true
            switch try stream.next(waiting: false) {
            case .failure(let error): return .failure(error)
            case .success(.end): return .success(())
            case .success(.nothing): break
            case .success(.bytes(let bytes)):
                isIdle = false
                guard try deliver(bytes) else { return goodbye() }
            }
            if let bytes = local.receive() {
                isIdle = false
                guard !bytes.isEmpty else { return goodbye() }
                try stream.send(bytes)
            }
            if isIdle { try stream.wait(with: local) }
        }
    }

    /// False if the other end listens no more.
    private func deliver(_ bytes: [UInt8]) throws(WebError) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = local.send(rest) else { return false }
            rest = rest.dropFirst(count)
            if count == 0 { try stream.wait(with: local, toSend: true) }
        }
        return true
    }

    private func goodbye() -> Result<Void, KubernetesError> {
        stream.close()
        return .success(())
    }
}
