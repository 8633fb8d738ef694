import Foundation
import TestSupport
import Testing

/// A framework that does not come with martlet, beside those that do.
extension SmallFleets.ClusterOfTwo.LabTests {
    private static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    private func run(_ arguments: [String], expecting status: Int32 = 0) async throws -> Outcome {
        let outcome = try await fleet.start(arguments + ["--kubeconfig", kubeconfig]).wait(seconds: 90)
        guard outcome.status == status else { throw Failure("\(arguments): \(outcome.said)") }
        return outcome
    }

    @Test func aFrameworkOfOnesOwnIsInstalledAndRemoved() async throws {
        let before = try await fleet.allObjects()
        let own = ["--frameworks", Self.folder]
        let unknown = try await run(["framework", "install", "pebbles", "--yes"], expecting: 64)
        #expect(unknown.errors.contains("framework.unknown") && unknown.errors.contains("--frameworks"))
        _ = try await run(["framework", "install", "pebbles", "--yes"] + own)
        let well = try await run(["framework", "status", "--format", "json"] + own)
        let status = try JSONDecoder().decode(FrameworkStatusAnswer.self, from: Data(well.output.utf8))
        #expect(status.frameworks.map(\.verdict) == ["ready"])

        // Who does not name the folder is told so, and can use everything else.
        let blind = try await run(["framework", "status"], expecting: 1)
        #expect(blind.output.contains("unknown") && blind.output.contains("--frameworks"), "\(blind.said)")

        // A pebble of somebody's, which stays with its definition and its namespace.
        let pebble = """
            {"apiVersion": "invented.invalid/v1", "kind": "Pebble", "metadata": {"name": "grey", "namespace": "pebbles"}}
            """
        let file = fleet.folder + "/pebble.json"
        try pebble.write(toFile: file, atomically: true, encoding: .utf8)
        try await fleet.kubectl("apply", "-f", file)
        let kept = try await run(["framework", "remove", "pebbles", "--yes", "--keep-crds"] + own)
        #expect(kept.output.contains("some things were kept"), "\(kept.said)")
        #expect(try await fleet.kubectl("-n", "pebbles", "get", "pebbles", "-o", "name").contains("grey"))
        let removed = try await run(["framework", "status"] + own)
        #expect(removed.output.contains("removed") && removed.output.contains("--delete-crds"), "\(removed.said)")

        let gone = try await run(["framework", "remove", "pebbles", "--yes"] + own)
        #expect(gone.output.contains("nothing is left"), "\(gone.said)")
        let after = try await fleet.allObjects()
        #expect(after.subtracting(before).sorted() == [] && before.subtracting(after).sorted() == [])
    }
}
