internal import ConfigTree
internal import Foundation
package import KubernetesAPI

/// A question to the learner whose answer is worked out while it is judged, so that it cannot be copied.
package struct QuizCheck: LabPrimitive {
    package static let word = "quiz"

    package enum Source: Sendable, Hashable {
        /// How many kinds of objects the API has.
        case countResources
        /// A field of an object.
        case field(ObjectReference, FieldPath)
        /// A field of the nodes; any one's counts.
        case nodes(FieldPath, selector: String?)
        /// How many nodes, or pods, there are.
        case countNodes
        /// `1.20`.
        case serverVersion
        /// Fixed texts; the first is the one to show.
        case oneOf([String])
    }

    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Case and spaces around do not count.
        case text
        case number
        /// `7Gi`; within one in a hundred.
        case quantity
    }

    package var ask: String
    package var source: Source
    package var kind: Kind

    package var expected: String { "the right answer to: \(ask)" }

    package var question: String {
        let how =
            switch source {
            case .countResources: "the API's own lists of kinds"
            case .field(let reference, let path): "`\(path.text)` of \(reference.text)"
            case .nodes(let path, _): "`\(path.text)` of the nodes"
            case .countNodes: "the list of nodes"
            case .serverVersion: "the version that the server reports"
            case .oneOf: "the lab itself"
            }
        return "Asks you: \(ask) Compares your answer with what holds at that moment, from \(how)."
    }

    package var next: String { "`martlet lab answer ${id} ${check} \"YOUR ANSWER\"`" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        guard let given = context.answers[context.check], !given.isEmpty else {
            return .fail(
                "not answered yet: `martlet lab answer \(context.lab.id) \(context.check) \"YOUR ANSWER\"`",
                isFinal: true)
        }
        let right = try await answers(context)
        guard !right.isEmpty else {
            throw CannotJudge("the right answer cannot be worked out: there is nothing to read it from")
        }
        // What would be right is not told: the learner shall find it.
        return right.contains { same(given, $0) }
            ? .pass("`\(given.shortened(60))`") : .fail("`\(given.shortened(60))` is not right", isFinal: true)
    }

    /// All answers that are right at this moment.
    package func answers(_ context: CheckContext) async throws -> [String] {
        switch source {
        case .oneOf(let texts): return texts.map(context.fill)
        case .countResources: return [String(try await ServedAPI.countResources(context.api))]
        case .serverVersion:
            do {
                let version = try await context.api.get("/version")
                guard let text = version["gitVersion"]?.string else { return [] }
                let number = text.hasPrefix("v") ? String(text.dropFirst()) : text
                let short = number.split(separator: ".").prefix(2).joined(separator: ".")
                return [short, "v" + short, number, "v" + number]
            } catch {
                throw CannotJudge.from(error)
            }
        case .field(let reference, let path):
            guard let object = try await context.find(reference) else { return [] }
            return path.values(in: object).map(FieldTest.text)
        case .countNodes, .nodes:
            guard let kind = KnownKinds.find("node") else { return [] }
            var selector: String?
            if case .nodes(_, let wanted) = source { selector = wanted }
            let nodes = try await context.list(kind, namespace: nil, selector: selector).items
            guard case .nodes(let path, _) = source else { return [String(nodes.count)] }
            return nodes.flatMap { path.values(in: $0).map(FieldTest.text) }
        }
    }

    func same(_ given: String, _ right: String) -> Bool {
        let given = String(Substring(given).trimmingSpaces)
        switch kind {
        case .text: return given.lowercased() == right.lowercased()
        case .number: return Double(given).map { $0 == Double(right) } ?? false
        case .quantity:
            guard let a = Amount.parse(given), let b = Amount.parse(right) else { return false }
            return abs(a - b) <= 0.01 * max(abs(a), abs(b))
        }
    }
}
