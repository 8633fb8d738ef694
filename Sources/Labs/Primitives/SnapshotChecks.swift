internal import Foundation
package import KubernetesAPI
internal import Synchronization

/// What checks have noted of objects, by name; kept with the run.
package final class SnapshotBook: Sendable {
    private let snapshots: Mutex<[String: JSONValue]>

    package init(_ snapshots: [String: JSONValue] = [:]) { self.snapshots = Mutex(snapshots) }

    package subscript(_ name: String) -> JSONValue? {
        get { snapshots.withLock { $0[name] } }
        set { snapshots.withLock { $0[name] = newValue } }
    }

    package var all: [String: JSONValue] { snapshots.withLock { $0 } }
}

/// What a snapshot is of.
package enum SnapshotSubject: Sendable, Hashable {
    case object(ObjectReference)
    /// Read as an object with `items` and `count`.
    case list(ObjectKind, selector: String?, namespace: String?)

    package var words: String {
        switch self {
        case .object(let reference): reference.text
        case .list(let kind, let selector, _): "each \(kind.kind)" + (selector.map { " with \($0)" } ?? "")
        }
    }

    package var foreignNamespaces: [String] {
        switch self {
        case .object(let reference): reference.namespace.map { [$0] } ?? []
        case .list(_, _, let namespace): namespace.map { [$0] } ?? []
        }
    }

    package var isNamespaced: Bool {
        switch self {
        case .object(let reference): reference.kind.isNamespaced && reference.namespace == nil
        case .list(let kind, _, let namespace): kind.isNamespaced && namespace == nil
        }
    }

    /// nil if it is not there.
    func read(_ context: CheckContext) async throws -> JSONValue? {
        switch self {
        case .object(let reference): return try await context.find(reference).map(Self.bare)
        case .list(let kind, let selector, let namespace):
            let items = try await context.list(kind, namespace: namespace, selector: selector).items
            guard !items.isEmpty else { return nil }
            let sorted = items.sorted { $0.objectName < $1.objectName }
            return ["count": .integer(items.count), "items": .array(sorted.map(Self.bare))]
        }
    }

    /// Without what is long and says nothing.
    private static func bare(_ object: JSONValue) -> JSONValue {
        var object = object
        object["metadata"]?["managedFields"] = nil
        return object
    }
}

/// Notes an object as it is now, for a later comparison.
package struct SnapshotCheck: LabPrimitive {
    package static let word = "snapshot"

    package var name: String
    package var subject: SnapshotSubject

    package var isOfTheAPI: Bool { true }
    package var foreignNamespaces: [String] { subject.foreignNamespaces }
    package var expected: String { "\(subject.words) is there and is noted as it is" }
    package var question: String {
        "Reads \(subject.words) from the API and notes it as `\(name)`; the first time counts."
    }
    package var next: String { "`kubectl -n ${namespace} get \(subject.words)`" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        if let known = context.snapshots[name] { return .pass("noted before", object: known) }
        guard let object = try await subject.read(context) else {
            return .fail("there is no \(context.fill(subject.words))")
        }
        context.snapshots[name] = object
        return .pass("noted", object: object)
    }
}

/// An object compared with what was noted of it.
package struct ChangedCheck: LabPrimitive {
    package static let word = "changed"

    package enum Relation: String, Sendable, Hashable, CaseIterable {
        case increased
        case decreased
        case same
        case different
    }

    package struct Comparison: Sendable, Hashable {
        package var path: FieldPath
        package var relation: Relation
    }

    /// Name of the snapshot.
    package var name: String
    package var comparisons: [Comparison]

    package var patience: Duration { .seconds(10) }
    package var isOfTheAPI: Bool { true }

    package var expected: String {
        "since `\(name)`: " + comparisons.map { "`\($0.path.text)` \(Self.words($0.relation))" }.joined(separator: ", ")
    }

    package var question: String { "Reads again what was noted as `\(name)` and compares." }
    package var next: String { "what you changed since then" }

    private static func words(_ relation: Relation) -> String {
        switch relation {
        case .increased: "has increased"
        case .decreased: "has decreased"
        case .same: "is the same"
        case .different: "is another one"
        }
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        guard let before = context.snapshots[name], let subject = context.lab.snapshot(name)?.subject else {
            throw CannotJudge("nothing was noted as `\(name)`: the check that takes the snapshot has not passed")
        }
        guard let now = try await subject.read(context) else {
            return .fail("there is no \(context.fill(subject.words)) any more")
        }
        return judge(before, now)
    }

    /// Pure.
    func judge(_ before: JSONValue, _ now: JSONValue) -> Observation {
        var told: [String] = []
        for comparison in comparisons {
            let old = comparison.path.values(in: before)
            let new = comparison.path.values(in: now)
            let text =
                "\(comparison.path.text) was \(Self.shown(old)) and is \(Self.shown(new))"
            guard Self.holds(comparison.relation, old, new) else { return .fail(text) }
            told.append(text)
        }
        return .pass(told.joined(separator: ", "), object: now)
    }

    private static func shown(_ values: [JSONValue]) -> String {
        values.isEmpty ? "not there" : values.map(FieldTest.text).joined(separator: ", ").shortened(80)
    }

    private static func holds(_ relation: Relation, _ old: [JSONValue], _ new: [JSONValue]) -> Bool {
        switch relation {
        case .same: return texts(old) == texts(new)
        case .different: return texts(old) != texts(new)
        case .increased, .decreased:
            guard let left = old.first.flatMap(number), let right = new.first.flatMap(number) else { return false }
            return relation == .increased ? right > left : right < left
        }
    }

    /// Lists have no fixed order.
    private static func texts(_ values: [JSONValue]) -> [String] { values.map(FieldTest.text).sorted() }

    /// Also amounts and times.
    private static func number(_ value: JSONValue) -> Double? {
        if let number = FieldTest.number(value) { return number }
        guard let text = value.string else { return nil }
        return Amount.parse(text) ?? APITime.parse(text)?.timeIntervalSince1970
    }
}

/// What nobody can look at: the learner says so, and it never counts as passed.
package struct AttestCheck: LabPrimitive {
    package static let word = "attest"

    package var statement: String

    package var expected: String { "you say: \(statement)" }
    package var question: String {
        "Asks you whether this is so: \(statement) It counts as self-reported, and never as passed."
    }
    package var next: String { "`martlet lab answer ${id} ${check} yes`, if it is so" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let answer = context.answers[context.check].map { Substring($0).trimmingSpaces.lowercased() }
        guard answer == "yes" || answer == "y" || answer == "true" else {
            return .fail(
                answer == nil ? "not confirmed yet" : "not confirmed: `\(answer?.shortened(40) ?? "")`", isFinal: true)
        }
        var seen = Observation.pass("self-reported")
        seen.isSelfReported = true
        return seen
    }
}
