internal import KubernetesAPI

/// One kind of check: what it asks, what it expects, and how it judges an answer.
///
/// Adding one: a file in this folder and its line in `PrimitiveTable`.
package protocol LabPrimitive: Sendable {
    /// The key in a lab file.
    static var word: String { get }
    /// What is expected, in words that follow "expected:"; variables are still in it.
    var expected: String { get }
    /// What will be asked, one sentence or more, for `martlet lab explain`.
    var question: String { get }
    /// What to look at when it fails; variables are still in it.
    var next: String { get }
    /// How long it may take to become true unless the check says so.
    var patience: Duration { get }
    /// Runs a program of the learner's machine.
    var runsPrograms: Bool { get }
    /// Namespaces beside the lab's own that it reads; variables are still in them.
    var foreignNamespaces: [String] { get }
    /// What it looks at are objects of the API, whose changes can be watched.
    var isOfTheAPI: Bool { get }
    /// Actions that it carries out itself.
    var actions: [LabAction] { get }

    /// One look.
    ///
    /// - Throws: `CannotJudge`, and everything `CannotJudge.from` understands.
    func observe(_ context: CheckContext) async throws -> Observation
}

extension LabPrimitive {
    package var patience: Duration { .seconds(5) }
    package var runsPrograms: Bool { false }
    package var isOfTheAPI: Bool { false }
    package var foreignNamespaces: [String] { [] }
    package var actions: [LabAction] { [] }
}

/// `3 pods`, `1 pod`.
func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

/// A whole number within bounds.
package struct CountRange: Sendable, Hashable {
    package var least: Int?
    package var most: Int?

    package init(least: Int? = nil, most: Int? = nil) {
        self.least = least
        self.most = most
    }

    package func contains(_ count: Int) -> Bool { count >= least ?? .min && count <= most ?? .max }

    package var words: String {
        switch (least, most) {
        case (let least?, let most?): least == most ? "exactly \(least)" : "\(least) to \(most)"
        case (let least?, nil): "at least \(least)"
        case (nil, let most?): "at most \(most)"
        case (nil, nil): "any number of"
        }
    }
}
