internal import ClusterModel
internal import Planning

/// Nodes that the spec does not name any more, and spares that go back to their pool: drained, taken out of etcd, deleted.
///
/// The former only with `--prune`.
let nodeRemoval = StepDefinition(
    "node-removal", .removal,
    "Take nodes out that the spec does not name (only with --prune), and spares that nothing needs",
    explanation: """
        The member of etcd goes first, and never so that the remaining ones lose their majority; then the node is drained within \
        a time limit and its object deleted. The machine itself is left as it is: run `martlet reset --host NAME` before \
        it leaves the spec to clean it, too.
        """
) { context in
    guard context.isPrimary else { return [] }
    let cluster = context.cluster
    // One that the API does not list was drained before, in a run that was interrupted.
    let spares = cluster.leaving.map(\.name).filter { cluster.api?.nodes[$0] != nil }
    var previous: String?
    return (spares + (cluster.prune ? cluster.strangers : [])).map { name in
        let isSpare = spares.contains(name)
        // A spare whose pods may not go stays a node as good as before.
        let back = isSpare ? "\(BaseProbes.kubectl) uncordon \(name) >/dev/null; " : ""
        let member = cluster.members.first { $0.name == name }
        var commands = [
            "\(BaseProbes.kubectl) cordon \(name) >/dev/null",
            "\(BaseProbes.kubectl) drain \(name) --ignore-daemonsets --delete-emptydir-data --force --timeout 300s "
                + ">/run/martlet-drain.log 2>&1 || { tail -n 5 /run/martlet-drain.log >&2; \(back)exit 1; }",
        ]
        if let member {
            commands.insert(
                "\(BaseProbes.etcdCurl) https://127.0.0.1:2379/v3/cluster/member/remove -d '{\"ID\":\"\(member.id)\"}' >/dev/null",
                at: 0)
        }
        commands.append("\(BaseProbes.kubectl) delete node \(name) >/dev/null")
        let goal = Goal(
            "remove-\(name)", .removal, "\(name) is no node of the cluster",
            because: isSpare ? "it goes back to its pool" : "the spec does not name it any more",
            ensure: [],
            by: [
                .run(
                    "\(member == nil ? "" : "remove its member of etcd, ")drain and delete the node",
                    commands.joined(separator: "\n"), timeoutSeconds: 420)
            ], requires: (previous.map { [$0] } ?? []) + joins(context.spec, primary: cluster.primary.name),
            pool: .etcd, blocked: member.flatMap { _ in quorumBlock(cluster, removing: name) },
            always: isSpare ? "nothing needs it as a node" : "it is in the cluster and not in the spec",
            diagnose: .kubernetes)
        previous = goal.id
        return goal
    }
}

/// Members that stay must be a majority of themselves, counted by those whose etcd answers now.
private func quorumBlock(_ cluster: ClusterContext, removing name: String) -> String? {
    let staying = cluster.members.filter { $0.name != name && !$0.isLearner }
    let alive = staying.filter { cluster.states[$0.name]?.members != nil }
    guard alive.count < staying.count / 2 + 1 else { return nil }
    return "only \(alive.count) of the \(staying.count) members of etcd that would stay answer; "
        + "removing \(name) would cost the majority"
}
