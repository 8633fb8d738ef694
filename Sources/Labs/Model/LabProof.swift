package import Diagnostics

/// How it is shown that each check can fail.
package struct LabProof: Sendable {
    /// What must be red when nothing was done.
    package enum Pristine: Sendable, Hashable {
        case allGoals
        case these([String])
        /// The platform itself is the exercise; every check then needs a sabotage.
        case none
    }

    package var pristine: Pristine
    package var sabotages: [Sabotage]

    package static let nothing = LabProof(pristine: .allGoals, sabotages: [])
}

/// One way to break what was built, and the checks that must notice it.
package struct Sabotage: Sendable {
    package var id: String
    /// The step after whose solution it is done; nil is the last one.
    package var after: String?
    package var actions: [LabAction]
    /// Exactly these must turn red.
    package var red: [String]
    /// These must not be able to judge.
    package var error: [String]
    /// How long the red ones may take.
    package var within: Duration
    package var location: SourceLocation
}
