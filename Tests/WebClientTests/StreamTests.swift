import Diagnostics
import Synchronization
import Testing
import WebClient

@Suite("Streams and upgrades") struct StreamTests {
    @Test func piecesAreTheWhole() async throws {
        let server = try LoopbackServer()
        let taken = Mutex<[UInt8]>([])
        let response = try await WebClient(WebSettings(proxy: .none)).stream(
            WebRequest(.get, server.base + "/data/500000", maximumBody: 10)
        ) { bytes in
            taken.withLock { $0 += bytes }
            return true
        }
        #expect(response.status == 200 && response.body.isEmpty)
        #expect(taken.withLock { $0 } == LoopbackServer.data(500_000))
    }

    @Test func aSinkEndsTheTransfer() async throws {
        let server = try LoopbackServer()
        let calls = Mutex(0)
        let client = WebClient(WebSettings(proxy: .none))
        let response = try await client.stream(WebRequest(.get, server.base + "/data/5000000")) { _ in
            calls.withLock { $0 += 1 }
            return false
        }
        #expect(response.status == 200 && calls.withLock { $0 } == 1)
        #expect(try await client.send(WebRequest(.get, server.base + "/echo")).status == 200)
    }

    @Test func failuresDoNotReachTheSink() async throws {
        let server = try LoopbackServer()
        let response = try await WebClient(WebSettings(proxy: .none)).stream(
            WebRequest(.get, server.base + "/status/503")
        ) { _ in
            Issue.record("the body of an error went to the sink")
            return true
        }
        #expect(response.status == 503 && response.text.hasPrefix("no such thing"))
    }

    @Test func aConnectionByHand() async throws {
        let server = try LoopbackServer()
        let client = WebClient(WebSettings(proxy: .none))
        let request = WebRequest(
            .get, server.base + "/echo?a=b", headers: [("X-Mine", "yes")], bearerToken: Secret("token"))
        let (status, kind, body) = try await client.upgrade(request) { connection throws(WebError) in
            (connection.status, connection.header("content-type"), try connection.body(limit: 4096))
        }
        let text = String(decoding: body, as: UTF8.self)
        #expect(status == 200 && kind == "application/json")
        #expect(text.contains(#""x-mine": "yes""#) && text.contains(#""path": "/echo?a=b""#))
        #expect(text.contains(#""authorization": "Bearer token""#) && text.contains("127.0.0.1:\(server.port)"))
    }

    @Test(arguments: [("/hangup", "web.interrupted"), ("/slow/20", "web.timeout")]) func connectionsByHandThatFail(
        path: String, code: String
    ) async throws {
        let server = try LoopbackServer()
        let request = WebRequest(
            .get, server.base + path, timeouts: WebRequest.Timeouts(stall: .seconds(1), total: .seconds(10)))
        let error = await #expect(throws: WebError.self) {
            try await WebClient(WebSettings(proxy: .none)).upgrade(request) { connection throws(WebError) in
                connection.status
            }
        }
        #expect(error?.diagnostic.code == code)
    }

    /// Only where somebody said so: the same server is refused without it.
    @Test(.enabled(if: Certificates.areAvailable)) func insecure() async throws {
        let certificates = try Certificates()
        let server = try LoopbackServer(
            certificate: [certificates.certificate("named"), certificates.key("named")])
        let request = WebRequest(.get, server.base + "/echo")
        let error = await #expect(throws: WebError.self) {
            try await WebClient(WebSettings(proxy: .none)).send(request)
        }
        #expect(error?.diagnostic.code == "web.untrusted")
        let settings = WebSettings(proxy: .none, isInsecure: true)
        #expect(try await WebClient(settings).send(request).status == 200)
        let byHand = try await WebClient(settings).upgrade(request) { connection throws(WebError) in connection.status }
        #expect(byHand == 200)
    }
}
