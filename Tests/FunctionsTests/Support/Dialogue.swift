import Foundation
import KubernetesAPI
import Synchronization
import WebClient

@testable import Functions

/// The dialogue of a real gateway, from `Recorded/NAME.json`; its `about` says of which.
///
/// The double that CI uses: it answers what the real one answered to the same method, path, credentials and body. What was not
/// recorded is answered with 599 and fails the test that asks it.
final class Dialogue: WebCalls {
    struct Exchange: Decodable {
        struct Request: Decodable {
            var method: String
            var path: String
            var headers: [String: String]
            var credentials: String?
            var body: JSONValue?
        }

        struct Response: Decodable {
            var status: Int
            var headers: [String: String]
            var body: String?
            /// Of the API server.
            var json: JSONValue?
        }

        var name: String
        var request: Request
        /// Nil where the connection was closed without an answer.
        var response: Response?
    }

    private struct File: Decodable { var dialogue: [Exchange] }

    static let right = "admin:secret"

    let exchanges: [Exchange]
    private let asked = Mutex<[String]>([])
    /// Names of exchanges to use first, in order, whatever the body.
    private let script: Mutex<[String]>

    init(_ name: String, script: [String] = []) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Recorded/\(name).json")
        exchanges = try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).dialogue
        self.script = Mutex(script)
    }

    var requests: [String] { asked.withLock { $0 } }

    func exchange(_ name: String) -> Exchange? { exchanges.first { $0.name == name } }

    func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
        let parts = request.url.dropFirst("http://".count).split(separator: "/", maxSplits: 1)
        let path = "/" + (parts.count > 1 ? parts[1] : "")
        let authorization = request.headers.first { $0.name == "Authorization" }?.value
        let credentials: String
        switch authorization {
        case nil: credentials = "none"
        case "Basic " + Data(Self.right.utf8).base64EncodedString(): credentials = "right"
        default: credentials = "wrong"
        }
        asked.withLock { $0.append("\(request.method.rawValue) \(path)") }
        let planned = script.withLock { script -> Exchange? in
            guard let name = script.first, let exchange = self.exchange(name),
                exchange.request.method == request.method.rawValue,
                Self.plain(exchange.request.path) == Self.plain(path)
            else { return nil }
            script.removeFirst()
            return exchange
        }
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        let found =
            planned
            ?? exchanges.first { exchange in
                exchange.request.method == request.method.rawValue
                    && Self.plain(exchange.request.path) == Self.plain(path)
                    && exchange.request.credentials == credentials
                    && (exchange.request.body?.string ?? "") == body
            }
        guard let found else {
            return WebResponse(
                status: 599, headers: [], body: Array("not recorded: \(request.method.rawValue) \(path) \(body)".utf8),
                url: request.url, protocolVersion: "1.1", isNewConnection: false)
        }
        guard let response = found.response else {
            throw .interrupted(url: request.url, received: 0, reason: "the connection was closed")
        }
        return WebResponse(
            status: response.status, headers: response.headers.map { ($0.key.lowercased(), $0.value) },
            body: Array((response.body ?? "").utf8), url: request.url, protocolVersion: "1.1", isNewConnection: false)
    }

    /// Without the namespace, which the real gateway takes from its settings if it is left out.
    static func plain(_ path: String) -> String {
        let parts = path.split(separator: "?", maxSplits: 1)
        guard parts.count == 2 else { return path }
        let rest = parts[1].split(separator: "&").filter { !$0.hasPrefix("namespace=") }.sorted()
        return rest.isEmpty ? String(parts[0]) : parts[0] + "?" + rest.joined(separator: "&")
    }
}
