package import KubernetesAPI

/// Objects of the API in a state.
package struct ObjectCheck: LabPrimitive {
    package static let word = "object"

    package var kind: ObjectKind
    /// nil takes all, or those with the selector.
    package var name: String?
    package var selector: String?
    package var namespace: String?
    package var count: CountRange?
    package var conditions: [String: String]
    package var fields: [FieldExpectation]
    /// The status must be about the newest specification.
    package var isObserved: Bool
    package var isAbsent: Bool

    package var foreignNamespaces: [String] { namespace.map { [$0] } ?? [] }

    private var subject: String {
        if let name { return "\(kind.kind) \(name)" }
        return selector.map { "\(kind.kind) with \($0)" } ?? "each \(kind.kind)"
    }

    private var place: String { namespace.map { " in \($0)" } ?? "" }

    package var isOfTheAPI: Bool { true }

    package var expected: String {
        if isAbsent { return "no \(subject)\(place)" }
        var wishes = conditions.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" } + fields.map(\.words)
        if isObserved { wishes.append("its status is up to date") }
        let number = count.map { "\($0.words) " } ?? ""
        return "\(number)\(subject)\(place)" + (wishes.isEmpty ? " is there" : ": " + wishes.joined(separator: ", "))
    }

    package var question: String {
        let how = name == nil ? "Lists \(subject)" : "Reads \(subject)"
        return "\(how)\(place) from the API and looks at \(isAbsent ? "whether it is there" : "its state")."
    }

    package var next: String {
        let word = kind.kind.lowercased()
        let target = kind.isNamespaced ? "-n \(namespace ?? "${namespace}") " : ""
        if let name { return "`kubectl \(target)describe \(word) \(name)`" }
        return "`kubectl \(target)get \(word)\(selector.map { " -l \($0)" } ?? "") -o wide`"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        let objects: [JSONValue]
        if let name {
            let reference = ObjectReference(kind: kind, name: name, namespace: namespace)
            objects = try await context.find(reference).map { [$0] } ?? []
        } else {
            objects = try await context.list(kind, namespace: namespace, selector: selector).items
        }
        return judge(objects, context)
    }

    /// Pure.
    func judge(_ objects: [JSONValue], _ context: CheckContext) -> Observation {
        let shown = context.fill(subject)
        if isAbsent {
            guard let first = objects.first else { return .pass("there is no \(shown)") }
            let state = first.isBeingDeleted ? "is still being deleted" : "is there"
            return .fail("\(counted(objects.count, kind.kind)): \(first.objectName) \(state)")
        }
        guard !objects.isEmpty || count?.contains(0) == true else {
            let text = "there is no \(shown)"
            guard let name else { return .fail(text) }
            return .missing(ObjectReference(kind: kind, name: name, namespace: namespace), text)
        }
        var good: [JSONValue] = []
        var problems: [String] = []
        for object in objects {
            if let problem = problem(of: object, context) {
                problems.append("\(name == nil ? object.objectName : shown): \(problem)")
            } else {
                good.append(object)
            }
        }
        if let count {
            // A number counts those that are as they should be.
            guard count.contains(good.count) else {
                let rest = problems.isEmpty ? "" : "; " + problems.prefix(3).joined(separator: "; ")
                let qualifier = conditions.isEmpty && fields.isEmpty && !isObserved ? "" : " as expected"
                return .fail("\(counted(good.count, kind.kind))\(qualifier)\(rest)")
            }
        } else if !problems.isEmpty {
            var observation = Observation.fail(problems.prefix(5).joined(separator: "; "))
            observation.clue = clue(to: objects)
            return observation
        }
        return .pass(name == nil ? counted(good.count, kind.kind) : "\(shown) is as expected", object: good.first)
    }

    /// Of endpoints: why there are none, which the service itself does not say.
    private static func absence(in endpoints: JSONValue) -> String? {
        let subsets = endpoints["subsets"]?.array ?? []
        guard subsets.allSatisfy({ ($0["addresses"]?.array ?? []).isEmpty }) else { return nil }
        let waiting = subsets.flatMap { $0["notReadyAddresses"]?.array ?? [] }.compactMap {
            $0["targetRef"]?["name"]?.string
        }
        return waiting.isEmpty
            ? "nothing stands behind it: no pod has the labels that the service selects"
            : "nothing ready stands behind it: \(waiting.sorted().prefix(3).joined(separator: ", "))"
    }

    /// A job that does not complete has pods that say why.
    private func clue(to objects: [JSONValue]) -> Clue? {
        guard let name, !conditions.isEmpty, let object = objects.first else { return nil }
        let labels = object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
        let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.string ?? "")" }
        return .unready(
            ObjectReference(kind: kind, name: name, namespace: namespace), pods: selector.joined(separator: ","))
    }

    private func problem(of object: JSONValue, _ context: CheckContext) -> String? {
        if object.isBeingDeleted { return "it is being deleted" }
        if isObserved {
            let newest = object["metadata"]?["generation"]?.int
            let seen = object["status"]?["observedGeneration"]?.int
            guard let newest, let seen, seen >= newest else {
                return "its status is not yet about the newest specification"
            }
        }
        for (type, wanted) in conditions.sorted(by: { $0.key < $1.key }) {
            guard let condition = object.condition(type) else { return "it has no condition \(type)" }
            let status = condition["status"]?.string ?? "?"
            guard status == context.fill(wanted) else {
                let reason = condition["message"]?.string ?? condition["reason"]?.string
                let cause = object["kind"]?.string == "Pod" || kind.kind == "Pod" ? object.podProblem : nil
                return "\(type) is \(status)" + ((cause ?? reason).map { ": \($0.shortened(200))" } ?? "")
            }
        }
        if kind.kind == "Endpoints", !fields.isEmpty, let problem = Self.absence(in: object) { return problem }
        for field in fields {
            if let problem = field.problem(in: object, context.fill) { return problem }
        }
        return nil
    }
}
