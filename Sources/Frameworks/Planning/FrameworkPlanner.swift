internal import ClusterModel
internal import ConfigTree
internal import Diagnostics
package import KubernetesAPI

/// What of a cluster a plan depends on.
package struct ObservedCluster: Sendable {
    package var record: InstalledFramework?
    /// Live objects: those with our mark, and those that were asked for by name.
    package var objects: [ObjectID.Key: JSONValue]
    /// Namespaces of the cluster that are being deleted.
    package var terminating: Set<String>
    /// `apiVersion kind` of what the server does not have.
    package var unserved: Set<String>

    package init(
        record: InstalledFramework? = nil, objects: [ObjectID.Key: JSONValue] = [:], terminating: Set<String> = [],
        unserved: Set<String> = []
    ) {
        self.record = record
        self.objects = objects
        self.terminating = terminating
        self.unserved = unserved
    }
}

/// From what must be and what is to the plan: pure.
package struct FrameworkPlanner: Sendable {
    package let rendered: RenderedRelease
    package let observed: ObservedCluster
    /// Objects of others with the same names are taken over.
    package let adopts: Bool

    package init(_ rendered: RenderedRelease, _ observed: ObservedCluster, adopts: Bool = false) {
        self.rendered = rendered
        self.observed = observed
        self.adopts = adopts
    }

    private var release: FrameworkRelease { rendered.release }
    private var name: String { release.framework.name }

    /// An installation, or an upgrade where another version is there.
    package func plan() -> FrameworkPlan {
        let record = observed.record
        let isUpgrade =
            record.map {
                $0.isPresent && ($0.version, $0.channel) != (release.channel.version, release.channel.name)
            }
            ?? false
        var phases: [FrameworkPlan.Phase] = []
        let first = rendered.namespaces.map(change) + rendered.secrets.flatMap(changes)
        if !first.isEmpty {
            phases.append(
                FrameworkPlan.Phase(
                    id: "namespaces", title: "Namespaces and secrets", changes: first, actions: [], runsActions: false,
                    waits: []))
        }
        for phase in rendered.phases where phase.moment == .always || isUpgrade { phases.append(plan(phase)) }
        var plan = FrameworkPlan(
            purpose: isUpgrade ? .upgrade : .install, framework: name, channel: release.channel.name,
            version: release.channel.version, installedVersion: record?.version,
            kubernetes: release.cluster.version.description, phases: phases)
        plan.prune = prune()
        plan.notices = notices(isUpgrade: isUpgrade)
        return plan
    }

    private func plan(_ phase: RenderedPhase) -> FrameworkPlan.Phase {
        var actions = phase.http.map { "\($0.method) \($0.endpoint) \(release.fill($0.path))" }
        if let job = phase.job { actions.append("run \(job.name)") }
        let isDone = phase.actionDigest == nil || observed.record?.actions[phase.id] == phase.actionDigest
        return FrameworkPlan.Phase(
            id: phase.id, title: phase.title, changes: phase.objects.map(change), actions: actions,
            runsActions: !isDone, waits: phase.waits.map { $0.words(release) })
    }

    // MARK: objects

    private func change(_ desired: DesiredObject) -> FrameworkPlan.Change {
        let id = desired.id
        if observed.terminating.contains(id.namespace)
            || id.kind == "Namespace" && observed.terminating.contains(id.name)
        {
            let name = id.namespace.isEmpty ? id.name : id.namespace
            return FrameworkPlan.Change(id, .terminating, reason: "the namespace \(name) is being deleted")
        }
        if observed.unserved.contains("\(id.apiVersion) \(id.kind)") {
            return FrameworkPlan.Change(id, .unserved, reason: "the cluster does not serve \(id.apiVersion) \(id.kind)")
        }
        guard let live = observed.objects[id.key] else {
            return FrameworkPlan.Change(id, desired.isPatch ? .update : .create)
        }
        if live.isBeingDeleted { return FrameworkPlan.Change(id, .terminating, reason: "it is being deleted") }
        if desired.isPatch {
            let differences = ObjectComparison.differences(
                desired: desired.body, live: live, manager: desired.manager)
            return FrameworkPlan.Change(id, differences.isEmpty ? .unchanged : .update, differences: differences)
        }
        let owner = live.labels[FrameworkMarks.framework]?.string
        if owner != name, !adopts { return FrameworkPlan.Change(id, .foreign, reason: foreign(live, owner: owner)) }
        let differences = ObjectComparison.differences(desired: desired.body, live: live)
        let applied = live["metadata"]?["annotations"]?[FrameworkMarks.digest]?.string
        if owner == name, applied == desired.digest, differences.isEmpty { return FrameworkPlan.Change(id, .unchanged) }
        if let reason = ObjectComparison.immutableReason(desired: desired.body, live: live) {
            return FrameworkPlan.Change(id, .replace, reason: reason, differences: differences)
        }
        return FrameworkPlan.Change(
            id, .update, reason: owner != name ? "taken over" : applied == desired.digest ? "drift" : nil,
            differences: differences)
    }

    /// Whose an object is that is there already.
    private func foreign(_ live: JSONValue, owner: String?) -> String {
        if let owner { return "it belongs to the framework \(owner)" }
        let managers = Set(live["metadata"]?["managedFields"]?.array?.compactMap { $0["manager"]?.string } ?? [])
        var text = "it is there already and was not made by martlet"
        if !managers.isEmpty { text += " (by \(managers.sorted().joined(separator: ", ")))" }
        if live["kind"]?.string == "CustomResourceDefinition" {
            let versions = live["spec"]?["versions"]?.array?.compactMap { $0["name"]?.string } ?? []
            if !versions.isEmpty { text += "; it serves \(versions.joined(separator: ", "))" }
        }
        return text
    }

    // MARK: secrets

    private func changes(_ secret: FrameworkSecret) -> [FrameworkPlan.Change] {
        ([secret.namespace] + secret.copies).map { namespace in
            let id = ObjectID(apiVersion: "v1", kind: "Secret", namespace: namespace, name: secret.name)
            if observed.terminating.contains(namespace) {
                return FrameworkPlan.Change(id, .terminating, reason: "the namespace \(namespace) is being deleted")
            }
            guard let live = observed.objects[id.key] else {
                let made = secret.keys.filter { if case .fixed = $0.value { false } else { true } }.map(\.name)
                return FrameworkPlan.Change(
                    id, .create,
                    reason: made.isEmpty ? nil : "\(made.joined(separator: ", ")) generated, never shown")
            }
            let owner = live.labels[FrameworkMarks.framework]?.string
            if owner != name, !adopts {
                return FrameworkPlan.Change(id, .foreign, reason: foreign(live, owner: owner))
            }
            let missing = secret.keys.map(\.name).filter { live["data"]?[$0] == nil }
            guard missing.isEmpty else {
                return FrameworkPlan.Change(
                    id, .update, reason: "\(missing.joined(separator: ", ")) missing, the others are kept")
            }
            return FrameworkPlan.Change(
                id, owner == name ? .unchanged : .update, reason: owner == name ? nil : "taken over")
        }
    }

    // MARK: what is no longer described

    private func prune() -> [FrameworkPlan.Change] {
        var wanted = Set(rendered.namespaces.map(\.id.key))
        for object in rendered.objects { wanted.insert(object.id.key) }
        for secret in rendered.secrets {
            for namespace in [secret.namespace] + secret.copies {
                wanted.insert(
                    ObjectID(apiVersion: "v1", kind: "Secret", namespace: namespace, name: secret.name).key)
            }
        }
        wanted.insert(InstalledFramework.id(name).key)
        let extra = observed.objects.filter { key, live in
            !wanted.contains(key) && live.labels[FrameworkMarks.framework]?.string == name && !live.isBeingDeleted
        }
        return extra.map { key, live in
            let id = ObjectID(
                apiVersion: live["apiVersion"]?.string ?? "v1", kind: key.kind, namespace: key.namespace, name: key.name
            )
            return FrameworkPlan.Change(id, .delete, reason: "no longer described")
        }.sorted { left, right in
            let (first, second) = (ObjectFile.rank(left.object.kind), ObjectFile.rank(right.object.kind))
            return first == second ? left.object < right.object : first > second
        }
    }

    // MARK: notices

    private func notices(isUpgrade: Bool) -> [String] {
        var notices: [String] = []
        let licence = release.channel.licence
        if licence.acceptance != .none {
            notices.append("licence \(licence.name)" + (licence.notice.map { ": \($0.oneLine)" } ?? ""))
        }
        if !release.framework.isMaintained { notices.append("\(release.framework.title) is no longer maintained") }
        if isUpgrade {
            notices += [release.channel.upgradeNote, release.framework.upgrade.note].compactMap { $0?.oneLine }
        }
        for image in release.releaseImages where image.role == .install && image.state == .gone {
            notices.append(
                "the image \(image.reference) is gone" + (image.replacement.map { "; instead: \($0)" } ?? ""))
        }
        return notices
    }
}

extension String {
    /// Line breaks become spaces.
    var oneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}

extension ReadinessCheck {
    /// What it asks for, as a person would say it.
    package func words(_ release: FrameworkRelease) -> String {
        let place = release.fill(namespace ?? release.coreNamespace)
        switch subject {
        case .rollout(let kind, let name): return "\(kind) \(place)/\(release.fill(name)) is rolled out"
        case .established(let names):
            return names.count > 3
                ? "\(names.count) custom resource definitions are served"
                : "\(names.map(release.fill).joined(separator: ", ")) served"
        case .condition(let object, let type, let status):
            let object = release.filled(object)
            return "\(object.kind) \(object.name) is \(type)=\(status)"
        case .endpoints(let service, let minimum):
            return "Service \(place)/\(release.fill(service)) has \(minimum) ready address\(minimum == 1 ? "" : "es")"
        case .job(let name): return "Job \(place)/\(release.fill(name)) is complete"
        case .accepted(let file): return "a dry run of \(file) is let in"
        case .http(let request, _, _):
            return "\(request.method) \(request.endpoint) \(release.fill(request.path)) answers"
        case .field(let object, let condition):
            let object = release.filled(object)
            return "\(object.kind) \(object.name): \(condition.words)"
        case .absent(let objects):
            return "no \(objects.kind)" + (objects.names.isEmpty ? "" : " \(objects.names.joined(separator: ", "))")
        }
    }
}
