package import Diagnostics

/// Decides what each goal needs.
///
/// Pure: no clock, no socket, no file.
package enum Planner {
    /// One host's goals together with what is known of it.
    package struct HostGoals: Sendable {
        package var host: String
        package var goals: [Goal]

        package init(host: String, goals: [Goal]) {
            self.host = host
            self.goals = goals
        }
    }

    /// - Parameters:
    ///   - goals: per host in the spec's order; taken one after another, so that thousands need not be held at once.
    ///   - diagnostics: what the catalogue has to say about the hosts; an error blocks the plan.
    package static func plan(
        cluster: String, specDigest: String, goals: some Sequence<HostGoals>, facts: Facts,
        diagnostics: [Diagnostic] = []
    ) -> Plan {
        var phases = [[Step]](repeating: [], count: Phase.allCases.count)
        for entry in goals {
            let answers = facts[entry.host]
            for goal in entry.goals {
                phases[goal.phase.position].append(step(for: goal, on: entry.host, facts: answers))
            }
        }
        var steps: [Step] = []
        steps.reserveCapacity(phases.reduce(0) { $0 + $1.count })
        // Taken from the end, so that steps are moved and not copied.
        for index in phases.indices.reversed() {
            while let step = phases[index].popLast() { steps.append(step) }
            phases[index] = []
        }
        steps.reverse()
        prune(&steps)
        return Plan(cluster: cluster, specDigest: specDigest, steps: steps, diagnostics: diagnostics)
    }

    private static func step(for goal: Goal, on host: String, facts: HostFacts) -> Step {
        let (change, reason) = decide(goal, facts)
        // Most of a large plan's cost are its texts: they are put together without interpolation.
        let atHost = "@" + host
        return Step(
            id: goal.id + atHost, phase: goal.phase, host: host, title: goal.title, change: change, reason: reason,
            ensure: goal.ensure, actions: change == .noOp || change == .blocked ? [] : goal.by,
            requires: change == .noOp ? [] : goal.requires.map { isQualified($0) ? $0 : $0 + atHost },
            pool: goal.pool, settleSeconds: goal.settleSeconds, diagnose: goal.diagnose,
            isUnconditional: change == .run && goal.always != nil,
            watch: change == .noOp || change == .blocked ? nil : goal.watch)
    }

    /// Bytes, because comparing characters costs more than the rest of a step.
    private static func isQualified(_ requirement: String) -> Bool { requirement.utf8.contains(UInt8(ascii: "@")) }

    /// Passed: no-op.
    ///
    /// Failed: act. Unknown: act only where the goal has an action that this plan prepares the ground for.
    private static func decide(_ goal: Goal, _ facts: HostFacts) -> (ChangeKind, String) {
        if let blocked = goal.blocked { return (.blocked, blocked) }
        var reasons: [String] = []
        var isAbsent = true
        for check in goal.ensure {
            let value = facts[check.probe]
            switch check.verdict(on: value) {
            case .passed:
                // That nothing is in the way does not mean that something is there.
                if !check.expectation.isNothing { isAbsent = false }
            case .failed(let observed):
                if value != .absent { isAbsent = false }
                reasons.append(reason(check, value, observed))
            case .unknown(let why):
                reasons.append("\(check.title) is not known: \(why)")
                isAbsent = false
            }
        }
        if let always = goal.always { return (.run, always) }
        guard !reasons.isEmpty else { return (.noOp, "") }
        let kind: ChangeKind = isAbsent ? .create : (goal.by.allSatisfy(\.isScript) ? .run : .update)
        return (kind, goal.reason ?? summarise(reasons))
    }

    private static func reason(_ check: Check, _ value: FactValue, _ observed: String) -> String {
        if value == .absent { return "\(check.title) is absent" }
        if check.probe.kind == .file {
            return observed.hasPrefix("file ") ? "\(check.title) differs" : "\(check.title) is a \(observed)"
        }
        if check.expectation == .equals("") {
            return "\(check.title): \(observed.split(separator: "\n").joined(separator: ", "))"
        }
        return "\(check.title) is \(observed.isEmpty ? "empty" : observed), expected \(check.expectation.words)"
    }

    private static func summarise(_ reasons: [String]) -> String {
        guard reasons.count > 3 else { return reasons.joined(separator: "; ") }
        return reasons.prefix(2).joined(separator: "; ") + "; and \(reasons.count - 2) more"
    }

    /// A requirement on a step that is done already, or that this plan does not have, holds.
    private static func prune(_ steps: inout [Step]) {
        var pending: Set<String> = []
        pending.reserveCapacity(steps.count)
        for step in steps where step.isChange { pending.insert(step.id) }
        guard !pending.isEmpty else { return }
        for index in steps.indices where !steps[index].requires.isEmpty {
            steps[index].requires.removeAll { !pending.contains($0) }
        }
    }
}

extension Action {
    var isScript: Bool {
        if case .script = self { true } else { false }
    }
}
