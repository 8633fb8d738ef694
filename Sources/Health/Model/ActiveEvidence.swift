/// What active probes measured; filled by `ActiveRun`.
package struct ActiveEvidence: Sendable {
    /// A duration that the probe's limits judge.
    package struct Timing: Sendable, Hashable {
        package var subject: String
        package var seconds: Double
        /// In words, for the finding.
        package var measured: String

        package init(_ subject: String, _ seconds: Double, _ measured: String) {
            self.subject = subject
            self.seconds = seconds
            self.measured = measured
        }
    }

    /// By probe id.
    package var judgements: [String: [Judgement]] = [:]
    /// By probe id; each becomes a finding of its own.
    package var timings: [String: [Timing]] = [:]
    /// Why nothing was measured.
    package var problem: String?

    package init() {}

    /// Nothing could be measured, for one reason.
    package static func unmeasured(_ reason: String) -> ActiveEvidence {
        var evidence = ActiveEvidence()
        evidence.problem = reason
        return evidence
    }

    /// The findings of one probe; throws `Unmeasured` if there are none.
    func judged(_ id: String, _ limits: Limits) throws -> [Judgement] {
        let timed = (timings[id] ?? []).map { timing in
            Judgement(
                limits.status(of: timing.seconds), timing.subject, timing.measured,
                threshold: "under \(milliseconds(limits["warn"])); \(milliseconds(limits["fail"])) fails")
        }
        let all = (judgements[id] ?? []) + timed
        guard !all.isEmpty else { throw Unmeasured(problem ?? "it was not measured") }
        return all
    }
}

/// `20 ms`, `1.5 s`.
func milliseconds(_ seconds: Double) -> String {
    guard seconds >= 1 else { return "\(Int((seconds * 1000).rounded())) ms" }
    let tenths = Int((seconds * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
}
