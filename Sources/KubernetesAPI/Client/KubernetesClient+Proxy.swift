package import WebClient

/// What a service answered through the API server's proxy, whatever its status.
package struct ProxyAnswer: Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(_ answer: HTTPAnswerReader.Answer) {
        self.init(status: answer.status, headers: answer.headers, body: answer.body)
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// One request to a service or pod, to be sent by the API server.
package struct ProxyRequest: Sendable {
    package enum Kind: String, Sendable, Hashable {
        case service = "services"
        case pod = "pods"
    }

    package var namespace: String
    package var kind = Kind.service
    /// Its name, or the pod's.
    package var service: String
    /// A number or the name of a port.
    package var port: String
    package var method: WebRequest.Method
    /// With a leading slash; may hold a query.
    package var path: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// Until the whole answer is there.
    package var timeout: Duration
    /// Of the answer's body, in bytes.
    package var limit = 4 << 20

    package init(
        namespace: String, service: String, port: String, method: WebRequest.Method = .get, path: String = "/",
        headers: [(name: String, value: String)] = [], body: [UInt8]? = nil, timeout: Duration = .seconds(10)
    ) {
        self.namespace = namespace
        self.service = service
        self.port = port
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

extension KubernetesClient {
    /// Asks a service through the API server, once: what came back may be the point.
    ///
    /// An answer of the API server itself (no such service, no endpoint, not allowed) is a `KubernetesError.status`.
    package func proxy(_ request: ProxyRequest) async throws(KubernetesError) -> ProxyAnswer {
        let path =
            "/api/v1/namespaces/\(APICall.escaped(request.namespace))/\(request.kind.rawValue)/\(APICall.escaped(request.service))"
            + ":\(APICall.escaped(request.port))/proxy\(request.path)"
        var call = APICall(method: request.method, path: path, body: request.body, accept: "*/*", isRepeatable: false)
        call.limit = request.limit
        let grant = try await credentials.grant()
        var web = self.request(
            call, grant,
            timeouts: WebRequest.Timeouts(
                connect: min(timeouts.connect, request.timeout), stall: request.timeout, total: request.timeout))
        let given = Set(request.headers.map { $0.name.lowercased() })
        web.headers = web.headers.filter { !given.contains($0.name.lowercased()) } + request.headers
        let response: WebResponse
        do throws(WebError) {
            response = try await self.web(grant, isStream: false).send(web)
        } catch {
            if case .tooLarge(_, let limit) = error { throw .tooLarge(path: path, limit: limit) }
            throw .unreachable(error)
        }
        count(response.body.count)
        if !response.isSuccess, StatusObject(response.body) != nil {
            throw StatusObject.error(of: response, path: path)
        }
        return ProxyAnswer(status: response.status, headers: response.headers, body: response.body)
    }

    /// Replaces an object as a whole.
    package func replace(_ path: String, _ body: JSONValue) async throws(KubernetesError) -> JSONValue {
        let response = try await send(
            APICall(method: .put, path: path, body: try JSONCoding.encode(body, path: path), isRepeatable: true))
        return try JSONCoding.decode(JSONValue.self, response.body, path: path)
    }

    /// Text as `get`, decoded by nobody.
    package func value(_ path: String) async throws(KubernetesError) -> JSONValue {
        try await get(path, as: JSONValue.self)
    }

    /// `value`, its failure as a part of the answer: for groups of tasks, of which one may fail alone.
    ///
    /// A child task that makes a tuple of an answer or an error by itself (`do throws(KubernetesError)` with a return in both
    /// branches) is compiled wrongly with optimisation by Swift 6.3: the tuple's other members are garbage.
    package func attempt(_ path: String) async -> Result<JSONValue, KubernetesError> {
        do throws(KubernetesError) { return .success(try await value(path)) } catch { return .failure(error) }
    }
}

extension JSONValue {
    /// From JSON text; nil if it is none.
    package static func parse(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONCoding.decode(JSONValue.self, bytes, path: "")
    }

    /// As JSON with sorted keys.
    package var jsonBytes: [UInt8] { (try? JSONCoding.encode(self, path: "")) ?? [] }
}
