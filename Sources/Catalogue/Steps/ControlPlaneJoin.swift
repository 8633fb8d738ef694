internal import ClusterModel
internal import Planning

/// Further control planes: shared certificates over SSH, then `kubeadm join`, one member of etcd at a time.
let controlPlaneJoin = StepDefinition(
    "control-plane-join", .controlPlane, "Join the other control planes",
    explanation: """
        The certificate authorities are copied over SSH, so that no upload to the cluster expires. Joins wait for each other: \
        etcd admits one new member at a time. What an interrupted join left (a member that never started, a node object) is \
        taken back before the next attempt, only for a host that is not a working member.
        """
) { context in
    guard context.host.isControlPlane, !context.isPrimary else { return [] }
    let cluster = context.cluster
    let name = context.host.name
    let isMember = !cluster.needsJoin(context.host)
    let document = KubeadmConfiguration.joinDocument(
        cluster.kubeadm, host: context.host, token: Slots.joinToken.reference,
        caCertificateHash: Slots.caHash.reference, apiServerEndpoint: cluster.endpoint, certificateKey: nil)
    let done = """
        [ -s /etc/kubernetes/admin.conf ] && [ -s /etc/kubernetes/kubelet.conf ] && \
        \(BaseProbes.etcdCurl) https://127.0.0.1:2379/v3/cluster/member/list -d '{}' 2>/dev/null | grep -q '"name":"\(name)"' && \
        \(BaseProbes.kubectl) get node \(name) >/dev/null 2>&1
        """
    var requires = hostIsPrepared(context) + ["certificates", "control-plane-init@\(cluster.primary.name)"]
    requires += ["join-credentials@\(cluster.primary.name)", "forget-\(name)@\(cluster.primary.name)"]
    let join = KubeadmScript.text(
        name: "join", done: done, prepare: isMember ? removeBrokenFiles : takeBack,
        command: "join\(KubeadmScript.ignored(context, isRepeated: context.state.kubeadm.isTouched))")
    return [
        Goal(
            "certificates", .controlPlane, "the cluster's certificate authorities are on the host",
            because: "every control plane signs with the same authorities",
            ensure: [sharedFiles(context)],
            by: [
                .run(
                    "write them below /etc/kubernetes",
                    "umask 077\nmkdir -p /etc/kubernetes\nbase64 -d | tar -x -C /etc/kubernetes -f -",
                    input: Slots.certificates.reference)
            ], requires: ["shared-certificates@\(cluster.primary.name)"], blocked: blocked(context),
            always: isMember ? nil : "the host joins with them"),
        Goal(
            "control-plane-join", .controlPlane, "\(name) is a control plane of the cluster",
            because: "the cluster survives the loss of a machine",
            ensure: [
                controlPlaneFiles,
                Check(BaseProbes.members, .contains(["\"name\":\"\(name)\""]), title: "membership in etcd"),
                Check(BaseProbes.api(context.host), .contains(["node \(name) "]), title: "the API server"),
            ],
            by: isMember
                ? [repairControlPlane(context), StaticPods.record]
                : [
                    .run("run kubeadm join", join, input: document, timeoutSeconds: 900),
                    AppliedConfiguration.record(context), StaticPods.record,
                ],
            requires: requires, pool: .etcd, settleSeconds: 90, blocked: blocked(context), diagnose: .kubernetes),
    ]
}

/// Files that all control planes have in common.
let sharedNames = [
    "pki/ca.crt", "pki/ca.key", "pki/sa.key", "pki/sa.pub", "pki/front-proxy-ca.crt", "pki/front-proxy-ca.key",
    "pki/etcd/ca.crt", "pki/etcd/ca.key",
]

private func sharedFiles(_ context: HostContext) -> Check {
    var names = sharedNames
    if context.spec.profile == .production { names += ["audit-policy.yaml", "encryption/config.yaml"] }
    return Check(
        .script(
            "shared-certificates",
            """
            cd /etc/kubernetes 2>/dev/null || exit 1
            for file in \(names.joined(separator: " ")); do [ -s $file ] || echo $file; done
            """), .equals(""), title: "missing shared files")
}

/// What an interrupted join left on a host that is no member of etcd.
///
/// The authorities stay.
private let takeBack = """
    if [ -e /etc/kubernetes/kubelet.conf ] || [ -e /etc/kubernetes/manifests/etcd.yaml ] || [ -e /var/lib/etcd/member ]; then
      systemctl stop kubelet
      for pod in $(crictl pods -q 2>/dev/null); do
        crictl stopp $pod >/dev/null 2>&1 || true
        crictl rmp -f $pod >/dev/null 2>&1 || true
      done
      # What is left where there is no crictl: bundles for 1.31 and newer need not bring it.
      for task in $(ctr -n k8s.io tasks ls -q 2>/dev/null); do
        ctr -n k8s.io tasks kill -s KILL $task >/dev/null 2>&1 || true
      done
      rm -f /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml
      cd /etc/kubernetes/pki
      rm -f apiserver*.crt apiserver*.key front-proxy-client.* etcd/server.* etcd/peer.* etcd/healthcheck-client.*
      cd /
      rm -rf /var/lib/etcd/member /var/lib/kubelet/config.yaml /var/lib/kubelet/pki
    fi
    """

/// For a working member with damaged files, or one whose node was deleted.
///
/// kubeadm's own phases make the files anew from the authorities, its kubelet registers the node; etcd's data stay.
func repairControlPlane(_ context: HostContext) -> Action {
    let documents = KubeadmConfiguration.initDocuments(
        context.cluster.kubeadm, host: context.host, token: nil, certificateKey: nil)
    let hasLostNode = context.cluster.hasLostNode(context.host)
    let registration =
        hasLostNode
        ? """
        tries=0
        until \(BaseProbes.kubectl) get node \(context.host.name) >/dev/null 2>&1; do
          tries=$((tries + 1))
          [ $tries -lt 60 ] || { echo "the kubelet did not register the node \(context.host.name)" >&2; exit 1; }
          sleep 1
        done
        kubeadm init phase mark-control-plane --config $config >/run/martlet/repair.log 2>&1 || { tail -n 5 /run/martlet/repair.log >&2; exit 1; }
        """ : ""
    return .run(
        hasLostNode ? "have the kubelet register its node anew" : "make the missing files anew",
        """
        \(removeBrokenFiles)
        config=/run/martlet/kubeadm-repair.yaml
        mkdir -p /run/martlet
        (umask 077; cat >$config)
        trap 'rm -f $config' EXIT
        phases="certs|all kubeconfig|all"
        cd /etc/kubernetes/manifests
        [ -s kube-apiserver.yaml ] || phases="$phases control-plane|apiserver"
        [ -s kube-controller-manager.yaml ] || phases="$phases control-plane|controller-manager"
        [ -s kube-scheduler.yaml ] || phases="$phases control-plane|scheduler"
        [ -s etcd.yaml ] || phases="$phases etcd|local"
        for phase in $phases; do
          phase="${phase%|*} ${phase#*|}"
          kubeadm init phase $phase --config $config >/run/martlet/repair.log 2>&1 || { tail -n 5 /run/martlet/repair.log >&2; exit 1; }
        done
        systemctl restart kubelet
        \(registration)
        """, input: documents, timeoutSeconds: 180)
}

private func blocked(_ context: HostContext) -> String? {
    let cluster = context.cluster
    let artefacts = context.state.kubeadm
    if let ours = cluster.states[cluster.primary.name]?.kubeadm.ca, let theirs = artefacts.ca, ours != theirs {
        return "the host holds the certificate authority of another cluster: if that cluster may go, "
            + "run `martlet reset` with its spec, or `kubeadm reset` on the host"
    }
    if cluster.api == nil, artefacts.hasEtcdData, !context.isPrimary {
        return "the host holds data of etcd, but no API server of the cluster answers: start the cluster first"
    }
    return nil
}
