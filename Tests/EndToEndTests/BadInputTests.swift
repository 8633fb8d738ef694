import Foundation
import TestSupport
import Testing

/// What the program says to specs that are wrong: status 65, and where the fault is.
@Suite(.serialized) struct BadInputTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var line: Int
        var text: String
        /// Said about it.
        var expected: String

        var testDescription: String { name }
    }

    private static let head = """
        apiVersion: martlet/v1
        kind: Cluster
        name: broken

        """

    static let faults = [
        Fault(name: "unknown key", line: 4, text: "profil: lab", expected: "profile"),
        Fault(name: "duplicate key", line: 4, text: "name: again", expected: "name"),
        Fault(name: "version read as a number", line: 5, text: "kubernetes:\n  version: 1.20", expected: "version"),
        Fault(name: "tab", line: 5, text: "kubernetes:\n\tversion: v1.20.2", expected: "tab"),
        Fault(name: "wrong kind", line: 4, text: "hosts: cp-1", expected: "hosts"),
        Fault(name: "bad address", line: 5, text: "network:\n  pods: 10.244.0.0/33", expected: "10.244.0.0/33"),
    ]

    @Test(arguments: faults) func isRefusedWithItsPlace(_ fault: Fault) async throws {
        let ground = try Ground.find()
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-bad-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/cluster.yaml"
        try (Self.head + fault.text + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        for command in ["validate", "plan", "apply"] {
            let outcome = try await Running(ground.program, [command, "-f", path]).wait(seconds: 30)
            #expect(outcome.status == 65, "\(command): \(outcome.said)")
            #expect(outcome.errors.contains("cluster.yaml:\(fault.line):"), "\(command): \(outcome.said)")
            #expect(outcome.errors.lowercased().contains(fault.expected), "\(command): \(outcome.said)")
        }
    }
}
