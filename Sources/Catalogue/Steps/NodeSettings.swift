internal import ClusterModel
internal import Planning

/// Labels and taints of the spec.
let nodeSettings = StepDefinition(
    "node-settings", .services, "Set labels and taints of the nodes",
    explanation: """
        Labels and taints that the spec names are set through the API, because a kubelet may set only some of them and only \
        when it registers. What others have added is left alone.
        """
) { context in
    guard context.isPrimary else { return [] }
    let cluster = context.cluster
    var lines: [String] = []
    var commands: [String] = []
    for host in context.spec.hosts {
        // A node that joins again is made anew, without what was set on it before.
        let node = cluster.needsJoin(host) ? nil : cluster.api?.nodes[host.name]
        for (key, value) in host.labels.sorted(by: { $0.key < $1.key }) {
            lines.append("label \(host.name) \(key)=\(value)")
            guard node?.labels[key] != value else { continue }
            commands.append("$k label node \(host.name) --overwrite \(Shell.quote("\(key)=\(value)")) >/dev/null")
        }
        for taint in host.taints {
            let text = "\(taint.key)=\(taint.value):\(taint.effect.rawValue)"
            lines.append("taint \(host.name) \(text)")
            guard !(node?.taints.contains(text) ?? false) else { continue }
            commands.append("$k taint node \(host.name) --overwrite \(Shell.quote(text)) >/dev/null")
        }
    }
    guard !lines.isEmpty else { return [] }
    let joining = context.spec.hosts.filter { (!$0.labels.isEmpty || !$0.taints.isEmpty) && cluster.needsJoin($0) }
    return [
        Goal(
            "node-settings", .services, "labels and taints of the nodes", because: "the spec names them",
            ensure: [Check(BaseProbes.api(context.host), .containsLines(lines), title: "labels and taints")],
            by: [
                .run("set them", "k='\(BaseProbes.kubectl)'\n" + commands.joined(separator: "\n"), timeoutSeconds: 120)
            ],
            requires: joins(context.spec, primary: cluster.primary.name), settleSeconds: 10,
            always: joining.isEmpty ? nil : "\(joining.map(\.name).joined(separator: ", ")) will join without them")
    ]
}

/// Ids of the steps by which the other hosts become nodes.
func joins(_ spec: ClusterSpec, primary: String) -> [String] {
    ["control-plane-init@\(primary)"]
        + spec.hosts.filter { $0.name != primary }.map {
            "\($0.isControlPlane ? "control-plane-join" : "worker-join")@\($0.name)"
        }
}
