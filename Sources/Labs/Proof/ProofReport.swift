/// What a proof found; what `lab prove --format json` prints.
package struct ProofReport: Sendable, Hashable, Codable {
    /// One phase: the pristine run, a solution, a sabotage, its undoing, the cleaning.
    package struct Phase: Sendable, Hashable, Codable {
        package enum Kind: String, Sendable, Hashable, Codable {
            case pristine
            case solved
            case sabotage
            case cleanup
        }

        package var kind: Kind
        /// Of the sabotage or the step; empty for others.
        package var id: String
        package var proven: Bool
        /// What was expected to be red.
        package var expected: [String]
        /// What was red.
        package var red: [String]
        /// What could not judge.
        package var error: [String]
        /// Why it is not proven.
        package var problems: [String]
        package var seconds: Double
        package var outcomes: [CheckOutcome]
    }

    package struct SabotageRow: Sendable, Hashable, Codable {
        package var id: String
        package var caught: Bool
        package var expected: [String]
        package var red: [String]
        /// Everything was as before in the end.
        package var undone: Bool
        package var problems: [String]
        package var seconds: Double
    }

    package var formatVersion = 1
    package var lab: String
    package var id: String
    package var honesty: Honesty
    package var cluster: String
    /// The server's version; nil for labs without a cluster.
    package var kubernetes: String?
    package var proven: Bool
    package var phases: [Phase]
    package var sabotages: [SabotageRow]
    /// Checks that were never seen red.
    package var unproven: [String]
    package var seconds: Double

    /// `14 of 14 sabotages caught`.
    package var score: String { "\(sabotages.count(where: \.caught)) of \(sabotages.count) sabotages caught" }
}
