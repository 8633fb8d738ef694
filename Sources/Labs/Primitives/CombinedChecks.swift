internal import Foundation

/// All of several.
package struct AllCheck: LabPrimitive {
    package static let word = "all"

    package var children: [any LabPrimitive]

    package var expected: String { children.map(\.expected).joined(separator: "; and ") }
    package var question: String { children.map(\.question).joined(separator: " ") }
    package var next: String { children.first?.next ?? "" }
    package var patience: Duration { children.map(\.patience).max() ?? .seconds(5) }
    package var leastPatience: Duration { children.map(\.leastPatience).max() ?? .zero }
    package var isCostly: Bool { children.contains(where: \.isCostly) }
    package var runsPrograms: Bool { children.contains(where: \.runsPrograms) }
    package var isOfTheAPI: Bool { children.allSatisfy(\.isOfTheAPI) }
    package var foreignNamespaces: [String] { children.flatMap(\.foreignNamespaces) }
    package var actions: [LabAction] { children.flatMap(\.actions) }

    package func observe(_ context: CheckContext) async throws -> Observation {
        var seen: [Observation] = []
        for child in children { seen.append(try await child.observe(context)) }
        let wrong = seen.filter { !$0.holds }
        guard wrong.isEmpty else {
            var observation = Observation.fail(
                wrong.map(\.observed).joined(separator: "; "), evidence: wrong.flatMap(\.evidence))
            observation.clue = wrong.lazy.compactMap(\.clue).first
            return observation
        }
        return Observation(holds: true, seen.map(\.observed).joined(separator: "; "), object: seen.first?.object)
    }
}

/// At least one of several.
package struct AnyCheck: LabPrimitive {
    package static let word = "any"

    package var children: [any LabPrimitive]

    package var expected: String { children.map(\.expected).joined(separator: "; or ") }
    package var question: String { children.map(\.question).joined(separator: " ") + " One is enough." }
    package var next: String { children.first?.next ?? "" }
    package var patience: Duration { children.map(\.patience).max() ?? .seconds(5) }
    package var leastPatience: Duration { children.map(\.leastPatience).max() ?? .zero }
    package var isCostly: Bool { children.contains(where: \.isCostly) }
    package var runsPrograms: Bool { children.contains(where: \.runsPrograms) }
    package var isOfTheAPI: Bool { children.allSatisfy(\.isOfTheAPI) }
    package var foreignNamespaces: [String] { children.flatMap(\.foreignNamespaces) }
    package var actions: [LabAction] { children.flatMap(\.actions) }

    package func observe(_ context: CheckContext) async throws -> Observation {
        var wrong: [String] = []
        var clue: Clue?
        var obstacle: CannotJudge?
        for child in children {
            do {
                let seen = try await child.observe(context)
                if seen.holds { return seen }
                if !wrong.contains(seen.observed) { wrong.append(seen.observed) }
                clue = clue ?? seen.clue
            } catch {
                obstacle = CannotJudge.from(error)
            }
        }
        // One that could not be asked might have been the one that holds.
        if let obstacle { throw obstacle }
        var observation = Observation.fail(wrong.joined(separator: "; "))
        observation.clue = clue
        return observation
    }
}

/// The opposite; what cannot be asked stays an error.
package struct NotCheck: LabPrimitive {
    package static let word = "not"

    package var child: any LabPrimitive
    package var children: [any LabPrimitive] { [child] }

    package var expected: String { "not: \(child.expected)" }
    package var question: String { child.question + " The opposite is expected." }
    package var next: String { child.next }
    package var patience: Duration { child.patience }
    package var leastPatience: Duration { child.leastPatience }
    package var isCostly: Bool { child.isCostly }
    package var runsPrograms: Bool { child.runsPrograms }
    package var isOfTheAPI: Bool { child.isOfTheAPI }
    package var foreignNamespaces: [String] { child.foreignNamespaces }
    package var actions: [LabAction] { child.actions }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let seen = try await child.observe(context)
        return Observation(holds: !seen.holds, seen.observed)
    }
}

/// One thing after the other: for what only a change shows.
package struct SequenceCheck: LabPrimitive {
    package static let word = "sequence"

    package enum Part: Sendable {
        case action(LabAction)
        case check(any LabPrimitive, timeout: Duration)
    }

    package var parts: [Part]

    package var children: [any LabPrimitive] { checks }

    private var checks: [any LabPrimitive] {
        parts.compactMap { if case .check(let primitive, _) = $0 { primitive } else { nil } }
    }

    package var actions: [LabAction] {
        parts.compactMap { if case .action(let action) = $0 { action } else { nil } } + checks.flatMap(\.actions)
    }

    /// One pass through all parts; it is not repeated.
    package var patience: Duration { .zero }
    package var isCostly: Bool { !actions.isEmpty || checks.contains(where: \.isCostly) }
    package var runsPrograms: Bool { checks.contains(where: \.runsPrograms) }
    package var foreignNamespaces: [String] { checks.flatMap(\.foreignNamespaces) }

    package var expected: String {
        parts.map { part in
            switch part {
            case .action(let action): "after `\(action.words)`"
            case .check(let primitive, _): primitive.expected
            }
        }.joined(separator: ", ")
    }

    package var question: String {
        parts.map { part in
            switch part {
            case .action(let action): "Does this: \(action.words)."
            case .check(let primitive, _): primitive.question
            }
        }.joined(separator: " Then: ")
    }

    package var next: String { checks.last?.next ?? "its parts, one after the other by hand" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        for (index, part) in parts.enumerated() {
            switch part {
            case .action(let action): try await ActionRunner(context).run(action)
            case .check(let primitive, let timeout):
                var inner = context
                inner.memory = CheckMemory()
                let seen = try await Patience.wait(timeout) { try await primitive.observe(inner) }
                guard seen.holds else {
                    var observation = Observation.fail(
                        "part \(index + 1): \(seen.observed)", evidence: seen.evidence, isFinal: true)
                    observation.clue = seen.clue
                    return observation
                }
            }
        }
        return .pass("all \(parts.count) parts as expected")
    }
}
