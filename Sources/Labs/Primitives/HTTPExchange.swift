internal import ConfigTree
internal import Diagnostics
package import KubernetesAPI
internal import WebClient

/// One request, as a lab describes it.
package struct HTTPExchange: Sendable, Hashable {
    package enum Way: Sendable, Hashable {
        /// Of this machine, to a private address.
        case direct(url: String)
        /// Through the API server: no question of node ports and names.
        case serviceProxy(service: String, port: String, namespace: String?)
        /// Through the API server, to the first ready pod of a selector.
        case podProxy(selector: String, port: String, namespace: String?)
        /// The same once it is known which pod.
        case pod(String, port: String, namespace: String?)
        /// Of this machine, to the node port of a service on the first ready node.
        case nodePort(service: String, port: String, namespace: String?)
    }

    package var way: Way
    package var method: String
    package var path: String
    package var headers: [String: String]
    package var body: String?
    package var json: JSONValue?

    package var target: String {
        switch way {
        case .direct(let url): "\(method) \(url)\(path == "/" ? "" : path)"
        case .serviceProxy(let service, let port, let namespace):
            "\(method) \(path) of service \(namespace.map { "\($0)/" } ?? "")\(service):\(port)"
        case .pod(let name, let port, _): "\(method) \(path) of port \(port) of pod \(name)"
        case .podProxy(let selector, let port, _): "\(method) \(path) of port \(port) of a pod with \(selector)"
        case .nodePort(let service, let port, _): "\(method) \(path) of the node port of service \(service):\(port)"
        }
    }

    package var foreignNamespaces: [String] {
        switch way {
        case .serviceProxy(_, _, let namespace?), .podProxy(_, _, let namespace?), .pod(_, _, let namespace?),
            .nodePort(_, _, let namespace?):
            [namespace]
        default: []
        }
    }

    /// It leaves from this machine, to an address of it.
    var leavesFromHere: Bool {
        guard case .direct(let url) = way, let host = PrivateAddress.host(of: url) else { return false }
        return host == "localhost" || host.hasPrefix("127.") || host == "::1"
    }

    /// The service that it goes to; nil if it goes another way.
    var service: ObjectReference? {
        switch way {
        case .serviceProxy(let name, _, let namespace), .nodePort(let name, _, let namespace):
            KnownKinds.find("service").map { ObjectReference(kind: $0, name: name, namespace: namespace) }
        case .direct, .podProxy, .pod: nil
        }
    }

    /// It goes to something in the lab's own namespace.
    var isOfTheLab: Bool {
        switch way {
        case .serviceProxy(_, _, nil), .podProxy(_, _, nil), .pod(_, _, nil), .nodePort(_, _, nil): true
        default: false
        }
    }

    /// What came back.
    package struct Answer: Sendable {
        package var status: Int
        package var headers: [(name: String, value: String)]
        package var text: String
        package var seconds: Double
    }

    /// Why nothing came back although everything could be asked: that is an observation, not an error.
    package struct NoAnswer: Error, Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case refused
            case timeout
            case absent
            case status503 = "503"
        }

        package var kind: Kind
        package var text: String
    }

    /// - Parameter isFresh: over a connection of its own, where it leaves from this machine.
    package func send(
        _ context: CheckContext, extra: [String: String] = [:], isFresh: Bool = false
    ) async throws -> Answer {
        let variables = context.variables.merging(extra) { $1 }
        let fill = { (text: String) in TextTemplate.fill(text, variables) }
        var fields = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: fill($0.value)) }
        var bytes = body.map { Array(fill($0).utf8) }
        if let json {
            bytes = FieldTest.filled(json, fill).jsonBytes
            if !fields.contains(where: { $0.name.lowercased() == "content-type" }) {
                fields.append(("Content-Type", "application/json"))
            }
        }
        let method = WebRequest.Method(rawValue: method) ?? .get
        let start = ContinuousClock.now
        var answer: Answer
        let way = try await route(context)
        switch way {
        case .serviceProxy(let service, let port, let namespace), .pod(let service, let port, let namespace):
            var request = ProxyRequest(
                namespace: context.namespace(namespace), service: fill(service), port: fill(port), method: method,
                path: Self.escapedPath(fill(path)), headers: fields, body: bytes)
            if case .pod = way { request.kind = .pod }
            let reply = try await proxied(request, context)
            answer = Answer(status: reply.status, headers: reply.headers, text: reply.text, seconds: 0)
        case .podProxy, .nodePort: throw CannotJudge("the way to the service was not found")
        case .direct(let url):
            // libcurl keeps no connection that the request itself ends.
            if isFresh { fields.append(("Connection", "close")) }
            let address = fill(url) + (path == "/" ? "" : Self.escapedPath(fill(path)))
            guard PrivateAddress.isAllowed(address) else {
                throw CannotJudge(
                    "\(address) lies outside of the lab: only this machine and private addresses are asked")
            }
            let reply = try await direct(
                WebRequest(
                    method, address, headers: fields, body: bytes, redirects: .refuse,
                    timeouts: .init(connect: .seconds(5), stall: .seconds(10), total: .seconds(15)),
                    maximumBody: 4 << 20), context)
            answer = Answer(status: reply.status, headers: reply.headers, text: reply.text, seconds: 0)
        }
        answer.seconds = (ContinuousClock.now - start).inSeconds
        return answer
    }

    /// With everything looked up that would be looked up for each request.
    package func prepared(_ context: CheckContext) async throws -> HTTPExchange {
        var exchange = self
        exchange.way = try await route(context)
        return exchange
    }

    /// The pod by its name, the node port by its address; others as they are.
    private func route(_ context: CheckContext) async throws -> Way {
        switch way {
        case .direct, .serviceProxy, .pod: return way
        case .podProxy(let selector, let port, let namespace):
            let pods = try await context.pods(selector, namespace: namespace)
            guard let pod = pods.filter(\.isReadyPod).map(\.objectName).min() else {
                throw NoAnswer(kind: .absent, text: "no pod with \(context.fill(selector)) is ready")
            }
            return .pod(pod, port: port, namespace: namespace)
        case .nodePort(let name, let port, let namespace):
            guard let kind = KnownKinds.find("service"),
                let service = try await context.find(ObjectReference(kind: kind, name: name, namespace: namespace))
            else { throw NoAnswer(kind: .absent, text: "there is no service \(context.fill(name))") }
            let wanted = context.fill(port)
            let ports = service["spec"]?["ports"]?.array ?? []
            guard
                let number = ports.first(where: {
                    $0["name"]?.string == wanted || $0["port"]?.int.map(String.init) == wanted
                })?["nodePort"]?.int
            else {
                throw NoAnswer(
                    kind: .absent, text: "the service \(context.fill(name)) has no node port for \(wanted)")
            }
            guard let nodeKind = KnownKinds.find("node") else { return way }
            let nodes = try await context.list(nodeKind, namespace: nil, selector: nil).items
            let addresses = nodes.sorted { $0.objectName < $1.objectName }.filter {
                $0.condition("Ready")?["status"]?.string == "True"
            }.compactMap { node in
                (node["status"]?["addresses"]?.array ?? []).first { $0["type"]?.string == "InternalIP" }?["address"]?
                    .string
            }
            guard let address = addresses.first else { throw CannotJudge("no node has an address", isPassing: true) }
            return .direct(url: address.contains(":") ? "http://[\(address)]:\(number)" : "http://\(address):\(number)")
        }
    }

    private func proxied(_ request: ProxyRequest, _ context: CheckContext) async throws -> ProxyAnswer {
        do {
            return try await context.api.proxy(request)
        } catch {
            // What the API server says about the way to the service is an answer; about us, or silence, it is not.
            switch error {
            case .status(404, _, let message, _):
                throw NoAnswer(kind: .absent, text: message.isEmpty ? "there is no such service" : message)
            case .status(503, _, let message, _):
                throw NoAnswer(kind: .status503, text: message.isEmpty ? "the service has no endpoint" : message)
            case .status(502, _, let message, _), .status(504, _, let message, _), .status(500, _, let message, _):
                throw NoAnswer(kind: .refused, text: "nothing answers behind the service: \(message.shortened(200))")
            default: throw CannotJudge(error)
            }
        }
    }

    private func direct(_ request: WebRequest, _ context: CheckContext) async throws -> WebResponse {
        do {
            return try await context.ground.web(request)
        } catch {
            switch error {
            case .unreachable(_, let reason): throw NoAnswer(kind: .refused, text: "nothing listens there: \(reason)")
            case .timedOut: throw NoAnswer(kind: .timeout, text: "no answer in time")
            case .interrupted(_, _, let reason): throw NoAnswer(kind: .refused, text: "the connection broke: \(reason)")
            default: throw CannotJudge(error.diagnostic.summary, isPassing: error.isTransient)
            }
        }
    }

    /// Spaces and the like; what is escaped already stays.
    static func escapedPath(_ path: String) -> String {
        var result = ""
        for scalar in path.unicodeScalars {
            if scalar.value <= 0x20 || scalar.value >= 0x7F || "\"<>\\^`{|}".unicodeScalars.contains(scalar) {
                result += PathText.escaped(String(scalar))
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result.hasPrefix("/") ? result : "/" + result
    }
}

/// Keeps requests of a lab at home.
enum PrivateAddress {
    /// http or https to this machine, to an address that no router on the internet knows, or to a name that ends in `.local`.
    static func isAllowed(_ url: String) -> Bool {
        guard let host = host(of: url) else { return false }
        if host == "localhost" || host.hasSuffix(".localhost") || host.hasSuffix(".local") { return true }
        if host == "::1" || host.hasPrefix("fd") && host.contains(":") { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 4, numbers.allSatisfy({ $0.map { (0...255).contains($0) } ?? false }) else {
            return false
        }
        switch (numbers[0] ?? 0, numbers[1] ?? 0) {
        case (127, _), (10, _), (192, 168), (169, 254): return true
        case (172, let second): return (16...31).contains(second)
        case (100, let second): return (64...127).contains(second)
        default: return false
        }
    }

    /// nil if it is no URL of the web; without brackets around IPv6.
    static func host(of url: String) -> String? {
        for scheme in ["http://", "https://"] where url.hasPrefix(scheme) {
            let rest = url.dropFirst(scheme.count)
            let authority = rest.prefix { !"/?#".contains($0) }
            guard !authority.isEmpty, !authority.contains("@") else { return nil }
            if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
                return String(authority[authority.index(after: authority.startIndex)..<end]).lowercased()
            }
            return String(authority.prefix { $0 != ":" }).lowercased()
        }
        return nil
    }
}
