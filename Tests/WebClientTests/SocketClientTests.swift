import Diagnostics
import Foundation
import Testing

@testable import WebClient

/// One request without libcurl, against a real server.
@Suite("Plain HTTP over a socket") struct SocketClientTests {
    let server: LoopbackServer
    let client = SocketClient()

    init() throws { server = try LoopbackServer() }

    func request(
        _ path: String, _ method: WebRequest.Method = .get, body: [UInt8]? = nil, seconds: Double = 10,
        limit: Int = 8 << 20
    ) -> WebRequest {
        WebRequest(
            method, server.base + path, headers: [("X-Word", "a b"), ("Content-Type", "text/plain")], body: body,
            redirects: .refuse,
            timeouts: .init(connect: .seconds(2), stall: .seconds(seconds), total: .seconds(seconds)),
            maximumBody: limit)
    }

    struct Echo: Decodable, Equatable {
        var method: String
        var path: String
        var body: String
        var headers: [String: String]
    }

    /// The server sees what libcurl would have sent, but for the connection's end.
    @Test(arguments: [WebRequest.Method.get, .post, .put, .delete]) func isWhatLibcurlSends(_ method: WebRequest.Method)
        async throws
    {
        let asked = request("/echo?a=b%20c", method, body: method == .get ? nil : Array("h\u{e4}llo".utf8))
        let answer = try await client.send(asked)
        let other = try await WebClient(WebSettings(proxy: .none)).send(asked)
        #expect(answer.status == 200 && answer["x-answer"] == other["x-answer"])
        var mine = try JSONDecoder().decode(Echo.self, from: Data(answer.body))
        let theirs = try JSONDecoder().decode(Echo.self, from: Data(other.body))
        #expect(mine.headers.removeValue(forKey: "connection") == "close")
        #expect(mine == theirs)
    }

    @Test func largeBodies() async throws {
        let size = 5_000_000
        #expect(try await client.send(request("/data/\(size)")).body == LoopbackServer.data(size))
        let sent = [UInt8](repeating: 0x61, count: size)
        let answer = try await client.send(request("/echo", .post, body: sent))
        #expect(answer.body.count > size)
    }

    @Test func statusesAreAnswers() async throws {
        #expect(try await client.send(request("/status/503")).status == 503)
        #expect(try await client.send(request("/redirect/1")).status == 302)
        let head = try await client.send(request("/data/100", .head))
        #expect(head.status == 200 && head.body.isEmpty && head["content-length"] == "100")
    }

    @Test func whatGoesWrong() async throws {
        await #expect(throws: WebError.tooLarge(url: server.base + "/data/2000", limit: 1000)) {
            try await client.send(request("/data/2000", limit: 1000))
        }
        for path in ["/hangup", "/always-drop/1000/10"] {
            let error = await #expect(throws: WebError.self) { try await client.send(request(path)) }
            guard case .interrupted = error else { throw Unexpected(error: error) }
        }
        for path in ["/stall", "/slow/20"] {
            let start = ContinuousClock.now
            let error = await #expect(throws: WebError.self) { try await client.send(request(path, seconds: 0.5)) }
            guard case .timedOut = error else { throw Unexpected(error: error) }
            #expect(ContinuousClock.now - start < .seconds(15))
        }
        let nobody = WebRequest(.get, "http://127.0.0.1:1/", redirects: .refuse)
        let refused = await #expect(throws: WebError.self) { try await client.send(nobody) }
        guard case .unreachable(_, let reason) = refused else { throw Unexpected(error: refused) }
        #expect(reason.contains("refused"))
        let nowhere = WebRequest(.get, "http://nowhere.invalid/", redirects: .refuse)
        let unknown = await #expect(throws: WebError.self) { try await client.send(nowhere) }
        guard case .unresolved = unknown else { throw Unexpected(error: unknown) }
        var injected = request("/echo")
        injected.headers = [("X", "a\r\nY: b")]
        let bad = await #expect(throws: WebError.self) { try await client.send(injected) }
        guard case .invalidRequest = bad else { throw Unexpected(error: bad) }
    }

    @Test func aCancellationEndsIt() async throws {
        let task = Task { try await client.send(request("/slow/20", seconds: 60)) }
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: WebError.cancelled) { try await task.value }
        // The answer would take twenty.
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    struct Unexpected: Error { var error: WebError? }

    @Test(arguments: [
        ("http://127.0.0.1:8080/a?b=c", "127.0.0.1", "8080", "/a?b=c"),
        ("http://gateway.local", "gateway.local", "80", "/"),
        ("http://[fd00::1]:31112/x", "fd00::1", "31112", "/x"),
    ]) func places(_ url: String, _ host: String, _ port: String, _ target: String) throws {
        let place = try #require(SocketClient.Place(url))
        #expect(place.host == host && place.port == port && place.target == target)
    }

    @Test(arguments: [
        "https://a/", "http:///a", "http://user@a/", "http://a:0/", "http://a:99999/", "http://a b/", "http://a/b c",
        "http://a/#b", "http://a?b", "ftp://a/", "http://\u{e4}/", "http://[::1", "http://a:b/",
    ]) func isLeftToLibcurl(_ url: String) {
        #expect(!SocketClient.takes(WebRequest(.get, url, redirects: .refuse), environment: [:]))
    }

    @Test func proxiesAndRedirectsAreLeftToLibcurl() {
        let plain = WebRequest(.post, "http://a/")
        #expect(SocketClient.takes(plain, environment: ["https_proxy": "x", "http_proxy": ""]))
        for name in ["http_proxy", "all_proxy", "ALL_PROXY"] {
            #expect(!SocketClient.takes(plain, environment: [name: "http://proxy:3128"]))
        }
        #expect(!SocketClient.takes(WebRequest(.get, "http://a/"), environment: [:]))
        #expect(!SocketClient.takes(WebRequest(.post, "http://a/", bearerToken: Secret("secret")), environment: [:]))
    }
}
