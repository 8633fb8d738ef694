internal import WebClient

extension KubernetesClient {
    /// Sends a request to a port of one of a Service's pods, over a connection that the API server only carries.
    ///
    /// What `kubectl port-forward` does, for one request: the service's proxy deletes the header Authorization (kubernetes/kubernetes
    /// 1.20, apiserver/pkg/endpoints/filters/authentication.go), this way does not look at the request. No port of this machine is
    /// opened. Needs the right to create `pods/portforward`, and speaks plain HTTP only.
    ///
    /// - Returns: whatever the pod answered.
    /// - Throws: `KubernetesError.status` with 503 if no pod of the Service is ready; what the API server says if it refuses.
    package func forward(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer {
        let (pod, port) = try await target(of: request)
        let path = "/api/v1/namespaces/\(APICall.escaped(request.namespace))/pods/\(APICall.escaped(pod))/portforward"
        let call = APICall(method: .get, path: path, query: [("ports", "\(port)")], isRepeatable: false)
        let bytes = try Self.bytes(request, path: path)
        let grant = try await credentials.grant()
        let key = WebSocketKey()
        var web = self.request(
            call, grant,
            timeouts: WebRequest.Timeouts(
                connect: min(timeouts.connect, request.timeout), stall: request.timeout, total: request.timeout))
        web.headers = ChannelSocket.headers(key, ForwardSession.protocols)
        let (limit, isHead) = (request.limit, request.method == .head)
        let result: Result<ProxyAnswer, KubernetesError>
        do throws(WebError) {
            result = try await self.web(grant, isStream: true).upgrade(web) { connection throws(WebError) in
                let opened = try ChannelSocket.open(
                    connection, path: path, key: key, protocols: ForwardSession.protocols)
                switch opened {
                case .failure(let fault): return .failure(fault.error)
                case .success(let socket):
                    var session = ForwardSession(
                        socket, path: path, reader: HTTPAnswerReader(limit: limit, hasBody: !isHead))
                    return try session.run(bytes)
                }
            }
        } catch {
            throw .unreachable(error)
        }
        if case .success(let answer) = result { count(answer.body.count) } else { count(0) }
        return try result.get()
    }

    /// A ready pod behind the Service, and the number of the port there: a Service's own may be another, or a name.
    private func target(of request: ProxyRequest) async throws(KubernetesError) -> (pod: String, port: Int) {
        let name = request.service
        if request.kind == .pod, let port = Int(request.port) { return (name, port) }
        let place = "/api/v1/namespaces/\(APICall.escaped(request.namespace))"
        let service = try await value("\(place)/services/\(APICall.escaped(name))")
        let ports = service["spec"]?["ports"]?.array ?? []
        let wanted = ports.first {
            $0["name"]?.string == request.port || $0["port"]?.int.map(String.init) == request.port
        }
        guard let wanted = wanted ?? (ports.count == 1 ? ports.first : nil) else {
            throw .status(
                code: 404, reason: "", message: "it has no port \(request.port)", path: "\(place)/services/\(name)")
        }
        let path = "\(place)/endpoints/\(APICall.escaped(name))"
        // core/v1 Endpoints: `ports` bears the Service's port names and the pods' numbers; deprecated since 1.33 and still served.
        for subset in try await value(path)["subsets"]?.array ?? [] {
            let port = (subset["ports"]?.array ?? []).first { $0["name"]?.string == wanted["name"]?.string }
            let pods = (subset["addresses"]?.array ?? []).filter { $0["targetRef"]?["kind"]?.string == "Pod" }
            if let port = port?["port"]?.int, let pod = pods.first?["targetRef"]?["name"]?.string { return (pod, port) }
        }
        throw .status(code: 503, reason: "ServiceUnavailable", message: "none of its pods is ready", path: path)
    }

    /// The request as it goes over the wire; the connection ends with its answer.
    static func bytes(_ request: ProxyRequest, path: String) throws(KubernetesError) -> [UInt8] {
        var lines = ["\(request.method.rawValue) \(request.path) HTTP/1.1"]
        let given = Set(request.headers.map { $0.name.lowercased() })
        if !given.contains("host") { lines.append("Host: \(request.service).\(request.namespace)") }
        if !given.contains("accept") { lines.append("Accept: */*") }
        lines += request.headers.map { "\($0.name): \($0.value)" }
        lines.append("Connection: close")
        if let body = request.body { lines.append("Content-Length: \(body.count)") }
        let isPlain = lines.allSatisfy { line in line.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        guard isPlain, !request.path.contains(" "), request.path.hasPrefix("/") else {
            throw .unreachable(
                .invalidRequest(url: path, reason: "path or headers have characters that are not allowed"))
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (request.body ?? [])
    }
}

/// One request through a port of a pod, on the thread that has the connection.
struct ForwardSession {
    /// The only one that carries bytes (kubernetes/kubernetes 1.20, pkg/kubelet/cri/streaming/portforward/websocket.go).
    static let protocols = ["v4.channel.k8s.io"]

    /// Of the first port that was asked for; the first message on each is the port's number in two bytes.
    private enum Channel {
        static let data: UInt8 = 0
        static let errors: UInt8 = 1
    }

    private var socket: ChannelSocket
    private let path: String
    private var reader: HTTPAnswerReader

    init(_ socket: ChannelSocket, path: String, reader: HTTPAnswerReader) {
        self.socket = socket
        self.path = path
        self.reader = reader
    }

    /// The connection's own failures are thrown, all others are the value.
    mutating func run(_ request: [UInt8]) throws(WebError) -> Result<ProxyAnswer, KubernetesError> {
        try socket.send(request, on: Channel.data)
        // What is left of the port's number on each channel.
        var preface: [UInt8: Int] = [Channel.data: 2, Channel.errors: 2]
        while true {
            let message: [UInt8]
            switch try socket.next() {
            case .failure(let fault): return .failure(fault.error)
            case .success(nil):
                if let answer = reader.end() { return .success(answer) }
                throw .interrupted(
                    url: path, received: 0, reason: "the pod ended the connection without a whole answer")
            case .success(let next?): message = next
            }
            guard let channel = message.first else { continue }
            let skipped = min(preface[channel] ?? 0, message.count - 1)
            preface[channel]? -= skipped
            let content = Array(message.dropFirst(1 + skipped))
            switch channel {
            case Channel.data:
                do throws(HTTPAnswerReader.Fault) {
                    guard let answer = try reader.take(content) else { continue }
                    socket.close()
                    return .success(answer)
                } catch {
                    return .failure(.notUnderstood(path: path, reason: "the pod's answer: \(error.reason)"))
                }
            case Channel.errors where !content.isEmpty:
                throw .unreachable(url: path, reason: String(decoding: content.prefix(500), as: UTF8.self))
            default: break
            }
        }
    }
}
