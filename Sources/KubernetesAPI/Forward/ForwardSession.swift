internal import WebClient

/// One request in plain HTTP through a port of a pod, on the thread that has the connection.
struct ForwardSession {
    private var stream: PodStream
    private let path: String
    private var reader: HTTPAnswerReader

    init(_ stream: PodStream, path: String, reader: HTTPAnswerReader) {
        self.stream = stream
        self.path = path
        self.reader = reader
    }

    /// The connection's own failures are thrown, all others are the value.
    mutating func run(_ request: [UInt8]) throws(WebError) -> Result<ProxyAnswer, KubernetesError> {
        try stream.send(request)
        while true {
            switch try stream.next(waiting: true) {
            case .failure(let error): return .failure(error)
            case .success(.nothing): continue
            case .success(.end):
                if let answer = reader.end() { return .success(ProxyAnswer(answer)) }
                throw .interrupted(
                    url: path, received: 0, reason: "the pod ended the connection without a whole answer")
            case .success(.bytes(let bytes)):
                do throws(HTTPAnswerReader.Fault) {
                    guard let answer = try reader.take(bytes) else { continue }
                    stream.close()
                    return .success(ProxyAnswer(answer))
                } catch {
                    return .failure(.notUnderstood(path: path, reason: "the pod's answer: \(error.reason)"))
                }
            }
        }
    }
}
