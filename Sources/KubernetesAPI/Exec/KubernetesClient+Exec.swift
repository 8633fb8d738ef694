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
        request.headers = [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", key.text), ("Sec-WebSocket-Protocol", ExecSession.protocols.joined(separator: ", ")),
        ]
        let result: Result<ExecResult, KubernetesError>
        do throws(WebError) {
            result = try await web(grant, isStream: true).upgrade(request) { connection throws(WebError) in
                var session = ExecSession(connection, path: path, key: key, limit: limit)
                return try session.run(stdin: stdin)
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

    private let connection: WebConnection
    private let path: String
    private let key: WebSocketKey
    private let limit: Int
    private var result = ExecResult(output: [], errors: [], exitStatus: 0)

    init(_ connection: WebConnection, path: String, key: WebSocketKey, limit: Int) {
        self.connection = connection
        self.path = path
        self.key = key
        self.limit = limit
    }

    /// To the command's end; the connection's own failures are thrown, all others are the value.
    mutating func run(stdin: [UInt8]?) throws(WebError) -> Result<ExecResult, KubernetesError> {
        guard connection.status == 101 else {
            let body = try connection.body(limit: 64 << 10)
            guard connection.status >= 300 else { return .failure(fault("it did not agree to a WebSocket")) }
            return .failure(StatusObject.error(code: connection.status, body: body, path: path))
        }
        guard connection.header("sec-websocket-accept") == key.answer else {
            return .failure(fault("its answer to the handshake of a WebSocket is wrong"))
        }
        guard let agreed = connection.header("sec-websocket-protocol"), Self.protocols.contains(agreed) else {
            return .failure(fault("it speaks none of \(Self.protocols.joined(separator: " and "))"))
        }
        if let stdin { try send(stdin, canEnd: agreed == Self.protocols[0]) }
        return try receive()
    }

    private func fault(_ reason: String) -> KubernetesError { .notUnderstood(path: path, reason: reason) }

    private func send(_ stdin: [UInt8], canEnd: Bool) throws(WebError) {
        for start in stride(from: 0, to: stdin.count, by: 32 << 10) {
            let part = stdin[start..<min(stdin.count, start + 32 << 10)]
            try connection.send(WebSocketFrame(kind: .binary, payload: [Channel.input] + part).masked())
        }
        if canEnd {
            try connection.send(WebSocketFrame(kind: .binary, payload: [Channel.end, Channel.input]).masked())
        }
    }

    private mutating func receive() throws(WebError) -> Result<ExecResult, KubernetesError> {
        var reader = WebSocketReader()
        while true {
            do throws(WebSocketReader.Fault) {
                while let frame = try reader.next() {
                    switch frame.kind {
                    case .close: return .failure(fault("the connection ended before the command did"))
                    case .pong, .continuation: break
                    case .ping:
                        let pong = WebSocketFrame(kind: .pong, payload: frame.payload).masked()
                        if let failure = Self.failure(of: { () throws(WebError) in try connection.send(pong) }) {
                            throw failure
                        }
                    case .text, .binary:
                        if let end = take(frame.payload) {
                            let goodbye = WebSocketFrame(kind: .close, payload: [0x03, 0xE8]).masked()
                            _ = Self.failure { () throws(WebError) in try connection.send(goodbye) }
                            return end
                        }
                    }
                }
            } catch {
                return .failure(fault(error.reason))
            }
            let bytes = try connection.receive()
            guard !bytes.isEmpty else { return .failure(fault("the connection ended before the command did")) }
            reader.append(bytes)
        }
    }

    private static func failure(of body: () throws(WebError) -> Void) -> WebSocketReader.Fault? {
        do { try body() } catch { return WebSocketReader.Fault(reason: "the connection ended before the command did") }
        return nil
    }

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
