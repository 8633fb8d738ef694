internal import Functions
internal import Synchronization
internal import WebClient

/// Knows whether requests reached anybody: one that did not may be sent again, by another way.
final class ConnectionWatch: Sendable {
    private enum State {
        case nothing
        case unsent
        /// Maybe: who was reached may have carried it out.
        case sent
    }

    private let state = Mutex(State.nothing)

    /// There were requests since the last `reset`, and for none of them there was a connection.
    var hasReachedNobody: Bool { state.withLock { $0 == .unsent } }

    /// At least one of them may have been read by somebody.
    var mayHaveSent: Bool { state.withLock { $0 == .sent } }

    func reset() { state.withLock { $0 = .nothing } }

    private func note(isUnsent: Bool) {
        state.withLock { state in
            if state != .sent { state = isUnsent ? .unsent : .sent }
        }
    }

    /// The same client, watched.
    func watching(_ web: any WebCalls) -> any WebCalls { Watched(web: web, watch: self) }

    private struct Watched: WebCalls {
        let web: any WebCalls
        let watch: ConnectionWatch

        func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
            let clock = ContinuousClock()
            let start = clock.now
            do throws(WebError) {
                let response = try await web.send(request)
                watch.note(isUnsent: false)
                return response
            } catch {
                watch.note(isUnsent: ConnectionWatch.isUnsent(error, request.timeouts, after: clock.now - start))
                throw error
            }
        }
    }

    /// Whether there was no connection.
    static func isUnsent(_ error: WebError, _ timeouts: WebRequest.Timeouts, after elapsed: Duration) -> Bool {
        switch error {
        case .unreachable, .unresolved, .untrusted, .insecure: return true
        case .timedOut:
            // The time for connecting is over first, and nothing else is over so early.
            let latest = timeouts.connect + .seconds(1)
            return elapsed < latest && latest < min(timeouts.stall, timeouts.total ?? timeouts.stall)
        default: return false
        }
    }
}
