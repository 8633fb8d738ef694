internal import Diagnostics
internal import Synchronization
internal import WebClient

/// Calls one API server, with the credentials of one user.
///
/// Connections are kept and used again; each carries one call at a time.
package final class KubernetesClient: Sendable {
    /// What went over the wire so far, repetitions included.
    package struct Traffic: Sendable, Hashable {
        package var calls = 0
        /// Of answers' bodies.
        package var bytes = 0
    }

    package let access: KubernetesAccess
    package let timeouts: KubernetesTimeouts
    let credentials: CredentialSource
    private let maximumConnections: Int
    private let counter = Mutex(Traffic())
    private let connections: Mutex<Connections>

    /// Clients of libcurl for one client certificate.
    private struct Connections {
        var grant: Int
        var calls: WebClient
        /// Watches and followed logs last for minutes and must not take the places of calls.
        var streams: WebClient
    }

    package init(
        _ access: KubernetesAccess, timeouts: KubernetesTimeouts = KubernetesTimeouts(), maximumConnections: Int = 8
    ) {
        self.access = access
        self.timeouts = timeouts
        self.maximumConnections = maximumConnections
        credentials = CredentialSource(access)
        connections = Mutex(Self.connections(access, identity: nil, grant: 0, maximumConnections))
    }

    package var traffic: Traffic { counter.withLock { $0 } }

    func count(_ bytes: Int) {
        counter.withLock { traffic in
            traffic.calls += 1
            traffic.bytes += bytes
        }
    }

    /// A piece of an answer whose end, and so the call, is counted later.
    func count(streamed bytes: Int) { counter.withLock { $0.bytes += bytes } }

    // MARK: connections

    private static let mostStreams = 64

    private static func connections(
        _ access: KubernetesAccess, identity: WebSettings.Identity?, grant: Int, _ maximum: Int
    ) -> Connections {
        Connections(
            grant: grant, calls: WebClient(access.settings(identity: identity, maximumTransfers: maximum)),
            streams: WebClient(access.settings(identity: identity, maximumTransfers: mostStreams)))
    }

    /// The connections that go with a grant; a plug-in's new certificate needs new ones.
    func web(_ grant: CredentialSource.Grant, isStream: Bool) -> WebClient {
        let current = connections.withLock { connections in
            if let identity = grant.identity, connections.grant < grant.number {
                connections = Self.connections(access, identity: identity, grant: grant.number, maximumConnections)
            }
            return connections
        }
        return isStream ? current.streams : current.calls
    }

    // MARK: calls

    /// Sends a call until it succeeds, fails for good or the time is up.
    func send(_ call: APICall) async throws(KubernetesError) -> WebResponse {
        let clock = ContinuousClock()
        let deadline = clock.now + timeouts.total
        let policy = RetryPolicy(timeouts: timeouts)
        var attempt = 1
        var staleGrant: Int?
        var mayHaveBeenDone = false
        while true {
            let grant = try await credentials.grant(replacing: staleGrant)
            let failure: KubernetesError
            let decision: RetryPolicy.Decision
            do throws(WebError) {
                let response = try await perform(call, grant, limit: clock.now.duration(to: deadline))
                if response.isSuccess { return response }
                if call.method == .delete, response.status == 404, mayHaveBeenDone { return response }
                failure = StatusObject.error(of: response, path: call.path)
                if response.status == 401, staleGrant == nil, grant.isRenewable {
                    // The server may have stopped believing a token before its time.
                    staleGrant = grant.number
                    continue
                }
                decision = policy.decide(response, call, attempt: attempt)
            } catch {
                if case .tooLarge(_, let limit) = error { throw .tooLarge(path: call.path, limit: limit) }
                failure = .unreachable(error)
                decision = policy.decide(error, call, attempt: attempt)
                if case .interrupted = error { mayHaveBeenDone = true }
            }
            let pause: Duration
            switch decision {
            case .giveUp: throw failure
            case .throttled(let duration): pause = duration
            case .again(let duration):
                pause = duration
                attempt += 1
            }
            // Waiting beyond the deadline only to fail then helps nobody.
            guard clock.now + pause < deadline else { throw failure }
            do { try await clock.sleep(for: pause) } catch { throw .unreachable(.cancelled) }
        }
    }

    private func perform(
        _ call: APICall, _ grant: CredentialSource.Grant, limit: Duration
    ) async throws(WebError) -> WebResponse {
        let request = request(
            call, grant,
            timeouts: WebRequest.Timeouts(
                connect: min(timeouts.connect, limit), stall: timeouts.silence, total: max(limit, .milliseconds(1))))
        let web = web(grant, isStream: false)
        guard let sink = call.sink else {
            let response = try await web.send(request)
            count(response.body.count)
            return response
        }
        let response = try await web.stream(request) { [self] bytes in
            count(streamed: bytes.count)
            return sink(bytes)
        }
        count(response.body.count)
        return response
    }

    func request(
        _ call: APICall, _ grant: CredentialSource.Grant, timeouts: WebRequest.Timeouts
    ) -> WebRequest {
        var headers: [(name: String, value: String)] = [("Accept", call.accept)]
        if call.body != nil { headers.append(("Content-Type", call.contentType)) }
        // Redirects are refused: an API server has none, and credentials must not follow one.
        return WebRequest(
            call.method, call.url(access.server), headers: headers, body: call.body, bearerToken: grant.token,
            redirects: .refuse, timeouts: timeouts, maximumBody: call.limit)
    }
}
