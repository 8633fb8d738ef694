internal import KubernetesAPI

/// What can be watched for a lab, and what has to be asked again when something happened, or only because time passes.
package struct LabWatch: Sendable {
    let context: CheckContext

    package init(_ context: CheckContext) { self.context = context }

    /// Paths of the collections that the checks look at.
    package func collections(of checks: [LabCheck]) async -> Set<String> {
        var kinds: [(kind: ObjectKind, namespace: String?)] = []
        func add(_ words: String..., namespace: String? = nil) {
            for word in words { if let kind = KnownKinds.find(word) { kinds.append((kind, namespace)) } }
        }
        for primitive in checks.flatMap(\.primitive.all) {
            switch primitive {
            case let check as ObjectCheck: kinds.append((check.kind, check.namespace))
            case let check as RolloutCheck:
                kinds.append((check.reference.kind, check.reference.namespace))
                add("pod", namespace: check.reference.namespace)
            case is NodeCheck: add("node")
            case let check as PlacementCheck:
                add("pod", namespace: check.namespace)
                add("node")
            case is FiredCheck: add("job", "cronjob")
            case let check as ForbidCheck where check.isOfTheAPI:
                kinds += ForbidCheck.kinds.compactMap { KnownKinds.find($0).map { ($0, nil) } }
            case let check as SnapshotCheck:
                switch check.subject {
                case .object(let reference): kinds.append((reference.kind, reference.namespace))
                case .list(let kind, _, let namespace): kinds.append((kind, namespace))
                }
            // What these ask cannot be watched; that a pod comes or goes is a good reason to ask again.
            default: add("pod", "endpoints")
            }
        }
        var paths = Set<String>()
        for (kind, namespace) in kinds {
            let name = context.namespace(namespace)
            guard !kind.isNamespaced || !name.isEmpty else { continue }
            // What the server does not have cannot be watched; it is asked with the rest.
            if let path = try? await context.kinds.path(kind, namespace: name) { paths.insert(path) }
        }
        return paths
    }

    /// Why it is looked again.
    package enum Reason: Sendable, Hashable {
        case change
        case time
    }

    /// Outcomes that still count, so that their checks are not carried out again.
    ///
    /// - Parameter canWatch: false where the API refuses watches: then everything is asked as time passes.
    package static func settled(
        _ outcomes: [CheckOutcome], of lab: Lab, because reason: Reason, canWatch: Bool,
        ended: [String: ContinuousClock.Instant],
        now: ContinuousClock.Instant
    ) -> [CheckOutcome] {
        outcomes.filter { outcome in
            guard let check = lab.check(outcome.id), outcome.result != .blocked else { return false }
            if check.primitive.isCostly {
                // Whoever deletes a pod or sends thousands of requests does it once, and again only for a reason.
                let isRested = ended[outcome.id].map { now - $0 > rest } ?? true
                return outcome.result == .pass || reason == .time || !isRested
            }
            return reason == .time && check.primitive.isOfTheAPI && canWatch
        }
    }

    private static let rest = Duration.seconds(10)
}
