internal import ClusterModel
internal import Planning

/// Workers join in parallel as soon as the first API server is up.
let workerJoin = StepDefinition(
    "worker-join", .workers, "Join the workers",
    explanation: """
        Workers need no certificate authority and no etcd, so all of them join at once, also while control planes still join. \
        A join that was interrupted is taken back on the host and repeated.
        """
) { context in
    guard !context.host.isControlPlane else { return [] }
    let cluster = context.cluster
    let document = KubeadmConfiguration.joinDocument(
        cluster.kubeadm, host: context.host, token: Slots.joinToken.reference,
        caCertificateHash: Slots.caHash.reference, apiServerEndpoint: cluster.endpoint, certificateKey: nil)
    let joined = """
        [ -s /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/bootstrap-kubelet.conf ] && \
        [ -s /var/lib/kubelet/config.yaml ] && [ -e /var/lib/kubelet/pki/kubelet-client-current.pem ]
        """
    let primary = cluster.primary.name
    return [
        Goal(
            "worker-join", .workers, "\(context.host.name) is a node of the cluster", because: "workloads run on it",
            ensure: [
                // That the kubelet runs is a step of its own: to start it needs no token.
                Check(.script("worker-joined", joined), .present, title: "the node's own credentials")
            ],
            by: [
                .run(
                    "run kubeadm join",
                    KubeadmScript.text(
                        name: "join", done: hasNode(context) ? joined : "false", prepare: takeBack,
                        command: "join\(KubeadmScript.ignored(context, isRepeated: context.state.kubeadm.isTouched))"),
                    input: document, timeoutSeconds: 900),
                AppliedConfiguration.record(context),
            ],
            requires: hostIsPrepared(context) + [
                "control-plane-init@\(primary)", "join-credentials@\(primary)",
                "forget-\(context.host.name)@\(primary)",
            ], settleSeconds: 30, blocked: blocked(context),
            always: rejoin(context), diagnose: .kubernetes)
    ]
}

private func hasNode(_ context: HostContext) -> Bool { context.cluster.api?.nodes[context.host.name] != nil }

/// The host believes that it has joined, and the cluster does not know it.
private func rejoin(_ context: HostContext) -> String? {
    guard context.state.kubeadm.isJoinedWorker, context.cluster.isEstablished, !hasNode(context) else { return nil }
    return "the host has credentials, but the cluster has no node of that name"
}

private let takeBack = """
    systemctl stop kubelet
    rm -f /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/pki/ca.crt
    rm -rf /var/lib/kubelet/config.yaml /var/lib/kubelet/pki
    """

private func blocked(_ context: HostContext) -> String? {
    let cluster = context.cluster
    let artefacts = context.state.kubeadm
    if artefacts.hasEtcdData, artefacts.has("manifests/etcd.yaml") {
        return "the host is a control plane of some cluster and the spec calls it a worker: "
            + "take it out with --prune first, or reset it"
    }
    if let ours = cluster.states[cluster.primary.name]?.kubeadm.ca, let theirs = artefacts.ca, ours != theirs {
        return
            "the host has joined another cluster: run `martlet reset` with that cluster's spec, or `kubeadm reset` on it"
    }
    return nil
}
