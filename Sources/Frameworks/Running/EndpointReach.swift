package import Diagnostics
internal import FoundationEssentials
package import KubernetesAPI
package import WebClient

/// How an endpoint is reached from here.
package enum EndpointRoute: Sendable, Hashable {
    /// At this address, `http://10.0.0.11:31112`, through this proxy.
    case direct(String, WebSettings.Proxy)
    /// The API server forwards; it deletes `Authorization`, so this is for endpoints without credentials.
    case serviceProxy
    /// Over a connection to one of its pods, which the API server only carries: credentials arrive.
    case podForward
}

/// Finds the ways to a framework's services and sends requests on them, with the credentials of the endpoint.
///
/// An actor, because ways and credentials are asked for once and kept.
package actor EndpointReach {
    package let client: KubernetesClient
    package let facts: ClusterFacts
    /// Through a control plane, as with `-f SPEC`: everything in the cluster's networks is reached by it.
    package let proxy: String?
    private var routes: [String: EndpointRoute] = [:]
    private var credentials: [String: Secret<String>] = [:]
    private var clients: [String: WebClient] = [:]

    package init(client: KubernetesClient, facts: ClusterFacts, proxy: String? = nil) {
        self.client = client
        self.facts = facts
        self.proxy = proxy
    }

    /// Forgets what it found: after something was installed.
    package func forget() {
        routes = [:]
        credentials = [:]
    }

    /// The first way that answers.
    ///
    /// - Throws: `endpoint.unreachable`, which says what was tried; `KubernetesError`.
    package func route(_ endpoint: FrameworkEndpoint) async throws -> EndpointRoute {
        let key = "\(endpoint.namespace)/\(endpoint.service):\(endpoint.port) \(endpoint.nodePortService ?? "")"
        if let known = routes[key] { return known }
        var tried: [String] = []
        for candidate in try await candidates(endpoint) {
            switch candidate {
            case .direct(let base, let way):
                if await answers(base, way, endpoint) {
                    routes[key] = candidate
                    return candidate
                }
                tried.append(base + (way == .none ? "" : " through a control plane"))
            case .podForward:
                if let problem = await forwardProblem(endpoint) {
                    tried.append("a connection to one of its pods: \(problem)")
                    continue
                }
                routes[key] = candidate
                return candidate
            case .serviceProxy:
                routes[key] = candidate
                return candidate
            }
        }
        let what =
            tried.isEmpty
            ? "it has no NodePort, no load balancer's address and no ingress host"
            : "tried in vain: \(tried.joined(separator: ", "))"
        throw Diagnostic(
            code: "endpoint.unreachable",
            "the endpoint \(endpoint.id) (Service \(endpoint.namespace)/\(endpoint.service)) is not reached from here",
            detail: what
                + (endpoint.authentication == .none
                    ? "" : "; it wants credentials, which do not pass the API server's proxy"),
            hint:
                "name the cluster's spec with -f, so that the way leads through a control plane; or expose it by a NodePort",
            exitCode: .unreachable)
    }

    private func candidates(_ endpoint: FrameworkEndpoint) async throws -> [EndpointRoute] {
        var found: [EndpointRoute] = []
        let way: WebSettings.Proxy = proxy.map { .url($0) } ?? .none
        let scheme = endpoint.scheme
        let service = try await service(endpoint.namespace, endpoint.service)
        let outer: JSONValue? =
            if let name = endpoint.nodePortService, name != endpoint.service {
                try await self.service(endpoint.namespace, name)
            } else { service }
        for entry in outer?["status"]?["loadBalancer"]?["ingress"]?.array ?? [] {
            guard let host = entry["ip"]?.string ?? entry["hostname"]?.string else { continue }
            let port = Self.port(outer, endpoint.nodePortPort ?? endpoint.port)?["port"]?.int
            found.append(.direct("\(scheme)://\(host):\(port ?? 80)", .none))
        }
        if let port = Self.port(outer, endpoint.nodePortPort ?? endpoint.port)?["nodePort"]?.int {
            if let address = facts.nodeAddress {
                found.append(.direct("\(scheme)://\(address):\(port)", .none))
                if proxy != nil { found.append(.direct("\(scheme)://\(address):\(port)", way)) }
            }
        }
        if proxy != nil, let address = service?["spec"]?["clusterIP"]?.string, address != "None",
            let port = Self.port(service, endpoint.port)?["port"]?.int
        {
            found.append(.direct("\(scheme)://\(address):\(port)", way))
        }
        if let host = endpoint.host { found.append(.direct("\(scheme)://\(host)", .environment)) }
        if endpoint.authentication == .none {
            found.append(.serviceProxy)
        } else if service != nil {
            found.append(.podForward)
        }
        return found
    }

    /// Why nothing is carried to its pods; nil if it is.
    ///
    /// No credentials are sent.
    private func forwardProblem(_ endpoint: FrameworkEndpoint) async -> String? {
        do throws(KubernetesError) {
            _ = try await client.forward(
                ProxyRequest(
                    namespace: endpoint.namespace, service: endpoint.service, port: endpoint.port, path: "/",
                    timeout: .seconds(5)), security: Self.security(endpoint))
            return nil
        } catch {
            return error.diagnostic.detail ?? error.diagnostic.summary
        }
    }

    private static func security(_ endpoint: FrameworkEndpoint) -> ForwardSecurity {
        endpoint.scheme == "https" ? .tls(isChecked: !endpoint.isInsecure) : .plain
    }

    private func service(_ namespace: String, _ name: String) async throws(KubernetesError) -> JSONValue? {
        do throws(KubernetesError) {
            return try await client.value(
                "/api/v1/namespaces/\(PathText.escaped(namespace))/services/\(PathText.escaped(name))")
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// By number or name; the only one if there is one.
    static func port(_ service: JSONValue?, _ wanted: String) -> JSONValue? {
        let ports = service?["spec"]?["ports"]?.array ?? []
        return ports.first { $0["name"]?.string == wanted || $0["port"]?.int == Int(wanted) }
            ?? (ports.count == 1 ? ports.first : nil)
    }

    /// Whether anything speaks there, whatever it says.
    ///
    /// No credentials are sent.
    private func answers(_ base: String, _ way: WebSettings.Proxy, _ endpoint: FrameworkEndpoint) async -> Bool {
        let timeouts = WebRequest.Timeouts(connect: .seconds(3), stall: .seconds(4), total: .seconds(5))
        do throws(WebError) {
            _ = try await web(way, endpoint).send(
                WebRequest(.get, base + "/", redirects: .refuse, timeouts: timeouts, maximumBody: 1 << 20))
            return true
        } catch {
            if case .tooLarge = error { return true }
            return false
        }
    }

    private func web(_ way: WebSettings.Proxy, _ endpoint: FrameworkEndpoint) -> WebClient {
        let key = "\(way) \(endpoint.isInsecure)"
        if let known = clients[key] { return known }
        let made = WebClient(WebSettings(proxy: way, isInsecure: endpoint.isInsecure))
        clients[key] = made
        return made
    }

    // MARK: requests

    /// Sends one request and returns whatever came back.
    ///
    /// - Parameter path: with a leading slash, filled.
    package func send(
        _ method: WebRequest.Method, _ path: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, to endpoint: FrameworkEndpoint, timeout: Duration = .seconds(30)
    ) async throws -> ProxyAnswer {
        switch try await route(endpoint) {
        case .serviceProxy:
            let service = endpoint.scheme == "https" ? "https:\(endpoint.service)" : endpoint.service
            return try await client.proxy(
                ProxyRequest(
                    namespace: endpoint.namespace, service: service, port: endpoint.port, method: method, path: path,
                    headers: headers, body: body, timeout: timeout))
        case .podForward:
            var headers = headers
            if let authorization = try await authorization(endpoint) {
                headers.append(("Authorization", authorization.reveal()))
            }
            return try await client.forward(
                ProxyRequest(
                    namespace: endpoint.namespace, service: endpoint.service, port: endpoint.port, method: method,
                    path: path, headers: headers, body: body, timeout: timeout), security: Self.security(endpoint))
        case .direct(let base, let way):
            var headers = headers
            if let authorization = try await authorization(endpoint) {
                headers.append(("Authorization", authorization.reveal()))
            }
            let response = try await web(way, endpoint).send(
                WebRequest(
                    method, base + path, headers: headers, body: body, redirects: .refuse,
                    timeouts: WebRequest.Timeouts(connect: .seconds(5), stall: timeout, total: timeout),
                    maximumBody: 16 << 20))
            return ProxyAnswer(status: response.status, headers: response.headers, body: response.body)
        }
    }

    /// The header's value, from the endpoint's Secret; nil without authentication.
    ///
    /// - Throws: `endpoint.no-credentials` if the Secret or its keys are not there.
    package func authorization(_ endpoint: FrameworkEndpoint) async throws -> Secret<String>? {
        let place: (name: String, namespace: String, keys: [String])
        switch endpoint.authentication {
        case .none: return nil
        case .basic(let secret, let namespace, let user, let password): place = (secret, namespace, [user, password])
        case .basicToken(let secret, let namespace, let key): place = (secret, namespace, [key])
        }
        let known = "\(place.namespace)/\(place.name) \(place.keys)"
        if let value = credentials[known] { return value }
        let values = try await SecretReader(client).values(place.name, namespace: place.namespace)
        let parts = place.keys.compactMap { values[$0] }
        guard parts.count == place.keys.count else {
            throw Diagnostic(
                code: "endpoint.no-credentials",
                "the Secret \(place.namespace)/\(place.name) with the credentials of \(endpoint.id) is not there or lacks a key",
                detail: "wanted: \(place.keys.joined(separator: ", "))",
                hint: "install the framework again: missing secrets are made, what is there is kept")
        }
        let joined = parts.map { $0.reveal() }.joined(separator: ":")
        let value = Secret("Basic " + Data(joined.utf8).base64EncodedString())
        credentials[known] = value
        return value
    }
}

/// Reads values of Secrets.
package struct SecretReader: Sendable {
    let client: KubernetesClient

    package init(_ client: KubernetesClient) { self.client = client }

    /// By key; empty if there is no such Secret.
    package func values(_ name: String, namespace: String) async throws(KubernetesError) -> [String: Secret<String>] {
        do throws(KubernetesError) {
            let secret = try await client.value(
                "/api/v1/namespaces/\(PathText.escaped(namespace))/secrets/\(PathText.escaped(name))")
            var values: [String: Secret<String>] = [:]
            for (key, value) in secret["data"]?.object ?? [:] {
                guard let bytes = value.string.flatMap({ Data(base64Encoded: $0) }) else { continue }
                values[key] = Secret(String(decoding: bytes, as: UTF8.self))
            }
            return values
        } catch {
            guard error.isNotFound else { throw error }
            return [:]
        }
    }
}
