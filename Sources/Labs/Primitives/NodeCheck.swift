internal import KubernetesAPI

/// Facts about nodes: of every one, or of one at least.
package struct NodeCheck: LabPrimitive {
    package static let word = "node"

    package var selector: String?
    /// Every node; else one is enough.
    package var isAboutAll: Bool
    package var count: CountRange?
    package var ready: Bool?
    package var schedulable: Bool?
    package var labels: [String: String]
    /// `key=value:Effect`, `key:Effect`.
    package var taints: [String]
    /// The beginning of the kubelet's version, `1.20`.
    package var version: String?
    /// The beginning of the runtime's version, `containerd`.
    package var runtime: String?

    package var patience: Duration { .seconds(10) }

    private var subject: String { (isAboutAll ? "every node" : "one node") + (selector.map { " with \($0)" } ?? "") }

    package var isOfTheAPI: Bool { true }

    package var expected: String {
        var wishes: [String] = []
        if let ready { wishes.append(ready ? "is ready" : "is not ready") }
        if let schedulable { wishes.append(schedulable ? "takes pods" : "takes no new pods") }
        wishes += labels.sorted { $0.key < $1.key }.map { "has the label \($0.key)=\($0.value)" }
        wishes += taints.map { "has the taint \($0)" }
        if let version { wishes.append("runs Kubernetes \(version)") }
        if let runtime { wishes.append("runs \(runtime)") }
        let number = count.map { "\($0.words) nodes" + (selector.map { " with \($0)" } ?? "") }
        let rest = wishes.isEmpty ? nil : "\(subject) \(wishes.joined(separator: ", "))"
        return [number, rest].compactMap { $0 }.joined(separator: "; ")
    }

    package var question: String { "Lists the nodes\(selector.map { " with \($0)" } ?? "") and looks at each." }

    package var next: String {
        "`kubectl describe node\(selector.map { " -l \($0)" } ?? "")`, and `systemctl status kubelet` on the node"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        guard let kind = KnownKinds.find("node") else { throw CannotJudge("nodes are not known") }
        return judge(try await context.list(kind, namespace: nil, selector: selector).items, context.fill)
    }

    /// Pure.
    func judge(_ nodes: [JSONValue], _ fill: (String) -> String) -> Observation {
        guard !nodes.isEmpty else { return .fail("there is no node\(selector.map { " with \(fill($0))" } ?? "")") }
        if let count, !count.contains(nodes.count) {
            return .fail("\(counted(nodes.count, "node")): \(nodes.map(\.objectName).sorted().joined(separator: ", "))")
        }
        let problems = nodes.compactMap { node in
            problem(of: node, fill).map { "\(node.objectName) \($0)" }
        }
        let isGood = isAboutAll ? problems.isEmpty : problems.count < nodes.count
        guard isGood else { return .fail(problems.sorted().prefix(5).joined(separator: "; ")) }
        return .pass("\(nodes.count - problems.count) of \(counted(nodes.count, "node"))", object: nodes.first)
    }

    private func problem(of node: JSONValue, _ fill: (String) -> String) -> String? {
        if let ready {
            let status = node.condition("Ready")?["status"]?.string ?? "Unknown"
            if (status == "True") != ready {
                let reason = node.condition("Ready")?["message"]?.string.map { ": \($0.shortened(120))" } ?? ""
                return "has Ready=\(status)\(reason)"
            }
        }
        if let schedulable, (node["spec"]?["unschedulable"]?.bool ?? false) == schedulable {
            return schedulable ? "is cordoned" : "takes pods"
        }
        for (key, wanted) in labels.sorted(by: { $0.key < $1.key }) {
            guard let found = node.labels[key]?.string else { return "has no label \(key)" }
            guard found == fill(wanted) else { return "has the label \(key)=\(found)" }
        }
        let found = (node["spec"]?["taints"]?.array ?? []).map(Self.taint)
        for taint in taints.map(fill) where !found.contains(taint) {
            return "has not the taint \(taint)" + (found.isEmpty ? "" : ", but \(found.joined(separator: ", "))")
        }
        let info = node["status"]?["nodeInfo"]
        if let version, let kubelet = info?["kubeletVersion"]?.string {
            let number = kubelet.hasPrefix("v") ? String(kubelet.dropFirst()) : kubelet
            let wanted = fill(version)
            if number != wanted, !number.hasPrefix(wanted + ".") { return "runs Kubernetes \(kubelet)" }
        }
        if let runtime, let name = info?["containerRuntimeVersion"]?.string, !name.hasPrefix(fill(runtime)) {
            return "runs \(name)"
        }
        return nil
    }

    static func taint(_ taint: JSONValue) -> String {
        let value = taint["value"]?.string ?? ""
        return (taint["key"]?.string ?? "") + (value.isEmpty ? "" : "=\(value)") + ":" + (taint["effect"]?.string ?? "")
    }
}
