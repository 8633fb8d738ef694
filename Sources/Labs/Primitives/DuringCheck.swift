internal import KubernetesAPI

/// What must hold while a load runs, or while a stub service has a fault.
package struct DuringCheck: LabPrimitive {
    package static let word = "during"

    package struct Part: Sendable {
        package var primitive: any LabPrimitive
        package var timeout: Duration
    }

    package var load: LoadPlan?
    package var budget: FailureBudget
    /// Put back in the end.
    package var fixture: FixtureChange?
    /// What is done first.
    package var work: [LabAction]
    /// That is undone in the end.
    package var undoes: Bool
    package var parts: [Part]

    package var isCostly: Bool { true }
    package var patience: Duration { .zero }
    package var children: [any LabPrimitive] { parts.map(\.primitive) }
    package var actions: [LabAction] {
        (fixture.map { [.fixture($0)] } ?? []) + work + parts.flatMap(\.primitive.actions)
    }
    package var runsPrograms: Bool { parts.contains { $0.primitive.runsPrograms } }

    package var foreignNamespaces: [String] {
        (load?.exchange.foreignNamespaces ?? []) + parts.flatMap(\.primitive.foreignNamespaces)
    }

    private var condition: String {
        var words: [String] = []
        if let load { words.append("a load of \(load.words)") }
        if let fixture { words.append(fixture.words) }
        words += work.map(\.words)
        return words.joined(separator: ", ")
    }

    package var expected: String {
        let rest = load == nil ? "" : "; of the load \(budget.words)"
        return "during `\(condition)`: \(parts.map(\.primitive.expected).joined(separator: ", and "))\(rest)"
    }

    package var question: String {
        "Does this: \(condition). Meanwhile: \(parts.map(\.primitive.question).joined(separator: " Then: "))"
            + (fixture != nil || undoes ? " In the end it is undone." : "")
    }

    package var next: String { parts.last?.primitive.next ?? "" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let undo = UndoJournal()
        let seen: Result<Observation, any Error>
        do { seen = .success(try await carryOut(context, undo)) } catch { seen = .failure(error) }
        // Also when it was interrupted or could not judge: a stub with a fault would spoil all other checks.
        let problems = await Task { await undo.undo(context) }.value
        let observation = try seen.get()
        if let first = problems.first { throw CannotJudge("it could not be undone: \(first)") }
        return observation
    }

    private func carryOut(_ context: CheckContext, _ undo: UndoJournal) async throws -> Observation {
        if let fixture { try await ActionRunner(context, undo: undo).run(.fixture(fixture)) }
        let (seen, tally) = try await Beside.load(load, context) {
            try await ActionRunner(context, undo: undoes ? undo : nil).run(work)
            return try await judge(context)
        }
        guard seen.holds, let tally else { return seen }
        guard tally.sent > 0, budget.allows(tally.failed, of: tally.sent) else {
            return .fail(
                "of the load \(tally.words)" + (tally.commonProblem.map { ": \($0.shortened(160))" } ?? ""),
                isFinal: true)
        }
        return .pass("\(seen.observed); the load: \(tally.words)")
    }

    private func judge(_ context: CheckContext) async throws -> Observation {
        var observed: [String] = []
        for part in parts {
            var inner = context
            inner.memory = CheckMemory()
            let seen = try await Patience.wait(part.timeout) { try await part.primitive.observe(inner) }
            guard seen.holds else {
                var observation = Observation.fail(seen.observed, evidence: seen.evidence, isFinal: true)
                observation.clue = seen.clue
                return observation
            }
            observed.append(seen.observed)
        }
        return .pass(observed.joined(separator: "; "))
    }
}
