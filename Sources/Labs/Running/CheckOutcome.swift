internal import Foundation

/// What a report says about one check.
package struct CheckOutcome: Sendable, Hashable, Codable {
    package var id: String
    package var step: String
    package var tier: Tier
    package var title: String
    package var result: CheckResult
    /// What was expected.
    package var expected: String
    /// What was seen last; of an `error` why nothing could be seen, of `blocked` what is before it.
    package var observed: String
    package var why: String
    /// What to look at next; empty for a pass.
    package var next: String
    package var evidence: [String]
    package var attempts: Int
    package var seconds: Double
    /// Of the last look, RFC 3339.
    package var time: String
    /// Values for later checks.
    package var captured: [String: String]

    /// Whether checks that need this one may begin; what somebody only says of himself does not count, and does not stand in the
    /// way.
    package var opensTheWay: Bool {
        result == .pass || result == .simulatedPass || result == .skipped && isSelfReported == true
    }

    /// Only in outcomes of what cannot be looked at.
    package var isSelfReported: Bool?
}
