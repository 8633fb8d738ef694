import ClusterModel
import Planning
import Testing

@testable import Catalogue

@Suite("Taking a control plane out")
struct NodeRemovalTests {
    /// The script that takes `cp9` out, a control plane that the spec does not name.
    private func script(isReady: Bool) throws -> String {
        var cluster = Scenario().complete
        cluster.prune = true
        cluster.nodes["cp9"] = VirtualCluster.Node(version: "\(Scenario.version)", isStranger: isReady)
        cluster.addMember(
            HostSpec(name: "cp9", address: "192.0.2.99", internalAddress: "10.20.0.99", roles: [.controlPlane]))
        let step = try #require(cluster.plan().changes.first { $0.id == "remove-cp9@cp1" })
        let texts = step.actions.compactMap { action in
            if case .script(let script) = action { script.text } else { nil }
        }
        return try #require(texts.first)
    }

    private func lines(_ script: String, with pieces: [String]) -> [String] {
        script.split(separator: "\n").compactMap { line in pieces.first { line.contains($0) } }
    }

    private static let pieces = [" drain ", "member/remove", " cordon ", " delete node "]

    /// Its kubelet speaks with the API server beside it, which ends with its member of etcd.
    @Test("One that is ready is drained before its member of etcd goes")
    func ready() throws {
        let script = try script(isReady: true)
        #expect(lines(script, with: Self.pieces) == [" cordon ", " drain ", "member/remove", " delete node "])
        #expect(!script.contains("--skip-wait-for-delete-timeout"))
    }

    /// No kubelet tells of the end of its pods, and each of etcd's members counts for the majority.
    @Test("Of one that is not ready the member goes first, and its pods are not waited for")
    func lost() throws {
        let script = try script(isReady: false)
        #expect(lines(script, with: Self.pieces) == ["member/remove", " cordon ", " drain ", " delete node "])
        #expect(script.contains(" --skip-wait-for-delete-timeout 1 "))
    }
}
