package import Diagnostics

/// The way from the facts to the spec, as a value: what is printed is what is run.
package struct Plan: Sendable, Hashable, Codable {
    package static let formatVersion = 1

    package var formatVersion = Plan.formatVersion
    package var cluster: String
    /// SHA-256 of the spec's canonical form.
    package var specDigest: String
    /// In a stable order: phase, host as in the spec, author's order.
    package var steps: [Step]
    package var diagnostics: [Diagnostic]

    package init(cluster: String, specDigest: String, steps: [Step], diagnostics: [Diagnostic]) {
        self.cluster = cluster
        self.specDigest = specDigest
        self.steps = steps
        self.diagnostics = diagnostics
    }

    package var changes: [Step] { steps.filter(\.isChange) }
    package var isBlocked: Bool {
        steps.contains { $0.change == .blocked } || diagnostics.contains { $0.severity == .error }
    }
}
