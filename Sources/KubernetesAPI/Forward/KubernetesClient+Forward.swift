internal import WebClient

/// What is spoken over a connection that the API server only carries.
package enum ForwardSecurity: Sendable, Hashable {
    /// HTTP/1.1.
    case plain
    /// TLS, from this process to the pod: whoever carries it reads nothing. The certificate has to bear the name `SERVICE.NAMESPACE`,
    /// unless it is not checked.
    case tls(isChecked: Bool)
}

extension KubernetesClient {
    /// Sends a request to a port of one of a Service's pods, over a connection that the API server only carries.
    ///
    /// What `kubectl port-forward` does, for one request: the service's proxy deletes the header Authorization (kubernetes/kubernetes
    /// 1.20, apiserver/pkg/endpoints/filters/authentication.go), this way does not look at the request. No port of this machine is
    /// opened. Needs the right to create `pods/portforward`.
    ///
    /// - Returns: whatever the pod answered.
    /// - Throws: `KubernetesError.status` with 503 if no pod of the Service is ready; what the API server says if it refuses.
    package func forward(
        _ request: ProxyRequest, security: ForwardSecurity = .plain
    ) async throws(KubernetesError) -> ProxyAnswer {
        let (pod, port) = try await target(of: request)
        let path = "/api/v1/namespaces/\(APICall.escaped(request.namespace))/pods/\(APICall.escaped(pod))/portforward"
        let bytes = try Self.bytes(request, path: path)
        let result: Result<ProxyAnswer, KubernetesError>
        switch security {
        case .plain:
            let (limit, isHead) = (request.limit, request.method == .head)
            result = await withStream(to: path, port: port, timeout: request.timeout) { stream throws(WebError) in
                var session = ForwardSession(
                    stream, path: path, reader: HTTPAnswerReader(limit: limit, hasBody: !isHead))
                return try session.run(bytes)
            }
        case .tls(let isChecked): result = await secured(request, path: path, port: port, isChecked: isChecked)
        }
        if case .success(let answer) = result { count(answer.body.count) } else { count(0) }
        return try result.get()
    }

    /// TLS and HTTP are libcurl's; it goes through a socket whose other end is the pod.
    private func secured(
        _ request: ProxyRequest, path: String, port: Int, isChecked: Bool
    ) async -> Result<ProxyAnswer, KubernetesError> {
        let local: LocalSocket
        do throws(WebError) { local = try LocalSocket() } catch { return .failure(.unreachable(error)) }
        // Longer than the request may take: of a time that is over libcurl speaks, not of a connection that was cut.
        let timeout = request.timeout + .seconds(2)
        async let carried = withStream(to: path, port: port, timeout: timeout) { stream throws(WebError) in
            var relay = ForwardRelay(stream, local)
            return try relay.run()
        } otherwise: {
            local.close()
        }
        var sent = WebRequest(
            request.method, "https://\(request.service).\(request.namespace)\(request.path)", headers: request.headers,
            body: request.body, redirects: .refuse,
            timeouts: WebRequest.Timeouts(
                connect: request.timeout, stall: request.timeout, total: request.timeout),
            maximumBody: request.limit)
        sent.localSocket = local.name
        let web = WebClient(WebSettings(proxy: .none, maximumTransfers: 1, isInsecure: !isChecked))
        let answer: Result<WebResponse, WebError>
        do throws(WebError) { answer = .success(try await web.send(sent)) } catch { answer = .failure(error) }
        switch answer {
        case .success(let response):
            return .success(ProxyAnswer(status: response.status, headers: response.headers, body: response.body))
        case .failure(let problem):
            // Whoever carried knows better why nothing came.
            if case .failure(let cause) = await carried { return .failure(cause) }
            if case .tooLarge(_, let limit) = problem { return .failure(.tooLarge(path: path, limit: limit)) }
            return .failure(.unreachable(problem))
        }
    }

    /// Opens the port of a pod and lends it.
    ///
    /// - Parameter otherwise: called in the end, whatever happens.
    private func withStream<Value: Sendable>(
        to path: String, port: Int, timeout: Duration,
        _ work: @escaping @Sendable (PodStream) throws(WebError) -> Result<Value, KubernetesError>,
        otherwise: @escaping @Sendable () -> Void = {}
    ) async -> Result<Value, KubernetesError> {
        defer { otherwise() }
        let call = APICall(method: .get, path: path, query: [("ports", "\(port)")], isRepeatable: false)
        let grant: CredentialSource.Grant
        do throws(KubernetesError) { grant = try await credentials.grant() } catch { return .failure(error) }
        let key = WebSocketKey()
        var web = self.request(
            call, grant,
            timeouts: WebRequest.Timeouts(
                connect: min(timeouts.connect, timeout), stall: timeout, total: timeout))
        web.headers = ChannelSocket.headers(key, PodStream.protocols)
        do throws(WebError) {
            return try await self.web(grant, isStream: true).upgrade(web) { connection throws(WebError) in
                let opened = try ChannelSocket.open(connection, path: path, key: key, protocols: PodStream.protocols)
                switch opened {
                case .failure(let fault): return .failure(fault.error)
                case .success(let socket): return try work(PodStream(socket, path: path))
                }
            }
        } catch {
            return .failure(.unreachable(error))
        }
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
