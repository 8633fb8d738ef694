/// Which object: what identifies it in a cluster, and in which version it is spoken of.
package struct ObjectID: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    /// As objects write it, `apps/v1`.
    package var apiVersion: String
    package var kind: String
    /// Empty for what belongs to no namespace.
    package var namespace: String
    package var name: String

    package init(apiVersion: String, kind: String, namespace: String = "", name: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// Without the version: the same object is served in several.
    package var group: String { apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : "" }

    /// `Deployment openfaas/gateway`.
    package var description: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }

    package static func < (left: ObjectID, right: ObjectID) -> Bool {
        (left.kind, left.namespace, left.name, left.group) < (right.kind, right.namespace, right.name, right.group)
    }

    /// The same object, whatever the version.
    package var key: Key { Key(group: group, kind: kind, namespace: namespace, name: name) }

    package struct Key: Sendable, Hashable {
        package var group: String
        package var kind: String
        package var namespace: String
        package var name: String
    }
}

/// The marks by which martlet finds again what it made.
package enum FrameworkMarks {
    /// Names the framework; on every object of it.
    package static let framework = "martlet.dev/framework"
    /// SHA-256 of what was applied.
    package static let digest = "martlet.dev/digest"
    /// Of the record of an installation.
    package static let record = "martlet.dev/record"
    package static let manager = "martlet"
}
