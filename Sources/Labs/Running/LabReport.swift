package import Foundation

/// What a look at a lab found; what `lab check --format json` prints.
package struct LabReport: Sendable, Hashable, Codable {
    package var formatVersion = 1
    package var lab: String
    package var id: String
    package var title: String
    package var version: Int
    package var honesty: Honesty
    package var cluster: String
    /// nil: all steps.
    package var step: String?
    /// RFC 3339, UTC.
    package var time: String
    package var seconds: Double
    /// The worst of all checks.
    package var result: CheckResult
    /// The worst of those of the tier `goal`: they decide whether the lab is passed.
    package var goals: CheckResult
    package var state: LabProgress.State
    /// What the lab needs and is not there.
    package var gaps: [NeedsSurvey.Gap]
    package var checks: [CheckOutcome]

    package init(
        _ lab: Lab, cluster: String, step: String?, state: LabProgress.State, gaps: [NeedsSurvey.Gap],
        checks: [CheckOutcome], seconds: Double, now: Date
    ) {
        self.lab = lab.name
        id = lab.id
        title = lab.title
        version = lab.version
        honesty = lab.honesty
        self.cluster = cluster
        self.step = step
        time = APITime.text(now)
        self.seconds = seconds
        result = CheckResult.worst(of: checks.map(\.result))
        goals = CheckResult.worst(of: checks.filter { $0.tier == .goal }.map(\.result))
        self.state = state
        self.gaps = gaps
        self.checks = checks
    }

    /// A check that cannot begin because something is missing that the lab needs.
    package static func blocked(_ check: LabCheck, by gap: NeedsSurvey.Gap, _ context: CheckContext) -> CheckOutcome {
        outcome(check, context, .blocked, "the lab needs \(gap.need)", next: gap.remedy)
    }

    /// A check that nobody could carry out.
    package static func impossible(_ check: LabCheck, _ reason: String, _ context: CheckContext) -> CheckOutcome {
        outcome(check, context, .error, reason, next: "whether the cluster answers: `martlet health`")
    }

    private static func outcome(
        _ check: LabCheck, _ context: CheckContext, _ result: CheckResult, _ observed: String, next: String
    ) -> CheckOutcome {
        CheckOutcome(
            id: check.id,
            step: context.lab.steps.first { step in step.checks.contains { $0.id == check.id } }?.id ?? "cleanup",
            tier: check.tier, title: check.title, result: result, expected: context.fill(check.primitive.expected),
            observed: observed,
            why: context.fill(check.why), next: next, evidence: [], attempts: 0, seconds: 0,
            time: APITime.text(context.now()), captured: [:]
        )
    }
}
