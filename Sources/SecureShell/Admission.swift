import Synchronization

/// Bounds the connections to one endpoint that are not authenticated yet: an sshd with the default MaxStartups starts
/// to drop them at ten.
///
/// There is no bound over all endpoints.
final class Admission: Sendable {
    static let shared = Admission()

    /// Unauthenticated connections to one address and port.
    static let limit = 8

    private struct Endpoint {
        var active = 0
        var queue: [UnsafeContinuation<Void, Never>] = []
    }

    private let endpoints = Mutex<[String: Endpoint]>([:])

    /// Waits for a place; every `enter` needs its `leave`.
    func enter(_ endpoint: String) async {
        let isIn = endpoints.withLock { endpoints in
            guard endpoints[endpoint, default: Endpoint()].active < Self.limit else { return false }
            endpoints[endpoint, default: Endpoint()].active += 1
            return true
        }
        guard !isIn else { return }
        await withUnsafeContinuation { continuation in
            let isIn = endpoints.withLock { endpoints in
                // A place may have become free meanwhile.
                guard endpoints[endpoint, default: Endpoint()].active >= Self.limit else {
                    endpoints[endpoint, default: Endpoint()].active += 1
                    return true
                }
                endpoints[endpoint, default: Endpoint()].queue.append(continuation)
                return false
            }
            if isIn { continuation.resume() }
        }
    }

    func leave(_ endpoint: String) {
        let next = endpoints.withLock { endpoints -> UnsafeContinuation<Void, Never>? in
            guard var state = endpoints[endpoint] else { return nil }
            defer { endpoints[endpoint] = state.active == 0 ? nil : state }
            if state.queue.isEmpty {
                state.active -= 1
                return nil
            }
            // The place goes to the next in line.
            return state.queue.removeFirst()
        }
        next?.resume()
    }
}
