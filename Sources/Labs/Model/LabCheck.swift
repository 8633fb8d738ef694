package import Diagnostics
package import KubernetesAPI

/// What is asked, what is expected, and why it matters.
package struct LabCheck: Sendable {
    package var id: String
    package var tier: Tier
    package var title: String
    /// In words for the report; nil leaves it to the primitive, whose words are exact and may be hard to read.
    package var expected: String?
    package var why: String
    /// What to look at when it fails; nil leaves it to the primitive.
    package var hint: String?
    /// Checks that must pass first.
    package var needs: [String]
    /// How long it may take to become true; nil is the primitive's own.
    package var timeout: Duration?
    /// Between attempts; nil grows from a quarter of a second to two seconds.
    package var interval: Duration?
    /// It must stay true that long.
    package var hold: Duration?
    package var captures: [Capture]
    /// Sabotages that must turn it red.
    package var proves: [String]
    package var mode: Mode
    package var primitive: any LabPrimitive
    /// Where it is written.
    package var location: SourceLocation

    /// It is about what is only on the learner's own machine: answers, files, programs.
    ///
    /// Nobody else can look at it.
    package var isOfTheLearnersMachine: Bool {
        primitive.all.contains { part in
            switch part {
            case is QuizCheck, is AttestCheck, is CommandCheck, is KubeconfigCheck: true
            case let file as FileCheck: file.place == .work
            case let forbid as ForbidCheck: forbid.places.contains(.files) || forbid.image?.place == .engine
            case let image as ImageCheck: image.place == .engine
            case let http as HTTPCheck: http.exchange.leavesFromHere
            case let cases as CasesCheck: cases.exchange.leavesFromHere
            default: false
            }
        }
    }

    package enum Mode: String, Sendable, Hashable, CaseIterable {
        case any
        /// Only with an account of a provider.
        case cloud
    }

    /// A value of the observed object that later checks may use as `${name}`.
    package struct Capture: Sendable, Hashable {
        package enum Part: String, Sendable, Hashable, CaseIterable {
            case whole
            case host
            case port
        }

        package var name: String
        package var path: FieldPath
        package var part: Part
    }
}

/// What a check's verdict counts for.
package enum Tier: String, Sendable, Hashable, Codable, CaseIterable {
    /// What the lab is about.
    case goal
    /// What a quick solution forgets.
    case robust
    /// What is left behind.
    case cleanup
}
