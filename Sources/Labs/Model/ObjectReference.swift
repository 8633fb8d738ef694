package import KubernetesAPI

/// One object by kind and name; the name may hold variables.
package struct ObjectReference: Sendable, Hashable {
    package var kind: ObjectKind
    package var name: String
    /// nil is the lab's own namespace.
    package var namespace: String?
    /// As it was written.
    package var text: String

    package init(kind: ObjectKind, name: String, namespace: String? = nil, text: String? = nil) {
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.text = text ?? "\(kind.kind.lowercased())/\(name)"
    }
}
