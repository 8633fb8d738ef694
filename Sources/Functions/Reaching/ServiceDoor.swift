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

/// A client whose requests begin inside the cluster's networks, through the SSH session of a control plane; nil if there is none.
package typealias InsideWeb = @Sendable (_ isInsecure: Bool) async -> (any WebCalls)?

/// Sends requests through doors.
package struct DoorClient: Sendable {
    package let cluster: any FunctionCluster
    /// With certificates checked, and without.
    package let web: any WebCalls
    package let insecureWeb: any WebCalls
    /// For what the API server's proxy does not let through.
    package let inside: InsideWeb

    package init(
        cluster: any FunctionCluster, web: any WebCalls, insecureWeb: any WebCalls,
        inside: @escaping InsideWeb = { _ in nil }
    ) {
        self.cluster = cluster
        self.web = web
        self.insecureWeb = insecureWeb
        self.inside = inside
    }

    /// Every status of the service is an answer; what keeps the request from it is a `function.*` diagnostic.
    ///
    /// - Parameter authorization: name and password. The API server deletes this header of every request that it has
    ///   authenticated (kubernetes/kubernetes 1.20, apiserver/pkg/endpoints/filters/authentication.go), so that such requests
    ///   go past its proxy: from a control plane, else over a connection to a pod that the API server only carries.
    package func send(
        _ request: DoorRequest, through door: ServiceDoor, authorization: BasicCredentials? = nil
    ) async throws(Diagnostic) -> InvocationAnswer {
        switch door.way {
        case .direct(let url):
            do throws(WebError) {
                return try await send(request, to: url, authorization, by: door.isInsecure ? insecureWeb : web)
            } catch {
                throw Self.problem(error, door)
            }
        case .proxy(let namespace, let service, let port):
            let proxied = ProxyRequest(
                namespace: namespace, service: service, port: port, method: request.method, path: request.path,
                headers: request.headers, body: request.body, timeout: request.timeout)
            if let authorization { return try await sendPast(request, proxied, authorization, door) }
            do throws(KubernetesError) {
                let answer = try await cluster.proxy(proxied)
                return InvocationAnswer(status: answer.status, headers: answer.headers, body: answer.body)
            } catch {
                throw Self.problem(error, door)
            }
        }
    }

    private func send(
        _ request: DoorRequest, to url: String, _ authorization: BasicCredentials?, by web: any WebCalls
    ) async throws(WebError) -> InvocationAnswer {
        var headers = request.headers
        if let authorization { headers.append(("Authorization", authorization.header)) }
        let response = try await web.send(
            WebRequest(
                request.method, url + request.path, headers: headers, body: request.body, redirects: .refuse,
                timeouts: .init(connect: .seconds(10), stall: request.timeout, total: request.timeout)))
        return InvocationAnswer(status: response.status, headers: response.headers, body: response.body)
    }

    /// Past the API server's proxy, with credentials.
    private func sendPast(
        _ request: DoorRequest, _ proxied: ProxyRequest, _ authorization: BasicCredentials, _ door: ServiceDoor
    ) async throws(Diagnostic) -> InvocationAnswer {
        var proxied = proxied
        let isSecure = proxied.service.hasPrefix("https:")
        if isSecure { proxied.service.removeFirst("https:".count) }
        if let web = await inside(door.isInsecure), let address = try await clusterAddress(proxied) {
            let url = "\(isSecure ? "https" : "http")://\(address)"
            do throws(WebError) { return try await send(request, to: url, authorization, by: web) } catch {
                // A control plane that forwards nothing is no reason to give up while there is another way; what may have been
                // carried out is not sent again.
                switch error {
                case .unreachable, .unresolved, .other: break
                default: throw Self.problem(error, door)
                }
            }
        }
        proxied.headers.append(("Authorization", authorization.header))
        do throws(KubernetesError) {
            let answer = try await cluster.forward(
                proxied, security: isSecure ? .tls(isChecked: !door.isInsecure) : .plain)
            return InvocationAnswer(status: answer.status, headers: answer.headers, body: answer.body)
        } catch {
            switch error {
            case .unreachable(let cause): throw Self.problem(cause, door)
            case .status(let code, _, let message, _) where code != 503 && code != 404:
                throw Self.noDoor(proxied, "the API server carries nothing to its pods: \(message) (\(code))")
            default: throw Self.problem(error, door)
            }
        }
    }

    /// Address and port of the Service as they are inside the cluster.
    private func clusterAddress(_ request: ProxyRequest) async throws(Diagnostic) -> String? {
        let path =
            "/api/v1/namespaces/\(PathText.escaped(request.namespace))/services/\(PathText.escaped(request.service))"
        guard let service = try await FunctionObjects(cluster).find(path),
            let address = service["spec"]?["clusterIP"]?.string, !address.isEmpty, address != "None",
            let port = DoorFinder.port(of: service, request.port)?["port"]?.int
        else { return nil }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    private static func noDoor(_ request: ProxyRequest, _ cause: String) -> Diagnostic {
        Diagnostic(
            code: "function.no-door",
            "the credentials of \(request.namespace)/\(request.service) cannot be sent through the API server",
            detail:
                "its proxy deletes the Authorization header; no node port, load balancer or ingress answers; \(cause)",
            hint:
                "name the cluster's spec with -f, so that the way leads over SSH; or expose the service by a node port, or run `kubectl -n \(request.namespace) port-forward service/\(request.service) 8080:\(request.port)` and name its address with --gateway",
            exitCode: .unreachable)
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
