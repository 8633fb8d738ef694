package import Diagnostics
package import KubernetesAPI
package import WebClient

/// The way to a Service that was found to be open.
package struct ServiceDoor: Sendable, Hashable, Codable {
    package enum Way: Sendable, Hashable, Codable {
        /// From this machine; no slash at its end.
        case direct(url: String)
        /// Through the API server.
        case proxy(namespace: String, service: String, port: String)
    }

    package var way: Way
    /// Its certificate is not checked.
    package var isInsecure: Bool

    package init(_ way: Way, isInsecure: Bool = false) {
        self.way = way
        self.isInsecure = isInsecure
    }

    /// For people.
    package var text: String {
        switch way {
        case .direct(let url): url
        case .proxy(let namespace, let service, let port):
            "service \(namespace)/\(service):\(port) (API server's proxy)"
        }
    }
}

/// One request through a door.
package struct DoorRequest: Sendable {
    package var method: WebRequest.Method
    /// With a leading slash, escaped; may hold a query.
    package var path: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    package var timeout: Duration

    package init(
        _ method: WebRequest.Method = .get, _ path: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }

    package init(
        _ method: WebRequest.Method, _ path: String, json: JSONValue, timeout: Duration = .seconds(30)
    ) {
        self.init(
            method, path, headers: [("Content-Type", "application/json")], body: json.jsonBytes, timeout: timeout)
    }
}

/// Sends requests through doors.
package struct DoorClient: Sendable {
    package let cluster: any FunctionCluster
    /// With certificates checked, and without.
    package let web: any WebCalls
    package let insecureWeb: any WebCalls

    package init(cluster: any FunctionCluster, web: any WebCalls, insecureWeb: any WebCalls) {
        self.cluster = cluster
        self.web = web
        self.insecureWeb = insecureWeb
    }

    /// Every status of the service is an answer; what keeps the request from it is a `function.*` diagnostic.
    ///
    /// - Parameter authorization: name and password. The API server deletes this header of every request that it has
    ///   authenticated (kubernetes/kubernetes 1.20, apiserver/pkg/endpoints/filters/authentication.go), so a door through
    ///   it cannot carry them.
    package func send(
        _ request: DoorRequest, through door: ServiceDoor, authorization: BasicCredentials? = nil
    ) async throws(Diagnostic) -> InvocationAnswer {
        switch door.way {
        case .direct(let url):
            var headers = request.headers
            if let authorization { headers.append(("Authorization", authorization.header)) }
            let request = WebRequest(
                request.method, url + request.path, headers: headers, body: request.body, redirects: .refuse,
                timeouts: .init(connect: .seconds(10), stall: request.timeout, total: request.timeout))
            do throws(WebError) {
                let response = try await (door.isInsecure ? insecureWeb : web).send(request)
                return InvocationAnswer(status: response.status, headers: response.headers, body: response.body)
            } catch {
                throw Self.problem(error, door)
            }
        case .proxy(let namespace, let service, let port):
            guard authorization == nil else {
                throw Diagnostic(
                    code: "function.no-door",
                    "the credentials of \(namespace)/\(service) cannot be sent through the API server",
                    detail:
                        "its proxy deletes the Authorization header; no node port, load balancer or ingress answers",
                    hint:
                        "expose the service by a node port, or name an address with --gateway (kubectl port-forward does)",
                    exitCode: .unreachable)
            }
            let request = ProxyRequest(
                namespace: namespace, service: service, port: port, method: request.method, path: request.path,
                headers: request.headers, body: request.body, timeout: request.timeout)
            do throws(KubernetesError) {
                let answer = try await cluster.proxy(request)
                return InvocationAnswer(status: answer.status, headers: answer.headers, body: answer.body)
            } catch {
                throw Self.problem(error, door)
            }
        }
    }

    static func problem(_ error: WebError, _ door: ServiceDoor) -> Diagnostic {
        var diagnostic = error.diagnostic
        switch error {
        case .timedOut: diagnostic.code = "function.timeout"
        case .untrusted:
            diagnostic.code = "function.untrusted"
            diagnostic.hint = "--insecure does without the check"
        case .unreachable, .unresolved, .interrupted: diagnostic.code = "function.unreachable"
        default: break
        }
        return diagnostic
    }

    /// What the API server says about the way to a service, told apart from what it says about us.
    static func problem(_ error: KubernetesError, _ door: ServiceDoor) -> Diagnostic {
        switch error {
        case .status(404, _, let message, _):
            return Diagnostic(
                code: "function.no-service", "there is no \(door.text)", detail: message.isEmpty ? nil : message,
                hint: "`martlet function list` shows what there is", exitCode: .unreachable)
        case .status(503, _, let message, _):
            return Diagnostic(
                code: "function.no-endpoint", "nothing answers behind \(door.text)",
                detail: message.isEmpty ? "none of its pods is ready" : message,
                hint: "`martlet function describe` tells why", exitCode: .unreachable)
        case .unreachable(.timedOut):
            return Diagnostic(
                code: "function.timeout", "\(door.text) did not answer in time", exitCode: .unreachable)
        default: return error.diagnostic
        }
    }
}
