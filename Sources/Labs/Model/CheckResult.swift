/// How a check ended; only `pass` counts.
package enum CheckResult: String, Sendable, Hashable, Codable, CaseIterable {
    case pass
    /// What was observed is not what was expected.
    case fail
    /// The check itself could not be carried out.
    case error
    /// Something before it is false.
    case blocked
    /// It does not apply here.
    case skipped
    /// It held, in a simulation.
    case simulatedPass = "simulated-pass"

    /// For the order of a report and for what several amount to: the worst first.
    package var rank: Int {
        switch self {
        case .error: 0
        case .fail: 1
        case .blocked: 2
        case .skipped: 3
        case .simulatedPass: 4
        case .pass: 5
        }
    }

    /// Not passed because of what was done or left undone.
    package var isRed: Bool { self == .fail || self == .blocked }

    /// What several results amount to; nothing judged at all is `skipped`.
    package static func worst(of results: some Sequence<CheckResult>) -> CheckResult {
        // A check that was skipped neither helps nor spoils the others.
        let judged = results.filter { $0 != .skipped }
        return judged.min { $0.rank < $1.rank } ?? .skipped
    }
}
