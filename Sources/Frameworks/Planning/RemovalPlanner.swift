/// What the user consents to when a framework is removed.
package struct RemovalConsent: Sendable, Hashable {
    /// Definitions go, and with them every custom resource of theirs in the cluster.
    package var definitions: Bool
    /// Claims go, and with them their data.
    package var claims: Bool
    /// Finalizers that nobody takes off are taken off.
    package var finalizers: Bool

    package init(definitions: Bool = false, claims: Bool = false, finalizers: Bool = false) {
        self.definitions = definitions
        self.claims = claims
        self.finalizers = finalizers
    }
}

/// What is in a cluster because of a framework.
package struct RemovalInventory: Sendable {
    /// Functions and other objects of users, custom resources of the framework's definitions among them.
    package var userObjects: [ObjectID]
    /// Everything with the framework's mark, and what the record says.
    package var objects: [ObjectID]
    package var claims: [ObjectID]
    package var leftovers: [ObjectID]
    /// What others put into the framework's namespaces: gone with them.
    package var others: [ObjectID]
    /// What the framework's own definitions define.
    package var definedKinds: Set<DefinedKind>

    package init(
        userObjects: [ObjectID] = [], objects: [ObjectID] = [], claims: [ObjectID] = [], leftovers: [ObjectID] = [],
        others: [ObjectID] = [], definedKinds: Set<DefinedKind> = []
    ) {
        self.definedKinds = definedKinds
        self.userObjects = userObjects
        self.objects = objects
        self.claims = claims
        self.leftovers = leftovers
        self.others = others
    }

    package var definitions: [ObjectID] { objects.filter { $0.kind == "CustomResourceDefinition" } }
}

/// A kind in whatever version.
package struct DefinedKind: Sendable, Hashable {
    package var group: String
    package var kind: String

    package init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }

    init(of id: ObjectID) {
        let parts = id.apiVersion.split(separator: "/")
        self.init(group: parts.count == 2 ? String(parts[0]) : "", kind: id.kind)
    }
}

/// In which order a framework goes: pure.
///
/// Functions first, while controllers run and take their finalizers off; then webhooks, which would block everything else when
/// the pods behind them are gone; then the rest backwards.
package enum RemovalPlanner {
    package static func plan(
        _ record: InstalledFramework, _ inventory: RemovalInventory, consent: RemovalConsent, kubernetes: String
    ) -> FrameworkPlan {
        let webhooks = inventory.objects.filter { $0.kind.hasSuffix("WebhookConfiguration") || $0.kind == "APIService" }
        let special = Set((webhooks + inventory.definitions).map(\.key))
        let namespaces = inventory.objects.filter { $0.kind == "Namespace" }
        let claims = consent.claims ? inventory.claims : []
        // With its definitions the custom resources of users stay, those of the framework itself go.
        let own = Set(record.inventory.map(\.key))
        let instances =
            consent.definitions
            ? []
            : inventory.userObjects.filter {
                inventory.definedKinds.contains(DefinedKind(of: $0)) && !own.contains($0.key)
            }
        let kept = Set(instances.map(\.key))
        let keptClaims = consent.claims ? [] : inventory.claims
        let keptPlaces = Set((keptClaims + instances).map(\.namespace))
        let plain = inventory.objects.filter {
            !special.contains($0.key) && $0.kind != "Namespace" && $0.kind != "PersistentVolumeClaim"
        }.sorted { left, right in
            let (first, second) = (ObjectFile.rank(left.kind), ObjectFile.rank(right.kind))
            return first == second ? left < right : first > second
        }
        func phase(_ id: String, _ title: String, _ objects: [ObjectID]) -> FrameworkPlan.Phase {
            FrameworkPlan.Phase(
                id: id, title: title, changes: objects.map { FrameworkPlan.Change($0, .delete) }, actions: [],
                runsActions: false, waits: objects.isEmpty ? [] : ["they are gone"])
        }
        let phases = [
            phase(
                "functions", "Functions and other objects of users",
                inventory.userObjects.filter { !kept.contains($0.key) }.sorted()),
            phase("webhooks", "Webhooks", webhooks.sorted()), phase("objects", "The framework's own objects", plain),
            phase("claims", "Claims and their data", claims.sorted()),
            phase(
                "definitions", "Custom resource definitions",
                consent.definitions ? inventory.definitions.sorted() : []),
            phase(
                "namespaces", "Namespaces", namespaces.filter { !keptPlaces.contains($0.name) }.sorted()),
            phase("leftovers", "What controllers left", inventory.leftovers.sorted()),
        ]
        var plan = FrameworkPlan(
            purpose: .remove, framework: record.name, channel: record.channel, version: record.version,
            installedVersion: record.version, kubernetes: kubernetes, phases: phases.filter { !$0.changes.isEmpty })
        let going = Set(namespaces.map(\.name)).subtracting(keptPlaces)
        let lost = inventory.others.filter { going.contains($0.namespace) }.sorted().map(\.description)
        if !lost.isEmpty {
            let more = lost.count > 12 ? " and \(lost.count - 12) more" : ""
            plan.notices.append(
                "made by others, and gone with the namespaces: \(lost.prefix(12).joined(separator: ", "))\(more)")
        }
        if !consent.definitions, !inventory.definitions.isEmpty {
            let theirs =
                instances.isEmpty ? "" : " and \(instances.count) objects that they define, with their namespaces"
            plan.notices.append(
                "kept: \(inventory.definitions.count) custom resource definitions\(theirs) (--delete-crds deletes them)"
            )
        }
        if !consent.claims, !inventory.claims.isEmpty {
            let names = inventory.claims.sorted().map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")
            plan.notices.append(
                "kept: the claims \(names) with their data, and so their namespaces (--delete-claims deletes them)")
        }
        return plan
    }
}
