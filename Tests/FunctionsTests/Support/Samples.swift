import Foundation
import KubernetesAPI
import Synchronization
import WebClient

@testable import Functions

enum Sample {
    /// The files of the checkout.
    static let assets = FunctionAssets(
        folder: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path + "/manifests/functions")

    static let servers = RuntimeServers(assets)

    static let runtimes = [
        FunctionRuntime(id: "python3.11", language: "python", image: "python:3.11-slim", isDefault: true),
        FunctionRuntime(id: "nodejs20", language: "nodejs", image: "node:20-slim", isDefault: true),
    ]

    static func source(_ name: String = "hello.py", _ text: String = "def handler(event, context): return 'hi'\n")
        -> SourcePackage
    {
        SourcePackage(files: [.init(path: name, bytes: Array(text.utf8))], main: name, isFolder: false)
    }

    static func gateway(
        _ site: FunctionSite, _ cluster: TableCluster, _ web: any WebCalls = NoWeb(), door: ServiceDoor? = nil
    ) -> FunctionGateway {
        FunctionGateway(
            site, DoorClient(cluster: cluster, web: web, insecureWeb: web), door: door,
            environment: [BasicCredentials.variable: "uuid:key"])
    }
}

/// A gateway that answers from a table of documented answers; what was sent is kept.
///
/// The double for APIs that cannot be had here: each test says where its answers come from.
final class TableWeb: WebCalls {
    struct Sent: Sendable {
        var line: String
        var headers: [String: String]
        var body: JSONValue?
        var text: String
    }

    private let answers: [String: [(status: Int, body: String)]]
    private let log = Mutex<[Sent]>([])

    /// By `METHOD /path?query`; of several answers the last one stays.
    init(_ answers: [String: [(status: Int, body: String)]]) { self.answers = answers }

    var sent: [Sent] { log.withLock { $0 } }

    func last(_ line: String) -> Sent? { sent.last { $0.line == line } }

    func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
        let parts = request.url.drop { $0 != ":" }.dropFirst(3).split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let line = "\(request.method.rawValue) /\(parts.count > 1 ? parts[1] : "")"
        let body = request.body ?? []
        let count = log.withLock { log in
            log.append(
                Sent(
                    line: line,
                    headers: Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }) { $1 },
                    body: JSONValue.parse(body), text: String(decoding: body, as: UTF8.self)))
            return log.count { $0.line == line }
        }
        let all = answers[line] ?? [(599, "no answer for \(line)")]
        let answer = all[min(count, all.count) - 1]
        return WebResponse(
            status: answer.status, headers: [], body: Array(answer.body.utf8), url: request.url,
            protocolVersion: "1.1", isNewConnection: false)
    }
}
