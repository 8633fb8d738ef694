internal import Diagnostics
internal import WebClient

extension KubernetesClient {
    /// Runs a command in a container, without a shell and without a terminal.
    ///
    /// Over a WebSocket with the subprotocol `v5.channel.k8s.io` (from Kubernetes 1.30 on) or `v4.channel.k8s.io`. The
    /// older one cannot say that standard input has ended, so a command that reads to the end of `stdin` only ends there.
    /// A command that could not be started is `KubernetesError.status`; one that ended with another status than 0 is a
    /// result. Not tried again: nobody knows what a broken command has done.
    /// - Parameter timeout: For everything; then the connection is closed, which does not end the command.
    /// - Parameter limit: Bytes kept of each of both outputs.
    package func exec(
        namespace: String, pod: String, container: String? = nil, command: [String], stdin: [UInt8]? = nil,
        timeout: Duration = .seconds(60), limit: Int = 4 << 20
    ) async throws(KubernetesError) -> ExecResult {
        var query = command.map { ("command", $0) } + [("stdout", "true"), ("stderr", "true")]
        if let container { query.append(("container", container)) }
        if stdin != nil { query.append(("stdin", "true")) }
        let path = "/api/v1/namespaces/\(APICall.escaped(namespace))/pods/\(APICall.escaped(pod))/exec"
        let call = APICall(method: .get, path: path, query: query, isRepeatable: false)
        let grant = try await credentials.grant()
        let key = WebSocketKey()
        var request = request(
            call, grant,
            timeouts: WebRequest.Timeouts(
                connect: min(timeouts.connect, timeout), stall: timeouts.silence, total: timeout))
        request.headers = ChannelSocket.headers(key, ExecSession.protocols)
        let result: Result<ExecResult, KubernetesError>
        do throws(WebError) {
            result = try await web(grant, isStream: true).upgrade(request) { connection throws(WebError) in
                let opened = try ChannelSocket.open(connection, path: path, key: key, protocols: ExecSession.protocols)
                switch opened {
                case .failure(let fault): return .failure(fault.error)
                case .success(let socket):
                    var session = ExecSession(socket, path: path, limit: limit)
                    return try session.run(stdin: stdin)
                }
            }
        } catch {
            throw .unreachable(error)
        }
        if case .success(let value) = result { count(value.output.count + value.errors.count) } else { count(0) }
        return try result.get()
    }
}

/// One command's conversation, on the thread that has the connection.
struct ExecSession {
    static let protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    /// The first byte of each message (k8s.io/apimachinery/pkg/util/remotecommand).
    private enum Channel {
        static let input: UInt8 = 0
        static let output: UInt8 = 1
        static let errors: UInt8 = 2
        static let status: UInt8 = 3
        /// Only of version 5: the next byte is the channel that ends.
        static let end: UInt8 = 255
    }

    private var socket: ChannelSocket
    private let path: String
    private let limit: Int
    private var result = ExecResult(output: [], errors: [], exitStatus: 0)

    init(_ socket: ChannelSocket, path: String, limit: Int) {
        self.socket = socket
        self.path = path
        self.limit = limit
    }

    /// To the command's end; the connection's own failures are thrown, all others are the value.
    mutating func run(stdin: [UInt8]?) throws(WebError) -> Result<ExecResult, KubernetesError> {
        if let stdin {
            try socket.send(stdin, on: Channel.input)
            if socket.agreed == Self.protocols[0] { try socket.send([Channel.end, Channel.input]) }
        }
        while true {
            switch try socket.next() {
            case .failure(let fault): return .failure(fault.error)
            case .success(nil): return .failure(fault("the connection ended before the command did"))
            case .success(let message?):
                guard let end = take(message) else { continue }
                socket.close()
                return end
            }
        }
    }

    private func fault(_ reason: String) -> KubernetesError { .notUnderstood(path: path, reason: reason) }

    /// Not nil once the command has ended.
    private mutating func take(_ message: [UInt8]) -> Result<ExecResult, KubernetesError>? {
        guard let channel = message.first else { return nil }
        let content = message.dropFirst()
        switch channel {
        case Channel.output: keep(content, in: \.output)
        case Channel.errors: keep(content, in: \.errors)
        case Channel.status: return end(Array(content))
        default: break
        }
        return nil
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>, in output: WritableKeyPath<ExecResult, [UInt8]>) {
        let room = limit - result[keyPath: output].count
        result[keyPath: output] += bytes.prefix(max(0, room))
        if bytes.count > room { result.isCut = true }
    }

    /// The last message is a Status; its cause `ExitCode` is the command's own end.
    private mutating func end(_ bytes: [UInt8]) -> Result<ExecResult, KubernetesError> {
        guard let status = try? JSONCoding.decode(JSONValue.self, bytes, path: path) else {
            return .failure(fault("the command's end is no Status: \(KubernetesError.quoted(bytes))"))
        }
        if status["status"]?.string == "Success" { return .success(result) }
        let causes = status["details"]?["causes"]?.array ?? []
        if let text = causes.first(where: { $0["reason"]?.string == "ExitCode" })?["message"]?.string,
            let code = Int(text)
        {
            result.exitStatus = code
            return .success(result)
        }
        return .failure(
            .status(
                code: status["code"]?.int ?? 500, reason: status["reason"]?.string ?? "",
                message: status["message"]?.string ?? "", path: path))
    }
}
