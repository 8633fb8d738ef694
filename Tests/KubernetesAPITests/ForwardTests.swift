import APIServerRig
import Diagnostics
import Foundation
import Testing
import WebClient

@testable import KubernetesAPI

/// Requests carried to a pod, through a real kube-apiserver to a kubelet that the tests play.
@Suite("Requests carried to a pod", .enabled(if: ControlPlane.bundle != nil), .timeLimit(.minutes(3)))
struct ForwardTests {
    struct Unexpected: Error {}

    let client: KubernetesClient
    let service = uniqueName("gate")

    init() async throws { client = try await ControlPlane.shared().client() }

    /// A Service without selector, so that its Endpoints are ours: port 8000 of it is the one asked for in the pod.
    func make(port: Int, pod: String? = "played") async throws {
        _ = try await client.create(
            "/api/v1/namespaces/default/services",
            [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(service)],
                "spec": ["ports": [["name": "other", "port": 9000], ["name": "http", "port": 8000]]],
            ])
        var address: JSONValue = ["ip": "10.244.0.9"]
        if let pod { address["targetRef"] = ["kind": "Pod", "name": .string(pod), "namespace": "default"] }
        _ = try await client.create(
            "/api/v1/namespaces/default/endpoints",
            [
                "apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": .string(service)],
                "subsets": [
                    [
                        "addresses": [address],
                        "ports": [["name": "other", "port": 1], ["name": "http", "port": .integer(port)]],
                    ]
                ],
            ])
    }

    func ask(
        _ port: String = "8000", path: String = "/a?b=c", timeout: Duration = .seconds(20), limit: Int = 1 << 20,
        security: ForwardSecurity = .plain, body: String = "hallo"
    ) async throws -> ProxyAnswer {
        var request = ProxyRequest(
            namespace: "default", service: service, port: port, method: .post, path: path,
            headers: [("Authorization", "Basic c2VjcmV0")], body: Array(body.utf8), timeout: timeout)
        request.limit = limit
        return try await client.forward(request, security: security)
    }

    func failure(
        _ port: String = "8000", path: String = "/", timeout: Duration = .seconds(20), limit: Int = 1 << 20,
        security: ForwardSecurity = .plain
    ) async throws -> KubernetesError {
        try #require(
            await #expect(throws: KubernetesError.self) {
                try await ask(port, path: path, timeout: timeout, limit: limit, security: security)
            })
    }

    /// However the answer's length is told, and however it is cut.
    @Test(arguments: [(80, "counted"), (81, "chunked"), (82, "until-end")])
    func credentialsArrive(_ port: Int, _ kind: String) async throws {
        try await make(port: port)
        for name in ["8000", "http"] {
            let answer = try await ask(name)
            #expect(answer.status == 207 && answer.headers.contains { $0.name == "x-kind" && $0.value == kind })
            let said = try #require(JSONValue.parse(answer.body))
            #expect(said["line"] == "POST /a?b=c HTTP/1.1")
            #expect(said["authorization"] == ["Authorization: Basic c2VjcmV0"])
            #expect(said["host"]?.string == "\(service).default")
            #expect(said["body"] == "hallo")
        }
    }

    /// Encrypted from here to a real server: neither the API server nor the kubelet can read the credentials.
    @Test func credentialsArriveOverTLS() async throws {
        try await make(port: 443)
        let answer = try await ask(security: .tls(isChecked: false))
        #expect(answer.status == 207 && answer.headers.contains { $0.name == "x-kind" && $0.value == "secured" })
        let said = try #require(JSONValue.parse(answer.body))
        #expect(said["line"] == "POST /a?b=c HTTP/1.1")
        #expect(said["authorization"] == ["Basic c2VjcmV0"])
        #expect(said["host"]?.string == "\(service).default")
        #expect(said["body"] == "hallo")
    }

    /// Bodies that fill every buffer on the way, several at a time.
    @Test func largeBodiesOverTLS() async throws {
        try await make(port: 443)
        let body = String(repeating: "0123456789abcdef", count: 100_000)
        try await withThrowingTaskGroup(of: ProxyAnswer.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await ask(path: "/large", limit: 8 << 20, security: .tls(isChecked: false), body: body)
                }
            }
            for try await answer in group { #expect(answer.status == 207 && answer.text == body + body) }
        }
    }

    @Test func whatIsWrongOverTLS() async throws {
        try await make(port: 443)
        guard case .unreachable(.untrusted) = try await failure(security: .tls(isChecked: true)) else {
            throw Unexpected()
        }
        guard case .tooLarge(_, 10) = try await failure(limit: 10, security: .tls(isChecked: false)) else {
            throw Unexpected()
        }
    }

    @Test(arguments: [
        (83, "web.unreachable"), (87, "web.tls"), (86, "web.timeout"),
    ]) func aPodThatDoesNotSpeakTLS(_ port: Int, _ code: String) async throws {
        try await make(port: port)
        let start = ContinuousClock.now
        // What is answered at once may take its time on a busy machine.
        let timeout = Duration.seconds(port == 86 ? 2 : 20)
        guard case .unreachable(let error) = try await failure(timeout: timeout, security: .tls(isChecked: false))
        else { throw Unexpected() }
        #expect(error.diagnostic.code == code, "\(error)")
        if port == 83 { #expect(error.diagnostic.detail?.contains("connection refused") == true, "\(error)") }
        if port == 86 { #expect(ContinuousClock.now - start < .seconds(15)) }
    }

    @Test func aPodThatAnswersNothing() async throws {
        try await make(port: 83)
        let refused = try await failure()
        #expect(refused.diagnostic.detail?.contains("connection refused") == true, "\(refused)")
    }

    @Test func anAnswerThatIsCut() async throws {
        try await make(port: 84)
        guard case .unreachable(.interrupted) = try await failure() else { throw Unexpected() }
    }

    @Test func anAnswerThatIsNotHTTP() async throws {
        try await make(port: 85)
        guard case .notUnderstood(_, let reason) = try await failure() else { throw Unexpected() }
        #expect(reason.contains("it is not HTTP/1.1"))
    }

    @Test func anAnswerThatIsTooLarge() async throws {
        try await make(port: 80)
        guard case .notUnderstood(_, let reason) = try await failure(limit: 10) else { throw Unexpected() }
        #expect(reason.contains("larger than 10 bytes"))
    }

    @Test func silenceEndsInTime() async throws {
        try await make(port: 86)
        let start = ContinuousClock.now
        let error = try await failure(timeout: .seconds(1))
        // Without the timeout it would be the fifteen of the client's `silence`, or the sixty of the peer.
        #expect(error.diagnostic.code == "kubernetes.timeout" && ContinuousClock.now - start < .seconds(15))
    }

    @Test func whatIsNotThere() async throws {
        #expect(try await failure().isNotFound)
        try await make(port: 80, pod: nil)
        #expect(try await failure().code == 503)
        #expect(try await failure("7000").isNotFound)
    }

    @Test func whoMayNot() async throws {
        try await make(port: 80)
        let nobody = try await ControlPlane.shared().client(token: "nobody-token")
        let error = await #expect(throws: KubernetesError.self) {
            var request = ProxyRequest(namespace: "default", service: "played", port: "80")
            request.kind = .pod
            return try await nobody.forward(request)
        }
        #expect(error?.code == 403)
    }

    @Test(arguments: ["/a b", "a", "/a\r\nX: y"]) func whatIsNoPath(_ path: String) async throws {
        try await make(port: 80)
        guard case .unreachable(.invalidRequest) = try await failure(path: path) else { throw Unexpected() }
    }
}
