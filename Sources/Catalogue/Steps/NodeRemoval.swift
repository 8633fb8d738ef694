internal import ClusterModel
internal import Planning

/// Until it succeeds: etcd may be without a leader for some seconds when a member has gone.
private let again = """
    again() {
      tries=0
      until "$@" >/dev/null 2>/run/martlet-again.log; do
        tries=$((tries + 1))
        [ $tries -lt 20 ] || { tail -n 5 /run/martlet-again.log >&2; return 1; }
        sleep 1
      done
    }
    """

/// Nodes that the spec does not name any more, and spares that go back to their pool: drained, taken out of etcd, deleted.
///
/// The former only with `--prune`.
let nodeRemoval = StepDefinition(
    "node-removal", .removal,
    "Take nodes out that the spec does not name (only with --prune), and spares that nothing needs",
    explanation: """
        The node is drained within a time limit, its member of etcd removed, never so that the remaining ones lose their majority, \
        and its object deleted. Of a node that is not ready the member goes first, and nobody waits for its pods: no kubelet \
        would tell of their end. The machine itself is left as it is: run `martlet reset --host NAME` before \
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
        let isReady = cluster.api?.nodes[name]?.isReady ?? false
        let drain = [
            "again \(BaseProbes.kubectl) cordon \(name) || exit 1",
            "\(BaseProbes.kubectl) drain \(name) --ignore-daemonsets --delete-emptydir-data --force --timeout 300s "
                + "\(isReady ? "" : "--skip-wait-for-delete-timeout 1 ")"
                + ">/run/martlet-drain.log 2>&1 || { tail -n 5 /run/martlet-drain.log >&2; \(back)exit 1; }",
        ]
        let removal = member.map { member in
            [
                "\(BaseProbes.etcdCurl) https://127.0.0.1:2379/v3/cluster/member/remove -d '{\"ID\":\"\(member.id)\"}' >/dev/null"
            ]
        }
        // The kubelet of a control plane speaks with the API server beside it from 1.33 on (kubeadm's feature gate
        // ControlPlaneKubeletLocalMode), which ends with its member of etcd: pods that are drained afterwards never end.
        let commands =
            [again] + (isReady ? drain + (removal ?? []) : (removal ?? []) + drain) + [
                "again \(BaseProbes.kubectl) delete node \(name) --ignore-not-found || exit 1"
            ]
        let summary =
            switch (member, isReady) {
            case (nil, _): "drain and delete the node"
            case (_, true): "drain the node, remove its member of etcd, delete it"
            case (_, false): "remove its member of etcd, drain and delete the node"
            }
        let goal = Goal(
            "remove-\(name)", .removal, "\(name) is no node of the cluster",
            because: isSpare ? "it goes back to its pool" : "the spec does not name it any more",
            ensure: [],
            by: [
                .run(summary, commands.joined(separator: "\n"), timeoutSeconds: 420)
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
