import APIServerRig
import Diagnostics
import Foundation
import TestSupport
import Testing
import WebClient

@testable import KubernetesAPI

@Suite("Credentials", .timeLimit(.minutes(2))) struct CredentialTests {
    struct Answer: Decodable, Sendable { var n: Int }

    let folder: Scratch
    let server: FaultServer

    init() async throws {
        folder = try Scratch("kube")
        server = try await FaultServer.shared()
    }

    /// A plug-in that is this shell script; it counts its runs in the file `runs`.
    func plugin(
        _ script: String, version: String = "client.authentication.k8s.io/v1", wantsCluster: Bool = false,
        patience: Duration = .seconds(20)
    ) throws -> CredentialPlugin {
        let path = try folder.write("plugin", "#!/bin/sh\necho run >>\(folder.path)/runs\n\(script)\n", mode: 0o755)
        return CredentialPlugin(
            command: path, arguments: ["one", "two"], environment: ["EXTRA": "given"], apiVersion: version,
            wantsCluster: wantsCluster, installHint: "ask the administrator", patience: patience,
            cluster: ["server": "https://h"])
    }

    func runs() throws -> Int {
        try String(contentsOfFile: folder.file("runs"), encoding: .utf8).split(separator: "\n").count
    }

    static func credential(_ status: String, version: String = "v1") -> String {
        #"echo '{"apiVersion":"client.authentication.k8s.io/\#(version)","kind":"ExecCredential","status":{\#(status)}}'"#
    }

    func call(_ token: KubernetesAccess.Token, _ wanted: String = "good") async throws -> Int {
        try await server.client(token: token).get("/token/\(wanted)", as: Answer.self).n
    }

    func failure(_ script: String) async throws -> Diagnostic {
        let token = KubernetesAccess.Token.plugin(try plugin(script))
        let error = await #expect(throws: KubernetesError.self) { try await call(token) }
        return try #require(error).diagnostic
    }

    @Test(arguments: ["v1", "v1beta1"]) func pluginsGiveTokens(version: String) async throws {
        let script = """
            [ "$1 $2 $EXTRA" = "one two given" ] || exit 9
            echo "$KUBERNETES_EXEC_INFO" >\(folder.path)/question
            \(Self.credential(#""token":"good""#, version: version))
            """
        let plugin = try plugin(script, version: "client.authentication.k8s.io/\(version)", wantsCluster: true)
        #expect(try await call(.plugin(plugin)) == 1)
        let question = try JSONDecoder().decode(
            JSONValue.self, from: try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/question")))
        #expect(question["apiVersion"]?.string == "client.authentication.k8s.io/\(version)")
        #expect(question["spec"] == ["interactive": false, "cluster": ["server": "https://h"]])
    }

    @Test func oneRunServesAllCalls() async throws {
        let plugin = try plugin(
            "sleep 0.3\n" + Self.credential(#""token":"good","expirationTimestamp":"2999-01-01T00:00:00Z""#))
        let client = server.client(token: .plugin(plugin))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { _ = try await client.get("/token/good", as: Answer.self) } }
            try await group.waitForAll()
        }
        #expect(try runs() == 1)
    }

    @Test func expiredCredentialsAreRenewed() async throws {
        let plugin = try plugin(Self.credential(#""token":"good","expirationTimestamp":"2001-01-01T00:00:00Z""#))
        let client = server.client(token: .plugin(plugin))
        for _ in 0..<3 { _ = try await client.get("/token/good", as: Answer.self) }
        #expect(try runs() == 3)
    }

    /// The first token is refused, the program has a second one.
    @Test func refusedTokensAreRenewedOnce() async throws {
        let script = """
            if [ "$(wc -l <\(folder.path)/runs)" = 1 ]; then token=bad; else token=good; fi
            \(Self.credential(#""token":"'$token'""#))
            """
        #expect(try await call(.plugin(try plugin(script))) == 1)
        #expect(try runs() == 2)
        let error = await #expect(throws: KubernetesError.self) {
            try await call(.plugin(try plugin(Self.credential(#""token":"bad""#))), "other")
        }
        #expect(error?.diagnostic.code == "kubernetes.unauthorized", "\(error?.diagnostic.detail ?? "")")
        #expect(try runs() == 4)
    }

    @Test func pluginsThatFail() async throws {
        let failed = try await failure("echo secret; echo 'no network' >&2; exit 3")
        #expect(failed.code == "kubernetes.plugin" && failed.detail == "it ended with status 3")
        #expect(failed.evidence == ["no network"] && failed.hint == "ask the administrator")
        #expect(try await failure("echo nonsense").detail == "what it printed is no ExecCredential in JSON")
        #expect(
            try await failure(Self.credential("")).detail == "its answer has neither a token nor a client certificate")
        #expect(
            try await failure(Self.credential(#""token":"a b""#)).detail == "its token has characters that no token has"
        )
        #expect(
            try await failure(Self.credential(#""clientKeyData":"a""#)).detail
                == "its answer has only one of clientCertificateData and clientKeyData")
        #expect(try await failure(Self.credential("", version: "v1beta1")).detail?.contains("v1beta1") == true)
        #expect(try await failure("head -c 3000000 /dev/zero").detail == "it printed too much")
        let missing = CredentialPlugin(
            command: "no-such-program-anywhere", arguments: [], environment: [:],
            apiVersion: "client.authentication.k8s.io/v1", wantsCluster: false, installHint: nil,
            patience: .seconds(20), cluster: [:])
        let error = await #expect(throws: KubernetesError.self) { try await call(.plugin(missing)) }
        #expect(error?.diagnostic.detail == "there is no such program")
    }

    @Test(arguments: ["sleep 60", "exec >&- 2>&-; sleep 60", "sleep 60 & wait"]) func pluginsThatHang(
        script: String
    ) async throws {
        let plugin = try plugin(script, patience: .seconds(1))
        let start = ContinuousClock.now
        let error = await #expect(throws: KubernetesError.self) { try await call(.plugin(plugin)) }
        #expect(error?.diagnostic.detail == "it did not end within 1 seconds")
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    /// What it left behind holds its output open; what it said counts all the same.
    @Test func pluginsThatLeaveSomethingRunning() async throws {
        let script = "sleep 30 &\n" + Self.credential(#""token":"good""#)
        #expect(try await call(.plugin(try plugin(script))) == 1)
    }

    @Test func tokensInFilesAreReadAgain() async throws {
        let path = try folder.write("token", "stale\n")
        let client = server.client(token: .file(path))
        let refused = await #expect(throws: KubernetesError.self) {
            try await client.get("/token/good", as: Answer.self)
        }
        #expect(refused?.code == 401)
        try folder.write("token", "good\n")
        #expect(try await client.get("/token/good", as: Answer.self).n == 1)
        // A file that is gone for a moment does no harm, one that never was there does.
        try FileManager.default.removeItem(atPath: path)
        #expect(try await client.get("/token/good", as: Answer.self).n == 1)
        let missing = await #expect(throws: KubernetesError.self) { try await call(.file(path)) }
        #expect(missing?.diagnostic.code == "file.missing")
        try folder.write("token", " \n")
        let empty = await #expect(throws: KubernetesError.self) { try await call(.file(path)) }
        #expect(empty?.diagnostic.code == "kubernetes.token-file" && empty?.diagnostic.detail == "it is empty")
    }

    /// A plug-in's certificate against a real API server.
    @Test(.enabled(if: ControlPlane.bundle != nil)) func pluginsGiveCertificates() async throws {
        let plane = try await ControlPlane.shared()
        let script = """
            pem() { sed ':a;N;$!ba;s/\\n/\\\\n/g' "\(plane.folder)/$1"; }
            printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":'
            printf '{"clientCertificateData":"%s","clientKeyData":"%s"}}' "$(pem admin.pem)" "$(pem admin.key)"
            """
        var access = plane.access(token: nil)
        access.token = .plugin(try plugin(script))
        #expect(try await KubernetesClient(access).list("/api/v1/nodes", of: NamedObject.self).items.count == 1)
    }
}
