internal import Synchronization
internal import WebClient

extension KubernetesClient {
    /// Follows what happens to the objects of a collection until the task that reads is cancelled.
    ///
    /// Goes on from the last version when the server ends the answer, as it does every few minutes, or the connection
    /// breaks; calls that fail for good (no rights, no such path) end the stream with a `KubernetesError`. A server that
    /// cannot be reached for longer than `timeouts.total` ends it too.
    /// - Parameter resourceVersion: That of a list, to hear everything since; nil begins with all objects as added.
    package func watch(
        _ path: String, resourceVersion: String? = nil, labels: String? = nil, fields: String? = nil
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        var query = [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", "\(WatchRun.seconds)")]
        if let labels { query.append(("labelSelector", labels)) }
        if let fields { query.append(("fieldSelector", fields)) }
        let run = WatchRun(client: self, path: path, query: query, version: resourceVersion)
        return AsyncThrowingStream { continuation in
            let task = Task {
                do throws(KubernetesError) {
                    try await run.follow(continuation)
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// One watch, through as many answers as it takes.
private final class WatchRun: Sendable {
    /// After which the server ends an answer.
    static let seconds = 240

    private struct State {
        var version: String?
        var lines = WatchLines()
        var failure: KubernetesError?
        var isGone = false
        var hasHeard = false
    }

    private let client: KubernetesClient
    private let path: String
    private let query: [(String, String)]
    private let state: Mutex<State>

    typealias Output = AsyncThrowingStream<WatchEvent, any Error>.Continuation

    init(client: KubernetesClient, path: String, query: [(String, String)], version: String?) {
        self.client = client
        self.path = path
        self.query = query
        state = Mutex(State(version: version))
    }

    /// Ends without an error when the task is cancelled.
    func follow(_ output: Output) async throws(KubernetesError) {
        let clock = ContinuousClock()
        var lastGood = clock.now
        var failures = 0
        var staleGrant: Int?
        while !Task.isCancelled {
            let grant = try await client.credentials.grant(replacing: staleGrant)
            staleGrant = nil
            state.withLock { state in
                state.lines = WatchLines()
                state.hasHeard = false
                state.isGone = false
            }
            let problem = await once(grant, output)
            if Task.isCancelled { return }
            let (hasHeard, isGone) = state.withLock { ($0.hasHeard, $0.isGone) }
            if hasHeard || problem == nil {
                lastGood = clock.now
                failures = 0
            }
            if isGone {
                state.withLock { $0.version = nil }
                output.yield(.restarted)
                continue
            }
            if problem?.code == 401, grant.isRenewable, failures == 0 { staleGrant = grant.number }
            if let problem {
                guard Self.isPassing(problem) || staleGrant != nil, clock.now - lastGood < client.timeouts.total else {
                    throw problem
                }
            }
            // Also after an answer that ended well, so that a server that ends each at once is not called in a frenzy.
            failures += 1
            let pause = problem == nil && hasHeard ? 50 : min(200 << min(failures, 6), 10_000)
            do { try await clock.sleep(for: .milliseconds(pause)) } catch { return }
        }
    }

    private static func isPassing(_ error: KubernetesError) -> Bool {
        switch error {
        case .unreachable(.unreachable), .unreachable(.interrupted), .unreachable(.timedOut): true
        case .status(let code, _, _, _): code == 429 || code >= 500
        default: false
        }
    }

    /// One answer to its end; nil if it ended as it should.
    private func once(_ grant: CredentialSource.Grant, _ output: Output) async -> KubernetesError? {
        let version = state.withLock { $0.version }
        let call = APICall(
            method: .get, path: path, query: query + (version.map { [("resourceVersion", $0)] } ?? []),
            isRepeatable: true)
        // Bookmarks come each minute or so, but none is promised: silence is bounded by the end that was asked for.
        let request = client.request(
            call, grant,
            timeouts: WebRequest.Timeouts(
                connect: client.timeouts.connect, stall: .seconds(Self.seconds + 20), total: .seconds(Self.seconds + 60)
            ))
        do throws(WebError) {
            let response = try await client.web(grant, isStream: true).stream(request) { [self] bytes in
                client.count(streamed: bytes.count)
                return take(bytes, output)
            }
            client.count(response.body.count)
            if let failure = state.withLock({ $0.failure }) { return failure }
            if response.status == 410 { state.withLock { $0.isGone = true } }
            return response.isSuccess || response.status == 410 ? nil : StatusObject.error(of: response, path: path)
        } catch {
            return .unreachable(error)
        }
    }

    /// Called on the transfer's thread with each piece of the answer.
    private func take(_ bytes: UnsafeRawBufferPointer, _ output: Output) -> Bool {
        state.withLock { state in
            guard let lines = state.lines.take(bytes) else {
                state.failure = .tooLarge(path: path, limit: WatchLines.longestLine)
                return false
            }
            for line in lines {
                do throws(KubernetesError) {
                    guard let event = try event(line, &state) else { return false }
                    state.hasHeard = true
                    output.yield(event)
                } catch {
                    state.failure = error
                    return false
                }
            }
            return true
        }
    }

    /// Nil when the server has forgotten the version that was asked for.
    private func event(_ line: [UInt8], _ state: inout State) throws(KubernetesError) -> WatchEvent? {
        struct Line: Decodable {
            var type: String
            var object: JSONValue
        }
        let line = try JSONCoding.decode(Line.self, line, path: path)
        if line.type == "ERROR" {
            let code = line.object["code"]?.int ?? 500
            guard code != 410 else {
                state.isGone = true
                return nil
            }
            throw .status(
                code: code, reason: line.object["reason"]?.string ?? "", message: line.object["message"]?.string ?? "",
                path: path)
        }
        let version = line.object["metadata"]?["resourceVersion"]?.string
        if let version { state.version = version }
        switch line.type {
        case "ADDED": return .added(line.object)
        case "MODIFIED": return .modified(line.object)
        case "DELETED": return .deleted(line.object)
        case "BOOKMARK": return .bookmark(version ?? "")
        default: throw .notUnderstood(path: path, reason: "a watch has no events of the type `\(line.type)`")
        }
    }
}
