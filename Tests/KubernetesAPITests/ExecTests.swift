import APIServerRig
import Diagnostics
import Foundation
import Testing
import WebClient

@testable import KubernetesAPI

/// Through a real kube-apiserver to a kubelet that the tests play.
@Suite("Exec", .enabled(if: ControlPlane.bundle != nil), .timeLimit(.minutes(3)))
struct ExecTests {
    let client: KubernetesClient

    init() async throws { client = try await ControlPlane.shared().client() }

    func exec(_ command: String..., stdin: [UInt8]? = nil, timeout: Duration = .seconds(20)) async throws -> ExecResult
    {
        try await client.exec(
            namespace: "default", pod: "played", container: "main", command: command, stdin: stdin, timeout: timeout,
            limit: 1 << 20)
    }

    func failure(_ command: String..., timeout: Duration = .seconds(20)) async throws -> KubernetesError {
        try #require(
            await #expect(throws: KubernetesError.self) {
                try await client.exec(namespace: "default", pod: "played", command: command, timeout: timeout)
            })
    }

    @Test func outputsPingsAndFragments() async throws {
        let result = try await exec("echo", "a b", "&?=%\"'ä")
        #expect(result.text == "[\"echo\", \"a b\", \"&?=%\\\"'\\u00e4\"]ingpi on")
        #expect(result.errorText == "warn" && result.exitStatus == 0 && !result.isCut)
    }

    @Test func standardInput() async throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) } + Array("END".utf8)
        #expect(try await exec("cat", stdin: bytes).output == bytes)
    }

    @Test func exitStatus() async throws { #expect(try await exec("false").exitStatus == 3) }

    @Test func muchOutputIsCut() async throws {
        let result = try await exec("flood")
        #expect(result.output.count == 1 << 20 && result.isCut)
    }

    @Test func commandsThatCannotBeStarted() async throws {
        #expect(
            try await failure("missing")
                == .status(
                    code: 500, reason: "InternalError", message: "no such file",
                    path: "/api/v1/namespaces/default/pods/played/exec"))
    }

    @Test func brokenPeers() async throws {
        guard case .notUnderstood(_, let wrong) = try await failure("liar") else { throw Unexpected() }
        #expect(wrong.contains("handshake"))
        guard case .notUnderstood(_, let cut) = try await failure("vanish") else { throw Unexpected() }
        #expect(cut.contains("ended before"))
        guard case .notUnderstood(_, let garbage) = try await failure("garbage") else { throw Unexpected() }
        #expect(garbage.contains("not agreed upon"))
        #expect(try await failure("refuse").code != nil)
    }

    @Test func silenceEndsInTime() async throws {
        let start = ContinuousClock.now
        let error = try await failure("hang", timeout: .seconds(2))
        // Without the timeout it would be the fifteen of the client's `silence`, or the sixty of the peer.
        #expect(error.diagnostic.code == "kubernetes.timeout" && ContinuousClock.now - start < .seconds(15))
    }

    @Test func cancellation() async throws {
        let task = Task { try await exec("hang") }
        try await Task.sleep(for: .milliseconds(500))
        task.cancel()
        let error = await #expect(throws: KubernetesError.self) { try await task.value }
        #expect(error == .unreachable(.cancelled))
    }

    @Test func errorsOfTheServer() async throws {
        let missing = await #expect(throws: KubernetesError.self) {
            try await client.exec(namespace: "default", pod: "no-such-pod", command: ["true"])
        }
        #expect(missing?.isNotFound == true)
        let nobody = try await ControlPlane.shared().client(token: "nobody-token")
        let forbidden = await #expect(throws: KubernetesError.self) {
            try await nobody.exec(namespace: "default", pod: "played", command: ["true"])
        }
        #expect(forbidden?.diagnostic.code == "kubernetes.forbidden")
    }

    struct Unexpected: Error {}
}
