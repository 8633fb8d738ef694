import Diagnostics
import Foundation
import KubernetesAPI
import Synchronization
import Testing
import WebClient

@testable import Functions

/// Requests with credentials to a gateway that has no port outside of the cluster.
@Suite("Doors") struct DoorTests {
    static let service: JSONValue = [
        "spec": ["clusterIP": "10.96.1.2", "ports": [["name": "http", "port": 8080]]]
    ]

    /// Answers everything, and remembers what it was asked.
    final class Inside: WebCalls {
        let asked = Mutex<[WebRequest]>([])

        func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
            asked.withLock { $0.append(request) }
            return WebResponse(
                status: 200, headers: [], body: Array("inside".utf8), url: request.url, protocolVersion: "1.1",
                isNewConnection: false)
        }
    }

    func cluster(
        _ forwarded: Result<ProxyAnswer, KubernetesError>, security: ForwardSecurity = .plain
    ) -> TableCluster {
        TableCluster(
            ["/api/v1/namespaces/core/services/gateway": Self.service],
            proxied: { _ in .success(ProxyAnswer(status: 401, body: [])) },
            forwarded: { request, asked in
                guard asked == security, request.service == "gateway" else {
                    return .success(ProxyAnswer(status: 400, body: Array("\(asked)".utf8)))
                }
                guard request.headers.contains(where: { $0.name == "Authorization" && $0.value == "Basic YTpi" }) else {
                    return .success(ProxyAnswer(status: 401, body: []))
                }
                return forwarded
            })
    }

    static let right = Result<ProxyAnswer, KubernetesError>.success(
        ProxyAnswer(status: 200, body: Array("carried".utf8)))

    func ask(
        _ cluster: TableCluster, service: String = "gateway", inside: (any WebCalls)? = nil, isInsecure: Bool = false
    ) async throws -> InvocationAnswer {
        let client = DoorClient(
            cluster: cluster, web: NoWeb(), insecureWeb: NoWeb(), inside: { _ in inside })
        return try await client.send(
            DoorRequest(.get, "/system/functions"),
            through: ServiceDoor(
                .proxy(namespace: "core", service: service, port: "8080"), isInsecure: isInsecure),
            authorization: BasicCredentials(joined: "a:b", origin: "the test"))
    }

    func problem(
        _ cluster: TableCluster, service: String = "gateway", inside: (any WebCalls)? = nil
    ) async throws -> Diagnostic {
        try #require(
            await #expect(throws: Diagnostic.self) { try await ask(cluster, service: service, inside: inside) })
    }

    @Test func overSSHToTheServicesAddress() async throws {
        let inside = Inside()
        #expect(try await ask(cluster(Self.right), inside: inside).text == "inside")
        let request = try #require(inside.asked.withLock { $0.first })
        #expect(request.url == "http://10.96.1.2:8080/system/functions")
        #expect(request.headers.contains { $0.name == "Authorization" && $0.value == "Basic YTpi" })
        #expect(try await ask(cluster(Self.right), service: "https:gateway", inside: inside).text == "inside")
        #expect(inside.asked.withLock { $0.last?.url } == "https://10.96.1.2:8080/system/functions")
    }

    @Test func carriedByTheAPIServer() async throws {
        #expect(try await ask(cluster(Self.right)).text == "carried")
        // A control plane that forwards nothing.
        #expect(try await ask(cluster(Self.right), inside: NoWeb()).text == "carried")
        let secured = cluster(Self.right, security: .tls(isChecked: true))
        for inside in [nil, NoWeb()] as [NoWeb?] {
            #expect(try await ask(secured, service: "https:gateway", inside: inside).text == "carried")
        }
        #expect(
            try await ask(
                cluster(Self.right, security: .tls(isChecked: false)), service: "https:gateway", isInsecure: true
            )
            .text == "carried")
    }

    /// What broke off may have been carried out.
    @Test func isNotSentTwice() async throws {
        struct Broken: WebCalls {
            func send(_ request: WebRequest) async throws(WebError) -> WebResponse {
                throw .interrupted(url: request.url, received: 7, reason: "reset")
            }
        }
        #expect(try await problem(cluster(Self.right), inside: Broken()).code == "function.unreachable")
    }

    /// Without credentials its proxy will do.
    @Test func withoutCredentialsNobodyIsCarried() async throws {
        let client = DoorClient(cluster: cluster(Self.right), web: NoWeb(), insecureWeb: NoWeb())
        let answer = try await client.send(
            DoorRequest(.get, "/"), through: ServiceDoor(.proxy(namespace: "core", service: "gateway", port: "8080")))
        #expect(answer.status == 401)
    }

    @Test func whatHelpsIsSaid() async throws {
        let refused = try await problem(
            cluster(.failure(.status(code: 403, reason: "Forbidden", message: "not you", path: ""))))
        #expect(refused.code == "function.no-door" && refused.detail?.contains("not you (403)") == true)
        for words in ["-f", "kubectl -n core port-forward service/gateway 8080:8080", "--gateway"] {
            #expect(refused.hint?.contains(words) == true, "\(refused.hint ?? "")")
        }
        let untrusted = try await problem(
            cluster(
                .failure(.unreachable(.untrusted(url: "https://gateway.core/", reason: "self-signed"))),
                security: .tls(isChecked: true)), service: "https:gateway")
        #expect(untrusted.code == "function.untrusted" && untrusted.hint?.contains("--insecure") == true)
        let empty = try await problem(
            cluster(.failure(.status(code: 503, reason: "", message: "none of its pods is ready", path: ""))))
        #expect(empty.code == "function.no-endpoint")
        let broken = try await problem(
            cluster(.failure(.unreachable(.interrupted(url: "/", received: 0, reason: "the pod ended")))))
        #expect(broken.code == "function.unreachable")
        let silent = try await problem(cluster(.failure(.unreachable(.timedOut(url: "/", reason: "nothing")))))
        #expect(silent.code == "function.timeout")
    }
}
