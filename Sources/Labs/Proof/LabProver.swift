internal import ConfigTree
internal import KubernetesAPI

/// Shows on a real cluster that every check of a lab is red before the work, green after it, and red again when it is broken.
package struct LabProver: Sendable {
    let context: CheckContext
    /// Told as each phase ends.
    let report: @Sendable (ProofReport.Phase) -> Void
    let say: @Sendable (String) -> Void
    var factor: Double

    package init(
        _ context: CheckContext, factor: Double = 1, say: @escaping @Sendable (String) -> Void = { _ in },
        report: @escaping @Sendable (ProofReport.Phase) -> Void = { _ in }
    ) {
        self.context = context
        self.factor = factor
        self.say = say
        self.report = report
    }

    private var lab: Lab { context.lab }

    /// What is red at once is red; nothing can come of waiting when nothing was done.
    private static let pristinePatience = Duration.seconds(3)

    /// Runs everything; what the lab made is removed whatever happens.
    package func run() async -> ProofReport {
        let start = ContinuousClock.now
        var phases: [ProofReport.Phase] = []
        var rows: [ProofReport.SabotageRow] = []
        func add(_ phase: ProofReport.Phase) {
            phases.append(phase)
            report(phase)
        }
        do {
            try await ActionRunner(context).run(lab.setup)
            add(await pristine())
            for step in lab.steps {
                if Task.isCancelled { break }
                let solved = await solve(step)
                add(solved)
                guard solved.proven else { break }
                let sabotages = lab.proof.sabotages.filter { ($0.after ?? lab.steps.last?.id) == step.id }
                let scope = sabotages.isEmpty ? [] : await scope(upTo: step)
                for sabotage in sabotages {
                    if Task.isCancelled { break }
                    let (phase, row) = await self.sabotage(sabotage, scope)
                    add(phase)
                    rows.append(row)
                    // What is not as it was would spoil all that follows.
                    guard row.undone else { break }
                }
                if rows.contains(where: { !$0.undone }) { break }
            }
        } catch {
            add(phase(.solved, "setup", problems: [CannotJudge.from(error).reason], since: start))
        }
        add(await cleaning())
        let version = lab.needs.cluster ? try? await context.api.get("/version")["gitVersion"]?.string : nil
        return finish(phases, rows, kubernetes: version, since: start)
    }

    private func finish(
        _ phases: [ProofReport.Phase], _ rows: [ProofReport.SabotageRow], kubernetes: String?,
        since start: ContinuousClock.Instant
    ) -> ProofReport {
        // A check that only waited for another one was not seen red.
        let red = Set(phases.filter(\.proven).flatMap(\.outcomes).filter { $0.result == .fail }.map(\.id))
        let unproven = (lab.checks + lab.cleanup.checks).filter { $0.mode == .any && !red.contains($0.id) }.map(\.id)
        let isComplete =
            rows.count == lab.proof.sabotages.count
            && phases.count(where: { $0.kind == .solved }) == lab.steps.count
        return ProofReport(
            lab: lab.name, id: lab.id, honesty: lab.honesty, cluster: context.run.cluster,
            kubernetes: kubernetes,
            proven: isComplete && unproven.isEmpty && phases.allSatisfy(\.proven)
                && rows.allSatisfy { $0.caught && $0.undone },
            phases: phases, sabotages: rows, unproven: unproven, seconds: (ContinuousClock.now - start).inSeconds)
    }

    // MARK: phases

    private func phase(
        _ kind: ProofReport.Phase.Kind, _ id: String, expected: [String] = [], outcomes: [CheckOutcome] = [],
        problems: [String], since start: ContinuousClock.Instant
    ) -> ProofReport.Phase {
        ProofReport.Phase(
            kind: kind, id: id, proven: problems.isEmpty, expected: expected,
            red: outcomes.filter(\.result.isRed).map(\.id), error: outcomes.filter { $0.result == .error }.map(\.id),
            problems: problems, seconds: (ContinuousClock.now - start).inSeconds, outcomes: outcomes)
    }

    private func pristine() async -> ProofReport.Phase {
        let start = ContinuousClock.now
        say("pristine: nothing done, every check asked")
        let outcomes = await LabEvaluation(context, waiting: .atMost(Self.pristinePatience)).run(judged)
        let expected: [String]
        switch lab.proof.pristine {
        case .allGoals: expected = judged.filter { $0.tier == .goal }.map(\.id)
        case .these(let ids): expected = ids
        case .none: expected = []
        }
        var problems: [String] = []
        for outcome in outcomes {
            let wanted = expected.contains(outcome.id)
            if outcome.result == .error {
                problems.append("\(outcome.id) cannot judge: \(outcome.observed)")
            } else if wanted, !outcome.result.isRed {
                problems.append("\(outcome.id) is green although nothing was done: \(outcome.observed)")
            } else if lab.proof.pristine == .none, outcome.result.isRed {
                problems.append("\(outcome.id) is red although the lab says that nothing is: \(outcome.observed)")
            }
        }
        return phase(.pristine, "", expected: expected, outcomes: outcomes, problems: problems, since: start)
    }

    /// Without those that need a provider.
    private var judged: [LabCheck] { lab.checks.filter { $0.mode == .any } }

    private func solve(_ step: LabStep) async -> ProofReport.Phase {
        let start = ContinuousClock.now
        say("solution of \(step.id)")
        do {
            try await ActionRunner(context).run(step.solution)
        } catch {
            return phase(
                .solved, step.id, problems: ["the solution failed: \(CannotJudge.from(error).reason)"], since: start)
        }
        let outcomes = await evaluation.run(step.checks.filter { $0.mode == .any })
        return phase(.solved, step.id, outcomes: outcomes, problems: Self.notGreen(outcomes), since: start)
    }

    private var evaluation: LabEvaluation { LabEvaluation(context, waiting: .full(factor: factor)) }

    private static func notGreen(_ outcomes: [CheckOutcome]) -> [String] {
        outcomes.filter { $0.result != .pass && $0.result != .simulatedPass && $0.result != .skipped }.map {
            "\($0.id) is \($0.result.rawValue): \($0.observed)"
        }
    }

    /// Checks that are true at this point: those of the step, and of earlier ones what still holds.
    private func scope(upTo step: LabStep) async -> [LabCheck] {
        let index = lab.steps.firstIndex { $0.id == step.id } ?? 0
        let earlier = lab.steps[..<index].flatMap(\.checks).filter { $0.mode == .any }
        let outcomes = await LabEvaluation(context, waiting: .look(atLeast: Self.pristinePatience, factor: factor)).run(
            earlier)
        let holding = Set(outcomes.filter(\.opensTheWay).map(\.id))
        return earlier.filter { holding.contains($0.id) } + step.checks.filter { $0.mode == .any }
    }

    private func sabotage(
        _ sabotage: Sabotage, _ scope: [LabCheck]
    ) async -> (ProofReport.Phase, ProofReport.SabotageRow) {
        let start = ContinuousClock.now
        say("sabotage \(sabotage.id)")
        let undo = UndoJournal()
        var problems: [String] = []
        var outcomes: [CheckOutcome] = []
        do {
            try await ActionRunner(context, undo: undo).run(sabotage.actions)
            outcomes = await untilRed(sabotage, scope)
            problems = Self.compare(outcomes, sabotage)
            for id in sabotage.red + sabotage.error where !scope.contains(where: { $0.id == id }) {
                problems.append("\(id) was not green before the sabotage")
            }
        } catch {
            problems = ["it could not be done: \(CannotJudge.from(error).reason)"]
        }
        let isCaught = problems.isEmpty
        var undoProblems = await undo.undo(context)
        // Also when the proof was interrupted: what was broken is broken for others, too.
        let after = await Task { await Self.untilGreen(scope, evaluation) }.value
        undoProblems += Self.notGreen(after).map { "after it was undone: \($0)" }
        let phase = phase(
            .sabotage, sabotage.id, expected: sabotage.red, outcomes: outcomes, problems: problems + undoProblems,
            since: start)
        return (
            phase,
            ProofReport.SabotageRow(
                id: sabotage.id, caught: isCaught, expected: sabotage.red, red: phase.red, undone: undoProblems.isEmpty,
                problems: problems + undoProblems, seconds: phase.seconds)
        )
    }

    /// Looks until exactly the named ones are red, or the time is over; the last look counts.
    private func untilRed(_ sabotage: Sabotage, _ checks: [LabCheck]) async -> [CheckOutcome] {
        let deadline = ContinuousClock.now + sabotage.within * factor
        var outcomes: [CheckOutcome] = []
        repeat {
            outcomes = await LabEvaluation(context, waiting: .look(atLeast: .zero, factor: factor)).run(checks)
            if Self.compare(outcomes, sabotage).isEmpty { return outcomes }
            do { try await Task.sleep(for: .seconds(1)) } catch { return outcomes }
        } while ContinuousClock.now < deadline
        return outcomes
    }

    /// Undoing takes its time: kubelets report again, pods start again.
    private static func untilGreen(_ checks: [LabCheck], _ evaluation: LabEvaluation) async -> [CheckOutcome] {
        let deadline = ContinuousClock.now + .seconds(150)
        var outcomes: [CheckOutcome] = []
        repeat {
            outcomes = await evaluation.run(checks)
            if notGreen(outcomes).isEmpty { return outcomes }
            do { try await Task.sleep(for: .seconds(1)) } catch { return outcomes }
        } while ContinuousClock.now < deadline
        return outcomes
    }

    /// What differs from what a sabotage promises.
    static func compare(_ outcomes: [CheckOutcome], _ sabotage: Sabotage) -> [String] {
        let red = Set(sabotage.red)
        let error = Set(sabotage.error)
        return outcomes.compactMap { outcome in
            switch outcome.result {
            case .fail:
                red.contains(outcome.id) ? nil : "\(outcome.id) turned red, too: \(outcome.observed)"
            case .error:
                error.contains(outcome.id) ? nil : "\(outcome.id) cannot judge: \(outcome.observed)"
            case .blocked:
                // It waits for one that is red; that is not its own verdict.
                red.contains(outcome.id) ? "\(outcome.id) is only blocked, it did not judge" : nil
            case .pass, .simulatedPass:
                red.contains(outcome.id)
                    ? "\(outcome.id) stayed green: \(outcome.observed)"
                    : error.contains(outcome.id) ? "\(outcome.id) still judges: \(outcome.observed)" : nil
            case .skipped: red.contains(outcome.id) ? "\(outcome.id) was skipped" : nil
            }
        }
    }

    /// Everything is still there: the checks of the cleaning must be red; then it is cleaned, and they must be green.
    private func cleaning() async -> ProofReport.Phase {
        let start = ContinuousClock.now
        guard
            !lab.cleanup.actions.isEmpty || !lab.cleanup.checks.isEmpty || lab.namespaceTemplate != nil
                || lab.runsPrograms
        else {
            return phase(.cleanup, "", problems: [], since: start)
        }
        say("cleaning")
        var problems: [String] = []
        let before = await LabEvaluation(context, waiting: .atMost(.zero)).run(lab.cleanup.checks)
        for outcome in before where outcome.result != .fail {
            problems.append(
                "\(outcome.id) is \(outcome.result.rawValue) before anything is cleaned: \(outcome.observed)")
        }
        // Also when the proof was interrupted: nothing of it may stay.
        let (after, failure) = await Task { await cleaned() }.value
        if let failure { problems.append("the cleaning failed: \(failure)") }
        problems += Self.notGreen(after)
        return phase(
            .cleanup, "", expected: lab.cleanup.checks.map(\.id), outcomes: before, problems: problems, since: start)
    }

    private func cleaned() async -> (outcomes: [CheckOutcome], failure: String?) {
        var failure: String?
        do { try await ActionRunner(context).run(lab.cleanup.actions) } catch {
            failure = CannotJudge.from(error).reason
        }
        await context.endPrograms()
        // Whatever the lab's own cleaning forgets.
        if lab.namespaceTemplate != nil {
            try? await LabNamespace(context.api, context.namespace).delete(of: lab)
        }
        return (await evaluation.run(lab.cleanup.checks), failure)
    }
}
