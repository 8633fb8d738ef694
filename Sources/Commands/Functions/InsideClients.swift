internal import Functions
internal import WebClient

/// Clients whose requests begin at a control plane: made when one is first needed, and kept.
actor InsideClients {
    private let proxy: @Sendable () async -> String?
    private var knownProxy: String??
    private var clients: [Bool: WebClient] = [:]

    /// - Parameter proxy: asked once; nil if there is no such way.
    init(_ proxy: @escaping @Sendable () async -> String?) { self.proxy = proxy }

    func client(isInsecure: Bool) async -> (any WebCalls)? {
        if let known = clients[isInsecure] { return known }
        if knownProxy == nil { knownProxy = .some(WebClient.takesSocketProxies ? await proxy() : nil) }
        guard let url = knownProxy ?? nil else { return nil }
        let made = WebClient(
            WebSettings(proxy: .url(url), maximumTransfers: FunctionSession.mostRequests, isInsecure: isInsecure))
        clients[isInsecure] = made
        return made
    }
}
