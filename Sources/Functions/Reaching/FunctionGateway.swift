package import Diagnostics
internal import KubernetesAPI
internal import WebClient

/// The gateway of a framework: found once, with its credentials.
package actor FunctionGateway {
    package nonisolated let site: FunctionSite
    package nonisolated let client: DoorClient
    private let environment: [String: String]
    private var knownDoor: ServiceDoor?
    private var knownCredentials: BasicCredentials??
    /// Whether anything answers is asked for at this path.
    private let probe: String

    /// - Parameter door: said by the user or remembered; nil looks for one.
    package init(
        _ site: FunctionSite, _ client: DoorClient, door: ServiceDoor? = nil, probe: String = "/",
        environment: [String: String]
    ) {
        self.site = site
        self.client = client
        self.environment = environment
        self.probe = probe
        knownDoor = door
    }

    package func door() async throws(Diagnostic) -> ServiceDoor {
        if let knownDoor { return knownDoor }
        guard let address = site.gateway else {
            throw Diagnostic(code: "function.no-gateway", "\(site.framework) has no gateway", exitCode: .invalid)
        }
        let door = try await DoorFinder(client).find(address, path: probe)
        knownDoor = door
        return door
    }

    private func credentials() async throws(Diagnostic) -> BasicCredentials? {
        if let knownCredentials { return knownCredentials }
        let found = try await BasicCredentials.find(site, client.cluster, environment: environment)
        knownCredentials = .some(found)
        return found
    }

    /// A request that anybody may send.
    package func send(_ request: DoorRequest) async throws(Diagnostic) -> InvocationAnswer {
        try await client.send(request, through: try await door())
    }

    /// A request that needs the framework's credentials.
    ///
    /// - Throws: `function.credentials` for 401 and 403.
    package func order(_ request: DoorRequest) async throws(Diagnostic) -> InvocationAnswer {
        let credentials = try await credentials()
        let answer = try await client.send(request, through: try await door(), authorization: credentials)
        guard answer.status == 401 || answer.status == 403 else { return answer }
        throw Diagnostic(
            code: "function.credentials",
            credentials.map { "\(site.framework) does not accept the credentials of \($0.origin)" }
                ?? "\(site.framework) wants credentials, and there are none",
            detail:
                "\(request.method.rawValue) \(request.path.prefix { $0 != "?" }) was answered with \(answer.status)",
            hint: "set \(BasicCredentials.variable) to name:password", exitCode: .unreachable)
    }

    /// As `order`, and any status but these is `function.refused` with the framework's own words.
    package func order(_ request: DoorRequest, expecting: Set<Int>) async throws(Diagnostic) -> InvocationAnswer {
        let answer = try await order(request)
        guard !expecting.contains(answer.status) else { return answer }
        throw Self.refusal(answer, request, site.framework)
    }

    static func refusal(_ answer: InvocationAnswer, _ request: DoorRequest, _ framework: String) -> Diagnostic {
        let told = JSONValue.parse(answer.body)?["error"]?.string ?? answer.text
        let words = told.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" }.prefix(500)
        let text = String(String.UnicodeScalarView(words))
        return Diagnostic(
            code: (400..<500).contains(answer.status) ? "function.refused" : "function.framework-failed",
            "\(framework) answered \(request.method.rawValue) \(request.path.prefix { $0 != "?" }) with \(answer.status)",
            detail: text.isEmpty ? nil : text,
            hint: answer.status >= 500 ? "`martlet framework status \(framework)` tells how it is" : nil)
    }
}
