internal import Bundles
internal import ClusterModel
internal import Planning

/// `kubeadm init` on the first control plane, to its end however often it was interrupted.
let controlPlaneInit = StepDefinition(
    "control-plane-init", .controlPlane, "Initialise the first control plane",
    explanation: """
        kubeadm's own `init`, with a configuration that martlet renders for the exact version. It is repeated until its last \
        phase has left its traces in the API; certificates that are there are used again, files that were cut short by a power \
        loss are removed in pairs first, so that kubeadm makes them anew. Nothing is ever reset.
        """
) { context in
    guard context.isPrimary else { return [] }
    let cluster = context.cluster
    let documents = KubeadmConfiguration.initDocuments(
        cluster.kubeadm, host: context.host, token: nil, certificateKey: nil)
    let skipped = KubeadmConfiguration.skipPhases(cluster.kubeadm)
    let skip = skipped.isEmpty ? "" : " --skip-phases=\(skipped.joined(separator: ","))"
    let isRepeated = context.state.kubeadm.isTouched
    let done = """
        [ -s /etc/kubernetes/admin.conf ] && [ "$(\(initialisedObjects(context.host)) | wc -l)" -eq 3 ] 2>/dev/null
        """
    var actions: [Action] = []
    if context.spec.profile == .production { actions += productionFiles }
    if cluster.isEstablished {
        if cluster.hasLostObjects {
            actions.append(.run("make kubeadm's objects anew", uploadObjects, input: documents, timeoutSeconds: 120))
        }
        let isDamaged = !context.state.kubeadm.controlPlaneGaps.isEmpty || cluster.hasLostNode(context.host)
        if isDamaged || !cluster.hasLostObjects { actions += [repairControlPlane(context), StaticPods.record] }
    } else {
        actions += [
            .run(
                "run kubeadm init",
                KubeadmScript.text(
                    name: "init", done: done, prepare: removeBrokenFiles,
                    command: "init --skip-token-print\(skip)\(KubeadmScript.ignored(context, isRepeated: isRepeated))"),
                input: documents, timeoutSeconds: 900),
            AppliedConfiguration.record(context), StaticPods.record,
        ]
    }
    return [
        Goal(
            "control-plane-init", .controlPlane, "the cluster is initialised",
            because: "the first control plane holds the certificates and the first member of etcd",
            ensure: [
                controlPlaneFiles,
                Check(
                    BaseProbes.api(context.host),
                    .contains([
                        "node \(context.host.name) ", "configmap/kubeadm-config", "daemonset.apps/kube-proxy",
                        "rolebinding.rbac.authorization.k8s.io/kube-proxy",
                    ]), title: "the API server"),
            ], by: actions, requires: hostIsPrepared(context), settleSeconds: 60, blocked: blocked(context),
            diagnose: .kubernetes)
    ]
}

/// Steps of the same host without which kubeadm cannot run.
func hostIsPrepared(_ context: HostContext) -> [String] {
    var ids = [
        "packages", "kernel-settings", "swap", "containerd", "kubernetes-binaries", "kubelet-service", "cni-plugins",
    ]
    ids.append("images")
    ids += context.cluster.images.all.map(\.id)
    if context.host.isControlPlane { ids += ["haproxy", "keepalived"] }
    return ids
}

/// Prints what is missing or cut short among the files of a complete control plane.
let controlPlaneFiles = Check(
    .script(
        "control-plane-files",
        """
        cd /etc/kubernetes 2>/dev/null || exit 1
        for file in \(KubeadmArtefacts.controlPlane.joined(separator: " ")); do [ -s $file ] || echo $file; done
        """), .equals(""), title: "missing files of the control plane")

private func initialisedObjects(_ host: HostSpec) -> String {
    "\(BaseProbes.kubectl) --server https://\(host.internalAddress):6443 -n kube-system get configmap/kubeadm-config "
        + "daemonset/kube-proxy rolebinding/kube-proxy --ignore-not-found -o name 2>/dev/null"
}

/// Certificates and keys go in pairs: kubeadm refuses a key without its certificate.
let removeBrokenFiles = """
    cd /etc/kubernetes 2>/dev/null && {
      for file in pki/*.crt pki/*.key pki/*.pub pki/etcd/*.crt pki/etcd/*.key; do
        [ -e $file ] || continue
        grep -q -e '-----END' $file || rm -f ${file%.*}.crt ${file%.*}.key ${file%.*}.pub
      done
      for file in admin.conf controller-manager.conf scheduler.conf kubelet.conf super-admin.conf; do
        [ ! -e $file ] || grep -q 'client-\\(key\\|certificate\\)' $file || rm -f $file
      done
      for file in manifests/*.yaml; do
        [ ! -e $file ] || [ -s $file ] || rm -f $file
      done
    }
    cd /
    """

/// What `kubeadm init` writes into the API and joins and upgrades read, without its other phases.
private let uploadObjects = """
    mkdir -p /run/martlet
    config=/run/martlet/kubeadm-objects.yaml
    (umask 077; cat >$config)
    trap 'rm -f $config' EXIT
    for phase in 'upload-config all' 'addon kube-proxy'; do
      kubeadm init phase $phase --config $config >/run/martlet/objects.log 2>&1 || { tail -n 5 /run/martlet/objects.log >&2; exit 1; }
    done
    """

/// The audit policy, and the key that Secrets are encrypted with: made once on the host, never leaves the control planes.
private let productionFiles: [Action] = [
    .put(ControlPlaneFiles.auditPolicyPath, ControlPlaneFiles.auditPolicy(), mode: 0o600),
    .run(
        "make the key for Secrets, unless there is one",
        """
        mkdir -p \(ControlPlaneFiles.encryptionFolder) \(ControlPlaneFiles.auditLogFolder)
        chmod 700 \(ControlPlaneFiles.encryptionFolder) \(ControlPlaneFiles.auditLogFolder)
        [ ! -s \(ControlPlaneFiles.encryptionConfigurationPath) ] || exit 0
        key=$(head -c 32 /dev/urandom | base64 -w 0)
        umask 077
        new=\(ControlPlaneFiles.encryptionConfigurationPath).new
        while IFS= read -r line; do
          case $line in *MARTLET_KEY*) line="${line%%MARTLET_KEY*}$key${line#*MARTLET_KEY}" ;; esac
          printf '%s\\n' "$line"
        done >$new
        sync $new
        mv $new \(ControlPlaneFiles.encryptionConfigurationPath)
        """, input: ControlPlaneFiles.encryptionConfiguration(key: "MARTLET_KEY")),
]

private func blocked(_ context: HostContext) -> String? {
    // An API server that answers has etcd's data and its authorities.
    guard context.cluster.api == nil else { return nil }
    let holders = context.cluster.etcdHolders
    if holders.count > 1 {
        return "no API server answers, and \(holders.map(\.name).joined(separator: ", ")) hold data of etcd: "
            + "start them first; if they cannot start, restore a snapshot (nothing is reset by itself)"
    }
    let artefacts = context.state.kubeadm
    guard artefacts.hasEtcdData else { return nil }
    let irreplaceable = ["pki/ca.key", "pki/ca.crt", "pki/sa.key", "pki/etcd/ca.key", "pki/etcd/ca.crt"]
    let lost = irreplaceable.filter { artefacts.sizes[$0] == nil || artefacts.broken.contains($0) }
    guard !lost.isEmpty else { return nil }
    return "etcd holds a cluster, but /etc/kubernetes/\(lost.joined(separator: ", ")) is missing or cut short: "
        + "restore it from a backup; a new one would not fit the cluster"
}
