internal import ClusterModel
internal import Planning

/// The end of an apply: every node is ready, the API answers through its endpoint.
let verification = StepDefinition(
    "verification", .verify, "Prove that the nodes are ready and the API answers through the endpoint",
    explanation: """
        A cluster whose nodes never became ready is not done. The endpoint is asked over TLS with the cluster's own authority, \
        as every client will ask it.
        """
) { context in
    guard context.isPrimary else { return [] }
    let cluster = context.cluster
    let requires = joins(context.spec, primary: cluster.primary.name)
    let networks = context.spec.hosts.map { "pod-network@\($0.name)" }
    let kubelets = context.spec.hosts.map { "kubelet@\($0.name)" }
    let watches = context.spec.hosts.map { "watches@\($0.name)" }
    let endpoint = "https://\(cluster.endpoint)/readyz"
    var goals = [
        Goal(
            "api-endpoint", .verify, "the API answers at \(cluster.endpoint)",
            because: "every client uses that address",
            ensure: [
                Check(
                    .script(
                        "api-endpoint",
                        "[ -s /etc/kubernetes/pki/ca.crt ] || exit 1; "
                            + "curl -sS --max-time 5 --cacert /etc/kubernetes/pki/ca.crt "
                            + "--cert /etc/kubernetes/pki/apiserver-kubelet-client.crt "
                            + "--key /etc/kubernetes/pki/apiserver-kubelet-client.key \(endpoint) || exit 1"),
                    .equals("ok"), title: endpoint)
            ], by: [], requires: ["control-plane-init"], settleSeconds: 60,
            diagnose: .journal(["haproxy", "keepalived"]))
    ]
    if context.spec.network.plugin != .none {
        // A node that was ready when it was asked is made anew when its host joins again.
        let unfinished = context.spec.hosts.filter {
            cluster.needsJoin($0) || (context.isPrimary && !cluster.isEstablished)
        }
        goals.append(
            Goal(
                "nodes-ready", .verify, "every node is ready", because: "only ready nodes run workloads",
                ensure: [
                    Check(
                        BaseProbes.api(context.host), .contains(context.spec.hosts.map { "node \($0.name) True " }),
                        title: "ready nodes")
                ], by: [], requires: requires + networks + kubelets + watches + ["cluster-dns"], settleSeconds: 300,
                always: unfinished.isEmpty
                    ? nil : "\(unfinished.map(\.name).joined(separator: ", ")) become nodes by then",
                diagnose: .kubernetes))
    }
    return goals
}
