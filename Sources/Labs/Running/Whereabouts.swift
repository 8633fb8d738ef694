internal import Diagnostics
internal import KubernetesAPI

/// Where something that is missing may be instead: under another name, as another kind, in another namespace.
///
/// It explains a verdict and never is one: what cannot be asked is left out.
struct Whereabouts: Sendable {
    let context: CheckContext

    init(_ context: CheckContext) { self.context = context }

    /// Kinds that are taken for each other.
    private static let workloads = ["deployment", "statefulset", "daemonset", "job", "cronjob", "pod"]

    /// One line for each place, the likeliest first.
    func lines(of missing: ObjectReference) async -> [String] {
        guard missing.kind.isNamespaced, missing.namespace == nil, !context.namespace.isEmpty else { return [] }
        let name = context.fill(missing.name)
        async let kind = otherKind(missing.kind, name)
        async let others = otherNames(missing.kind, name)
        async let place = otherPlace(missing, name)
        return await [place, kind, others].compactMap(\.self)
    }

    /// Whoever forgets `-n` works in the namespace `default`.
    private func otherPlace(_ missing: ObjectReference, _ name: String) async -> String? {
        let elsewhere = ObjectReference(kind: missing.kind, name: name, namespace: "default")
        guard context.namespace != "default", (try? await context.find(elsewhere)) != nil else { return nil }
        return "there is one in the namespace default: this lab is done in `-n \(context.namespace)`"
    }

    private func otherKind(_ kind: ObjectKind, _ name: String) async -> String? {
        guard Self.workloads.contains(kind.kind.lowercased()) else { return nil }
        for word in Self.workloads where word != kind.kind.lowercased() {
            guard let other = KnownKinds.find(word),
                (try? await context.find(ObjectReference(kind: other, name: name))) != nil
            else { continue }
            return "there is a \(other.kind) of that name, and a \(kind.kind) is wanted"
        }
        return nil
    }

    private func otherNames(_ kind: ObjectKind, _ name: String) async -> String? {
        guard kind.kind != "Pod", let list = try? await context.list(kind, namespace: nil, selector: nil) else {
            return nil
        }
        let names = list.items.map(\.objectName).filter { $0 != name }.sorted()
        guard !names.isEmpty else { return nil }
        if let near = Suggestion.nearest(to: name, in: names) { return "there is a \(kind.kind) `\(near)`" }
        return "there is \(names.prefix(4).map { "`\($0)`" }.joined(separator: ", ")) of the kind \(kind.kind)"
    }
}
