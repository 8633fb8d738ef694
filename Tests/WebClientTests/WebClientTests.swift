import Diagnostics
import Foundation
import Testing
import WebClient

@Suite("Requests") struct WebRequestTests {
    let server: LoopbackServer
    let client = WebClient(WebSettings(proxy: .none))

    init() throws { server = try LoopbackServer() }

    struct Echo: Decodable {
        var method: String
        var path: String
        var body: String
        var headers: [String: String]
    }

    func echo(_ request: WebRequest) async throws -> Echo {
        let response = try await client.send(request)
        #expect(response.status == 200)
        return try JSONDecoder().decode(Echo.self, from: Data(response.body))
    }

    @Test(arguments: [
        ("libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13", true), ("libcurl/7.84.0", true), ("libcurl/7.83.9 x/9.9", false),
        ("libcurl/8.0.1-DEV", true), ("libcurl/6.99", false), ("", false),
    ]) func socketProxiesCameWithAVersion(_ version: String, _ takes: Bool) {
        #expect(WebClient.takesSocketProxies(version) == takes)
    }

    @Test(arguments: [WebRequest.Method.get, .post, .put, .patch, .delete])
    func methodsAndBodies(method: WebRequest.Method) async throws {
        let body = Array("{\"a\": 1}".utf8)
        let echo = try await echo(
            WebRequest(
                method, server.base + "/echo?x=1", headers: [("Content-Type", "application/json"), ("X-Empty", "")],
                body: method == .get ? nil : body))
        #expect(echo.method == method.rawValue)
        #expect(echo.path == "/echo?x=1")
        #expect(echo.body == (method == .get ? "" : "{\"a\": 1}"))
        #expect(echo.headers["content-type"] == "application/json")
        #expect(echo.headers["x-empty"] == "")
        #expect(echo.headers["user-agent"] == "martlet")
        #expect(echo.headers["expect"] == nil)
    }

    @Test func postWithoutBodyAndHead() async throws {
        let echo = try await echo(WebRequest(.post, server.base + "/echo"))
        #expect(echo.headers["content-length"] == "0")
        #expect(echo.headers["content-type"] == nil)
        let head = try await client.send(WebRequest(.head, server.base + "/data/1000"))
        #expect(head.status == 200 && head.body.isEmpty && head["Content-Length"] == "1000")
    }

    @Test func answersHaveHeadersWhateverTheirStatus() async throws {
        let response = try await client.send(WebRequest(.get, server.base + "/echo"))
        #expect(response["x-answer"] == "yes" && response.protocolVersion == "1.1")
        let missing = try await client.send(WebRequest(.get, server.base + "/status/404"))
        #expect(missing.status == 404 && !missing.isSuccess && missing.text.hasPrefix("no such thing"))
    }

    @Test func connectionsAreUsedAgain() async throws {
        let first = try await client.send(WebRequest(.get, server.base + "/echo"))
        let second = try await client.send(WebRequest(.get, server.base + "/echo"))
        #expect(first.isNewConnection && !second.isNewConnection)
    }

    @Test func settingsOfOneRequestDoNotLeakIntoTheNext() async throws {
        let token = Secret("t0ken")
        let first = try await echo(
            WebRequest(.post, server.base + "/echo", headers: [("X-One", "1")], body: [65], bearerToken: token))
        #expect(first.headers["authorization"] == "Bearer t0ken")
        let second = try await echo(WebRequest(.get, server.base + "/echo"))
        #expect(second.method == "GET" && second.body.isEmpty)
        #expect(second.headers["authorization"] == nil && second.headers["x-one"] == nil)
    }

    @Test func tokensAreNotPrinted() {
        let request = WebRequest(.get, "http://127.0.0.1/", bearerToken: Secret("t0ken"))
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!"\(request)".contains("t0ken") && !dumped.contains("t0ken"))
    }

    @Test func redirectsAreFollowedAndCounted() async throws {
        let followed = try await client.send(WebRequest(.get, server.base + "/redirect/3"))
        #expect(followed.status == 200 && followed.url == server.base + "/echo")
        let refused = try await client.send(WebRequest(.get, server.base + "/redirect/3", redirects: .refuse))
        #expect(refused.status == 302)
        let error = await #expect(throws: WebError.self) {
            try await client.send(WebRequest(.get, server.base + "/redirect/5", redirects: .follow(2)))
        }
        #expect(error?.diagnostic.code == "web.redirect")
        let post = try await client.send(WebRequest(.post, server.base + "/redirect/1"))
        #expect(post.status == 302)
    }

    @Test func redirectsStayWithHTTPAndTokensWithTheirHost() async throws {
        let other = try LoopbackServer()
        let response = try await client.send(
            WebRequest(.get, "\(server.base)/to/\(other.base)/echo", bearerToken: Secret("t0ken")))
        let echo = try JSONDecoder().decode(Echo.self, from: Data(response.body))
        #expect(echo.headers["authorization"] == nil)
        let error = await #expect(throws: WebError.self) {
            try await client.send(WebRequest(.get, server.base + "/to/file:///etc/hostname"))
        }
        #expect(error?.diagnostic.code == "web.redirect")
    }

    @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/hostname", "nonsense with spaces", "http://", ""])
    func otherAddressesAreRefused(url: String) async throws {
        let error = await #expect(throws: WebError.self) { try await client.send(WebRequest(.get, url)) }
        #expect(error?.diagnostic.code == "web.invalid-request")
        #expect(error?.diagnostic.exitCode == .invalid)
    }

    @Test(arguments: [("X", "a\r\nY: b"), ("X\n", "a"), ("", "a"), ("X:", "a")])
    func headersCannotSmuggle(header: (String, String)) async throws {
        let error = await #expect(throws: WebError.self) {
            try await client.send(WebRequest(.get, server.base + "/echo", headers: [header]))
        }
        #expect(error?.diagnostic.code == "web.invalid-request")
    }

    @Test func largeAnswersAreRefused() async throws {
        let error = await #expect(throws: WebError.self) {
            try await client.send(WebRequest(.get, server.base + "/data/5000", maximumBody: 4999))
        }
        #expect(error == .tooLarge(url: server.base + "/data/5000", limit: 4999))
        let response = try await client.send(WebRequest(.get, server.base + "/data/5000", maximumBody: 5000))
        #expect(response.body == LoopbackServer.data(5000))
    }

    @Test func nobodyListening() async throws {
        let error = await #expect(throws: WebError.self) {
            try await client.send(WebRequest(.get, "http://127.0.0.1:1/"))
        }
        #expect(error?.diagnostic.code == "web.unreachable" && error?.isTransient == true)
    }

    @Test func brokenOff() async throws {
        for path in ["/hangup", "/always-drop/1000/10"] {
            let error = await #expect(throws: WebError.self) {
                try await client.send(WebRequest(.get, server.base + path))
            }
            #expect(error?.diagnostic.code == "web.interrupted" && error?.isTransient == true)
        }
    }

    @Test func timeouts() async throws {
        let total = await #expect(throws: WebError.self) {
            try await client.send(
                WebRequest(.get, server.base + "/slow/20", timeouts: .init(total: .milliseconds(200))))
        }
        #expect(total?.diagnostic.code == "web.timeout")
        let stalled = await #expect(throws: WebError.self) {
            try await client.send(WebRequest(.get, server.base + "/stall", timeouts: .init(stall: .seconds(1))))
        }
        #expect(stalled?.diagnostic.code == "web.timeout")
    }

    @Test func cancellation() async throws {
        let task = Task { try await client.send(WebRequest(.get, server.base + "/slow/25")) }
        try await Task.sleep(for: .milliseconds(200))
        let started = ContinuousClock.now
        task.cancel()
        let result = await task.result
        #expect(throws: WebError.cancelled) { try result.get() }
        // libcurl looks once in a second; the rest is room for a busy machine.
        #expect(ContinuousClock.now - started < .seconds(20))
    }

    @Test func waitingRequestsAreCancelledAtOnceAndTheLineGoesOn() async throws {
        let narrow = WebClient(WebSettings(proxy: .none, maximumTransfers: 1))
        // Long enough for a busy machine to put the others in line.
        let slow = Task { try await narrow.send(WebRequest(.get, server.base + "/slow/10")).text }
        try await Task.sleep(for: .milliseconds(200))
        let waiting = Task { try await narrow.send(WebRequest(.get, server.base + "/echo")) }
        let last = Task { try await narrow.send(WebRequest(.get, server.base + "/echo")).status }
        try await Task.sleep(for: .milliseconds(100))
        let started = ContinuousClock.now
        waiting.cancel()
        let result = await waiting.result
        #expect(throws: WebError.cancelled) { try result.get() }
        #expect(ContinuousClock.now - started < .seconds(20))
        #expect(try await slow.value == "slow")
        #expect(try await last.value == 200)
    }

    @Test func manyAtATime() async throws {
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                group.addTask { try await client.send(WebRequest(.get, "\(server.base)/data/\(number)")).body.count }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == Array(0..<100))
    }

    @Test func proxyIsUsedIfNamed() async throws {
        let proxied = WebClient(WebSettings(proxy: .url(server.base)))
        let response = try await proxied.send(WebRequest(.get, "http://nowhere.invalid/echo"))
        let echo = try JSONDecoder().decode(Echo.self, from: Data(response.body))
        #expect(echo.path == "http://nowhere.invalid/echo" && echo.headers["host"] == "nowhere.invalid")
    }

    @Test func libraryVersion() { #expect(WebClient.libraryVersion?.hasPrefix("libcurl/") == true) }

    @Test func diagnosticsQuoteWithoutControlCharacters() {
        let diagnostic = WebError.status(404, url: "http://a/", answer: "no\n\u{1b}[31mred\n\n").diagnostic
        #expect(diagnostic.evidence == ["no", "[31mred"])
    }
}
