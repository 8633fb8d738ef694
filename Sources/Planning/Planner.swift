package import Diagnostics

/// Decides what each goal needs.
///
/// Pure: no clock, no socket, no file.
package enum Planner {
    /// One host's goals, all of them.
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
        var pending = PendingGoals()
        var waitingElsewhere: [(phase: Int, index: Int)] = []
        for entry in goals {
            let decided = DecidedGoals(entry, facts[entry.host], decide)
            for index in entry.goals.indices {
                let phase = entry.goals[index].phase.position
                if decided.waitsElsewhere(index) { waitingElsewhere.append((phase, phases[phase].count)) }
                phases[phase].append(decided.step(index))
            }
            pending.add(decided.pending, on: entry.host)
        }
        for (phase, index) in waitingElsewhere {
            phases[phase][index].requires.removeAll { !pending.contains($0) }
        }
        var steps: [Step] = []
        steps.reserveCapacity(phases.reduce(0) { $0 + $1.count })
        // Taken from the end, so that steps are moved and not copied.
        for index in phases.indices.reversed() {
            while let step = phases[index].popLast() { steps.append(step) }
            phases[index] = []
        }
        steps.reverse()
        return Plan(cluster: cluster, specDigest: specDigest, steps: steps, diagnostics: diagnostics)
    }

    /// Passed: no-op.
    ///
    /// Failed: act. Unknown: act only where the goal has an action that this plan prepares the ground for.
    private static func decide(_ goal: Goal, _ facts: HostFacts) -> (change: ChangeKind, reason: String) {
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
}

extension Action {
    var isScript: Bool {
        if case .script = self { true } else { false }
    }
}
