import KubernetesAPI
import Testing

@testable import Labs

/// On one cluster several people may do one lab, and somebody may prove it meanwhile.
@Suite("Namespaces of runs")
struct NamespaceTests {
    private static func made(learner: String, nonce: String, isProof: Bool = false) async throws -> JSONValue {
        let lab = try Sample.lab("object: {ref: configmap/a}")
        let name = "lab-\(nonce)"
        let api = RecordedAPI(["/api/v1/namespaces/\(name)/serviceaccounts/default": .success([:])])
        var run = LabRun(nonce: nonce, started: Sample.start, cluster: "test")
        run.learner = learner
        run.isProof = isProof
        try await LabNamespace(api, name).make(lab, run)
        return try await api.get("/api/v1/namespaces/\(name)")
    }

    @Test("A run that was lost is found again by whoever began it, and a proof's by nobody")
    func owners() async throws {
        let lab = try Sample.lab("object: {ref: configmap/a}")
        let proof = try await Self.made(learner: "ada", nonce: "xaaaaa", isProof: true)
        let ada = try await Self.made(learner: "ada", nonce: "xbbbbb")
        let bob = try await Self.made(learner: "bob", nonce: "xccccc")
        func found(_ items: [JSONValue], by learner: String?) async throws -> String? {
            try await LabNamespace.nonce(
                of: lab, learner: learner, RecordedAPI(["/api/v1/namespaces": .success(["items": .array(items)])]))
        }
        #expect(try await found([proof, ada, bob], by: "ada") == "xbbbbb")
        #expect(try await found([proof, ada, bob], by: "bob") == "xccccc")
        #expect(try await found([proof, ada], by: "bob") == nil)
        #expect(try await found([proof], by: "ada") == nil)
        // A teacher looks at whatever was begun.
        #expect(try await found([proof, bob], by: nil) == "xccccc")
        #expect(try await found([proof], by: nil) == nil)
    }
}
