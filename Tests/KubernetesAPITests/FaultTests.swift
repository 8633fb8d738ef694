import APIServerRig
import Diagnostics
import Foundation
import Testing
import WebClient

@testable import KubernetesAPI

/// Servers that refuse, fail, vanish, keep silent or talk nonsense.
@Suite("API faults", .timeLimit(.minutes(2))) struct FaultTests {
    struct Answer: Decodable, Sendable { var n: Int }

    let server: FaultServer

    init() async throws { server = try await FaultServer.shared() }

    func failure(
        _ path: String, timeouts: KubernetesTimeouts = KubernetesTimeouts(), _ method: WebRequest.Method = .get
    ) async throws -> KubernetesError {
        let client = server.client(timeouts: timeouts)
        return try #require(
            await #expect(throws: KubernetesError.self) {
                switch method {
                case .post: _ = try await client.create(path, [:])
                case .delete: try await client.delete(path)
                case .patch: _ = try await client.patch(path, [], type: .operations)
                default: _ = try await client.get(path, as: Answer.self)
                }
            })
    }

    // MARK: repetition

    @Test(arguments: [500, 502, 503, 504]) func failuresOfTheServerPass(code: Int) async throws {
        #expect(try await server.client().get("/status/\(code)/2", as: Answer.self).n == 3)
    }

    @Test(arguments: [400, 401, 403, 404, 409, 501]) func othersAreFinal(code: Int) async throws {
        let path = "/status/\(code)/1"
        #expect(
            try await failure(path) == .status(code: code, reason: "Because", message: "told so", path: path))
        #expect(try await server.hits()["GET \(path)"] == 1)
    }

    @Test func attemptsEnd() async throws {
        let error = try await failure("/status/503/99", timeouts: KubernetesTimeouts(attempts: 3))
        #expect(error.code == 503 && error.diagnostic.code == "kubernetes.server-error")
        #expect(try await server.hits()["GET /status/503/99"] == 3)
    }

    @Test func throttlingWaitsAsLongAsTheServerSays() async throws {
        let start = ContinuousClock.now
        #expect(try await server.client().get("/status/429/1/1", as: Answer.self).n == 2)
        let passed = ContinuousClock.now - start
        #expect(passed >= .seconds(1) && passed < .seconds(30))
        // Nothing was done, so even what may not be done twice comes again.
        #expect(try await server.client().create("/status/429/2/0", [:])["n"] == 3)
    }

    @Test func throttlingBeyondTheDeadlineIsAnErrorAtOnce() async throws {
        let start = ContinuousClock.now
        let error = try await failure("/status/429/9/300")
        // The deadline is after sixty.
        #expect(error.diagnostic.code == "kubernetes.throttled" && ContinuousClock.now - start < .seconds(30))
    }

    @Test func theDeadlineEndsThrottling() async throws {
        let error = try await failure("/status/429/999/0/a", timeouts: KubernetesTimeouts(total: .seconds(1)))
        #expect(error.code == 429 || error.diagnostic.code == "kubernetes.timeout")
    }

    @Test func brokenConnectionsAreTriedAgainWhereThatIsHarmless() async throws {
        #expect(try await server.client().get("/hangup/2/a", as: Answer.self).n == 3)
        #expect(try await failure("/hangup/1/b", .post).diagnostic.code == "kubernetes.unreachable")
        #expect(try await failure("/hangup/1/c", .patch).diagnostic.code == "kubernetes.unreachable")
        #expect(try await failure("/status/503/1/-/d", .post).code == 503)
        let hits = try await server.hits()
        #expect(hits["POST /hangup/1/b"] == 1 && hits["PATCH /hangup/1/c"] == 1 && hits["POST /status/503/1/-/d"] == 1)
    }

    /// The answer to the first attempt was lost, and by the second the object is gone: that is what was wanted.
    @Test func aLostDeletionIsDone() async throws { try await server.client().delete("/hangup/1/delete") }

    @Test func healthChecksThatFailAreAnswers() async throws {
        let error = try await failure("/plain/500")
        #expect(
            error
                == .status(
                    code: 500, reason: "", message: "[+]ping ok\n[-]etcd failed: reason withheld\n", path: "/plain/500")
        )
        #expect(try await server.hits()["GET /plain/500"] == 1)
    }

    @Test func nobodyListens() async throws {
        let closed = KubernetesClient(
            KubernetesAccess(server: "http://127.0.0.1:1", proxy: .none), timeouts: KubernetesTimeouts(attempts: 2))
        let error = await #expect(throws: KubernetesError.self) { try await closed.text("/livez") }
        #expect(error?.diagnostic.code == "kubernetes.unreachable" && error?.diagnostic.exitCode == .unreachable)
    }

    // MARK: silence

    /// libcurl looks at the last five seconds, so silence after bytes takes that much longer.
    @Test(arguments: ["/silent", "/half"]) func silenceEndsInTime(path: String) async throws {
        let start = ContinuousClock.now
        let error = try await failure(path, timeouts: KubernetesTimeouts(silence: .seconds(2)))
        let passed = ContinuousClock.now - start
        #expect(error.diagnostic.code == "kubernetes.timeout" && passed >= .seconds(1) && passed < .seconds(20))
    }

    /// Accepts connections and never says a word, not even in TLS.
    @Test(arguments: ["http", "https"]) func halfDead(scheme: String) async throws {
        let listener = try SilentListener()
        let client = KubernetesClient(
            KubernetesAccess(server: "\(scheme)://127.0.0.1:\(listener.port)", proxy: .none),
            timeouts: KubernetesTimeouts(connect: .seconds(2), silence: .seconds(2)))
        let start = ContinuousClock.now
        let error = await #expect(throws: KubernetesError.self) { try await client.text("/livez") }
        #expect(error?.diagnostic.code == "kubernetes.timeout" && ContinuousClock.now - start < .seconds(8))
        let exec = await #expect(throws: KubernetesError.self) {
            try await client.exec(namespace: "a", pod: "b", command: ["c"])
        }
        #expect(exec?.diagnostic.code == "kubernetes.timeout" && ContinuousClock.now - start < .seconds(16))
    }

    @Test func cancellation() async throws {
        let task = Task { try await server.client().text("/silent") }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        let error = await #expect(throws: KubernetesError.self) { try await task.value }
        // The server is silent for sixty.
        #expect(error == .unreachable(.cancelled) && ContinuousClock.now - start < .seconds(30))
    }

    // MARK: nonsense

    @Test func whatIsNotKubernetes() async throws {
        guard case .notUnderstood("/html", let html) = try await failure("/html") else { throw Unexpected() }
        #expect(html == "it is not JSON: <html><body>Sign in [31m</body></html>")
        guard case .notUnderstood(_, "it is empty") = try await failure("/empty") else { throw Unexpected() }
        guard case .notUnderstood(_, "it has no `n`") = try await failure("/list") else { throw Unexpected() }
        let list = await #expect(throws: KubernetesError.self) {
            try await server.client().list("/list", of: NamedObject.self)
        }
        #expect(
            list == .notUnderstood(path: "/list", reason: "`items[0].metadata.name` is of another kind than expected"))
        let loop = await #expect(throws: KubernetesError.self) {
            try await server.client().list("/loop", of: NamedObject.self)
        }
        #expect(loop == .notUnderstood(path: "/loop", reason: "the same page comes again and again"))
        #expect(try await server.client().list("/null", of: NamedObject.self).items.isEmpty)
    }

    @Test func endlessAnswersAreBounded() async throws {
        let error = await #expect(throws: KubernetesError.self) {
            try await server.client().text("/endless", limit: 1 << 20)
        }
        #expect(error == .tooLarge(path: "/endless", limit: 1 << 20))
        let metrics = await #expect(throws: KubernetesError.self) { try await server.client().metrics("/endless") }
        #expect(metrics?.diagnostic.code == "kubernetes.not-understood")
    }

    // MARK: watches

    func events(_ path: String, from version: String, count: Int) async throws -> [WatchEvent] {
        var events: [WatchEvent] = []
        for try await event in server.client().watch(path, resourceVersion: version) {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    @Test func watchesResumeWhereTheyBroke() async throws {
        let events = try await events("/watch/resume", from: "3", count: 3)
        guard case .added = events[0], case .modified(let changed) = events[1], case .deleted(let last) = events[2]
        else { throw Unexpected() }
        #expect(changed["metadata"]?["resourceVersion"] == "7")
        #expect(last["metadata"]?["name"]?.string?.contains("resourceVersion=7") == true)
    }

    @Test func watchesRestartWhereHistoryIsGone() async throws {
        let events = try await events("/watch/gone", from: "3", count: 2)
        guard events[0] == .restarted, case .added(let object) = events[1] else { throw Unexpected() }
        #expect(object["metadata"]?["name"] == "again")
    }

    @Test func watchesEndWithTheServersError() async throws {
        let garbage = await #expect(throws: KubernetesError.self) {
            try await events("/watch/garbage", from: "3", count: 1)
        }
        #expect(garbage?.diagnostic.code == "kubernetes.not-understood")
        let error = await #expect(throws: KubernetesError.self) {
            try await events("/watch/error", from: "3", count: 1)
        }
        #expect(error == .status(code: 403, reason: "Forbidden", message: "no more", path: "/watch/error"))
        let missing = await #expect(throws: KubernetesError.self) { try await events("/nothing", from: "3", count: 1) }
        #expect(missing?.isNotFound == true)
    }

    struct Unexpected: Error {}
}

/// Takes connections in its backlog and does nothing with them.
final class SilentListener: Sendable {
    struct NoSocket: Error {}

    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let own = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(own, pointer, length) == 0 && listen(own, 16) == 0 && getsockname(own, pointer, &length) == 0
            }
        }
        guard result else { throw NoSocket() }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
