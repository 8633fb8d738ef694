internal import ConfigTree
internal import Diagnostics
internal import KubernetesAPI

/// Something that is done to nodes: labels, taints, cordons and drains.
package struct NodeChange: Sendable, Hashable {
    package enum Nodes: Sendable, Hashable {
        case selector(String)
        case name(String)

        package var words: String {
            switch self {
            case .selector(let selector): "each node with \(selector)"
            case .name(let name): "the node \(name)"
            }
        }
    }

    package struct Taint: Sendable, Hashable {
        package var key: String
        package var value: String
        /// NoSchedule, PreferNoSchedule or NoExecute.
        package var effect: String

        package static let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

        /// `key=value:Effect` or `key:Effect`; nil for anything else.
        package init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":") else { return nil }
            let pair = text[..<colon].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            effect = String(text[text.index(after: colon)...])
            guard let key = pair.first, !key.isEmpty, Self.effects.contains(effect) else { return nil }
            self.key = String(key)
            value = pair.count > 1 ? String(pair[1]) : ""
        }

        var json: JSONValue {
            var taint: JSONValue = ["key": .string(key), "effect": .string(effect)]
            if !value.isEmpty { taint["value"] = .string(value) }
            return taint
        }

        package var text: String { (value.isEmpty ? key : "\(key)=\(value)") + ":\(effect)" }
    }

    package enum Verb: Sendable, Hashable {
        case label(set: [String: String], remove: [String])
        /// Keys of those that go.
        case taint(add: [Taint], remove: [String])
        case cordon
        case uncordon
        case drain(within: Duration)
    }

    package var nodes: Nodes
    package var verb: Verb

    package var words: String {
        switch verb {
        case .label(let set, let remove):
            "label \(nodes.words) with "
                + (set.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + remove.map { "no \($0)" }).joined(
                    separator: ", ")
        case .taint(let add, let remove):
            "taint \(nodes.words) with " + (add.map(\.text) + remove.map { "no \($0)" }).joined(separator: ", ")
        case .cordon: "cordon \(nodes.words)"
        case .uncordon: "uncordon \(nodes.words)"
        case .drain: "drain \(nodes.words)"
        }
    }
}

/// Carries it out, and notes how it was.
struct NodeActions {
    let context: CheckContext
    let undo: UndoJournal?

    func run(_ change: NodeChange) async throws {
        guard context.lab.origin.isOwn || context.run.acceptsCommands else {
            throw CannotJudge(
                "this lab does not come with martlet, and it wants to \(change.words): accept that with --accept-commands"
            )
        }
        let nodes = try await nodes(change.nodes)
        guard !nodes.isEmpty else { throw CannotJudge("there is no such node: \(context.fill(change.nodes.words))") }
        for node in nodes { try await run(change.verb, node) }
    }

    private func nodes(_ wanted: NodeChange.Nodes) async throws -> [JSONValue] {
        guard let kind = KnownKinds.find("node") else { return [] }
        switch wanted {
        case .name(let name): return try await context.find(ObjectReference(kind: kind, name: name)).map { [$0] } ?? []
        case .selector(let selector):
            return try await context.list(kind, namespace: nil, selector: selector).items.sorted {
                $0.objectName < $1.objectName
            }
        }
    }

    private func run(_ verb: NodeChange.Verb, _ node: JSONValue) async throws {
        let path = "/api/v1/nodes/\(PathText.escaped(node.objectName))"
        switch verb {
        case .label(let set, let remove):
            var change: [String: JSONValue] = [:]
            for (key, value) in set { change[key] = .string(context.fill(value)) }
            for key in remove { change[key] = .null }
            // Only these keys are put back: others may have changed meanwhile.
            let before = change.keys.reduce(into: [String: JSONValue]()) { $0[$1] = node.labels[$1] ?? .null }
            undo?.add(.patch(path: path, ["metadata": ["labels": .object(before)]]))
            try await context.api.patch(path, ["metadata": ["labels": .object(change)]])
        case .taint(let add, let remove):
            let before = node["spec"]?["taints"]?.array ?? []
            var taints = before.filter { taint in
                let key = taint["key"]?.string ?? ""
                return !remove.contains(key)
                    && !add.contains { $0.key == key && $0.effect == taint["effect"]?.string }
            }
            taints += add.map(\.json)
            undo?.add(.patch(path: path, ["spec": ["taints": before.isEmpty ? .null : .array(before)]]))
            try await context.api.patch(path, ["spec": ["taints": taints.isEmpty ? .null : .array(taints)]])
        case .cordon: try await cordon(true, node, path)
        case .uncordon: try await cordon(false, node, path)
        case .drain(let limit):
            try await cordon(true, node, path)
            try await drain(node.objectName, within: limit)
        }
    }

    private func cordon(_ isCordoned: Bool, _ node: JSONValue, _ path: String) async throws {
        let before = node["spec"]?["unschedulable"]?.bool ?? false
        undo?.add(.patch(path: path, ["spec": ["unschedulable": before ? true : .null]]))
        try await context.api.patch(path, ["spec": ["unschedulable": isCordoned ? true : .null]])
    }

    // MARK: draining

    /// Pods of daemon sets stay, and those that the kubelet runs by itself; all others are asked to go, which budgets may refuse.
    private func drain(_ node: String, within limit: Duration) async throws {
        let version = try await evictionVersion()
        let end = ContinuousClock.now + limit
        var refusal: String?
        while true {
            let pods = try await context.api.list("/api/v1/pods", labels: nil, fields: "spec.nodeName=\(node)").items
            let leaving = pods.filter(Self.leaves)
            guard !leaving.isEmpty else { return }
            for pod in leaving where !pod.isBeingDeleted {
                if let reason = try await evict(pod, version) { refusal = reason }
            }
            guard ContinuousClock.now < end else {
                let names = leaving.map(\.objectName).sorted().prefix(4).joined(separator: ", ")
                throw CannotJudge(
                    "\(node) is not empty after \(LabDuration.text(limit)): \(names)"
                        + (refusal.map { ": \($0.shortened(200))" } ?? ""))
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    static func leaves(_ pod: JSONValue) -> Bool {
        let owners = pod["metadata"]?["ownerReferences"]?.array ?? []
        let phase = pod["status"]?["phase"]?.string
        return !owners.contains { $0["kind"]?.string == "DaemonSet" }
            && pod["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] == nil
            && phase != "Succeeded" && phase != "Failed"
    }

    /// Why it may not go now; nil if it goes or has gone.
    private func evict(_ pod: JSONValue, _ version: String) async throws -> String? {
        let namespace = pod["metadata"]?["namespace"]?.string ?? "default"
        let path =
            "/api/v1/namespaces/\(PathText.escaped(namespace))/pods/\(PathText.escaped(pod.objectName))/eviction"
        do throws(KubernetesError) {
            try await context.api.create(
                path,
                [
                    "apiVersion": .string(version), "kind": "Eviction",
                    "metadata": ["name": .string(pod.objectName), "namespace": .string(namespace)],
                ])
            return nil
        } catch {
            if error.isNotFound { return nil }
            guard error.code == 429 || error.code == 500 else { throw error }
            return "\(pod.objectName): \(error.diagnostic.detail ?? error.diagnostic.summary)"
        }
    }

    /// `policy/v1beta1` until 1.21, `policy/v1` since 1.22: the API says so of the subresource (kubernetes.io/docs/concepts/
    /// scheduling-eviction/api-eviction).
    private func evictionVersion() async throws -> String {
        let resources = try await context.api.get("/api/v1")["resources"]?.array ?? []
        let version = resources.first { $0["name"]?.string == "pods/eviction" }?["version"]?.string
        return "policy/\(version ?? "v1")"
    }
}
