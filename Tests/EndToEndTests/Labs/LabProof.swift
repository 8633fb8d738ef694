import Foundation
import TestSupport

/// What `martlet lab prove` answers.
struct LabProof: Decodable {
    struct Row: Decodable {
        var id: String
        var caught: Bool
        var undone: Bool
        var problems: [String]
    }
    struct Phase: Decodable {
        var kind: String
        var id: String
        var problems: [String]
    }
    var id: String
    var proven: Bool
    var sabotages: [Row]
    var phases: [Phase]
    var unproven: [String]

    /// Why it is not proven.
    var faults: String {
        let problems = phases.flatMap { phase in phase.problems.map { "\(phase.kind) \(phase.id): \($0)" } }
        return "\(id): \(problems), never red: \(unproven)"
    }

    var score: String { "\(id): \(sabotages.count(where: \.caught)) of \(sabotages.count) sabotages caught" }

    /// Those that `MARTLET_E2E_LABS` names (`E12|A1`), and no others; nil if it names none.
    static let named: Set<String>? = ProcessInfo.processInfo.environment["MARTLET_E2E_LABS"].map {
        Set($0.split(separator: "|").map(String.init))
    }
}

extension TestFleet {
    /// Proves a lab, with kubectl of the bundle as a learner would have it installed.
    ///
    /// `MARTLET_RECORD_PROOF=1` writes the lab's record, too.
    func prove(_ lab: String, _ spec: Spec) async throws -> LabProof {
        let environment = ProcessInfo.processInfo.environment
        let path = ground.bundle + "/bin:" + (environment["PATH"] ?? "")
        let record = environment["MARTLET_RECORD_PROOF"] == "1" ? ["--record"] : []
        let outcome = try await start(
            ["lab", "prove", lab, "-f", spec.path, "--kubeconfig", folder + "/kubeconfig", "--format", "json"] + record,
            environment: ["PATH": path]
        ).wait(seconds: 3600)
        guard let proof = try? JSONDecoder().decode(LabProof.self, from: Data(outcome.output.utf8)) else {
            throw Failure("lab prove \(lab): \(outcome.said)")
        }
        print(proof.score)
        return proof
    }
}
