package import Diagnostics
package import Planning

/// What happens during a run; views consume it, nothing else prints.
package enum RunEvent: Sendable {
    case started(Step)
    /// A step that takes long says what it waits for.
    case progress(Step, String)
    case finished(Step, StepOutcome, elapsed: Duration)
    case note(Diagnostic)
}

package enum StepOutcome: Sendable {
    /// Acted and proven.
    case done
    /// It held already when its turn came.
    case satisfied
    /// Acted, and cannot prove it; dependents are stopped.
    case unverified(Diagnostic)
    case failed(Diagnostic)
    case skipped(because: String)
    case cancelled

    package var isGood: Bool {
        switch self {
        case .done, .satisfied: true
        default: false
        }
    }

    package var word: String {
        switch self {
        case .done: "done"
        case .satisfied: "satisfied"
        case .unverified: "unverified"
        case .failed: "failed"
        case .skipped: "skipped"
        case .cancelled: "cancelled"
        }
    }

    package var diagnostic: Diagnostic? {
        switch self {
        case .unverified(let diagnostic), .failed(let diagnostic): diagnostic
        default: nil
        }
    }
}

/// How a run ended.
package struct Report: Sendable {
    package struct Entry: Sendable {
        package var step: Step
        package var outcome: StepOutcome
        package var elapsed: Duration
    }

    package var entries: [Entry]
    package var elapsed: Duration
    package var wasCancelled: Bool

    package func count(_ isCounted: (StepOutcome) -> Bool) -> Int { entries.count { isCounted($0.outcome) } }

    package var exitCode: ExitStatus {
        if wasCancelled { return .interrupted }
        if let first = entries.lazy.compactMap({ $0.outcome.diagnostic }).first { return first.exitCode }
        return entries.allSatisfy { $0.outcome.isGood } ? .done : .failed
    }
}
