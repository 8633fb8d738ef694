internal import ClusterModel
internal import Planning

/// Changes of the spec reach a cluster that is there already: kubeadm's phases, host by host.
let reconfiguration = StepDefinition(
    "configuration", .controlPlane, "Bring a running cluster to a changed configuration",
    explanation: """
        kubeadm applies its configuration only at init and join. martlet keeps what was applied on each host, and when the spec \
        says something else it uploads the new configuration, renders the control plane's manifests anew, one control plane at a \
        time, and gives every kubelet its new file. A kubelet or pod is restarted only if its own file changed. Names that are \
        missing from the API server's certificate lead to a new certificate, signed by the same authority.
        """
) { context in
    context.host.isControlPlane ? [controlPlane(context), certificate(context)] : [worker(context)]
}

/// What was applied to a host last; written by init, join and reconfiguration alike.
enum AppliedConfiguration {
    static let path = "/etc/martlet/kubeadm.yaml"

    static func controlPlane(_ context: HostContext) -> String {
        KubeadmConfiguration.initDocuments(context.cluster.kubeadm, host: context.host, token: nil, certificateKey: nil)
    }

    static func record(_ context: HostContext) -> Action {
        .put(path, context.host.isControlPlane ? controlPlane(context) : context.cluster.kubeletDocument, mode: 0o600)
    }
}

private func controlPlane(_ context: HostContext) -> Goal {
    let cluster = context.cluster
    let documents = AppliedConfiguration.controlPlane(context)
    let upload = """
        kubeadm init phase upload-config all --config $config
        kubeadm init phase addon kube-proxy --config $config
        \(BaseProbes.kubectl) -n kube-system rollout restart daemonset/kube-proxy
        """
    return Goal(
        "configuration", .controlPlane, "the configuration of the spec is in force",
        because: "kubeadm applies it only at init and join",
        ensure: [.file(AppliedConfiguration.path, documents, mode: 0o600)],
        by: [
            .run(
                "render the control plane anew and give the kubelet its file",
                """
                mkdir -p /run/martlet
                config=/run/martlet/kubeadm-configuration.yaml
                (umask 077; cat >$config)
                trap 'rm -f $config' EXIT
                \(logged("configuration", """
                    \(context.isPrimary ? upload : "")
                    kubeadm init phase control-plane all --config $config
                    [ "$(\(etcdPart) \(AppliedConfiguration.path))" = "$(\(etcdPart) $config)" ] ||
                      kubeadm init phase etcd local --config $config
                    """))
                tries=0
                until \(BaseProbes.kubectl) --server https://\(context.host.internalAddress):6443 get --raw /readyz >/dev/null 2>&1; do
                  tries=$((tries + 1))
                  [ $tries -lt 120 ] || { echo "the API server did not become ready with the new configuration" >&2; exit 1; }
                  sleep 1
                done
                \(logged("kubelet", kubeletUpdate))
                """, input: documents, timeoutSeconds: 300),
            AppliedConfiguration.record(context), StaticPods.record,
        ],
        requires: [
            "control-plane-init", "control-plane-join", "configuration@\(cluster.primary.name)",
        ].filter { !context.isPrimary || $0 != "configuration@\(cluster.primary.name)" }, pool: .etcd,
        diagnose: .kubernetes)
}

/// The part of kubeadm's configuration that is etcd's; empty where there is no file.
///
/// Also what a spec no longer says, or another version of martlet says by itself, reaches etcd so, and nothing else touches it.
private let etcdPart = "awk '/^[^ ]/ { own = /^etcd:/ } own' 2>/dev/null"

private func worker(_ context: HostContext) -> Goal {
    Goal(
        "configuration", .workers, "the kubelet's configuration of the spec is in force",
        because: "kubeadm applies it only when the host joins",
        ensure: [
            .file(AppliedConfiguration.path, digest: context.cluster.kubeletDocumentDigest, mode: 0o600)
        ],
        by: [
            .run(
                "give the kubelet its file",
                logged("kubelet", kubeletUpdate), timeoutSeconds: 120),
            AppliedConfiguration.record(context),
        ], requires: ["worker-join", "configuration@\(context.cluster.primary.name)"], diagnose: .journal(["kubelet"]))
}

/// The kubelet's file comes from the cluster; only a changed one costs a restart.
private let kubeletUpdate = """
    before=$(sha256sum </var/lib/kubelet/config.yaml)
    kubeadm upgrade node phase kubelet-config
    [ "$before" = "$(sha256sum </var/lib/kubelet/config.yaml)" ] || systemctl restart kubelet
    """

/// Runs commands until the first that fails; then the end of what they said is the error.
///
/// Not `{ ... } || ...`: a shell ignores `set -e` inside a condition.
private func logged(_ name: String, _ commands: String) -> String {
    """
    mkdir -p /run/martlet
    set +e
    (
    set -e
    \(commands)
    ) >/run/martlet/\(name).log 2>&1
    status=$?
    set -e
    [ $status -eq 0 ] || { tail -n 6 /run/martlet/\(name).log >&2; exit $status; }
    """
}

/// The API server reads a new certificate by itself (dynamic certificates, since 1.17).
private func certificate(_ context: HostContext) -> Goal {
    let names = KubeadmConfiguration.certificateNames(context.spec)
    return Goal(
        "api-certificate", .controlPlane, "the API server's certificate names all its addresses",
        because: "clients refuse a certificate that does not name the address they use",
        ensure: [
            Check(
                .script(
                    "api-certificate-names",
                    """
                    certificate=/etc/kubernetes/pki/apiserver.crt
                    [ -s $certificate ] || exit 1
                    command -v openssl >/dev/null || exit 0
                    names=" $(openssl x509 -in $certificate -noout -ext subjectAltName 2>/dev/null | tr -d ',' | tr '\\n' ' ') "
                    for name in \(names.map(Shell.quote).joined(separator: " ")); do
                      case $names in *":$name "*) ;; *) echo $name ;; esac
                    done
                    true
                    """), .equals(""), title: "names missing from the certificate")
        ],
        by: [
            .run(
                "sign a new one",
                """
                mkdir -p /run/martlet
                config=/run/martlet/kubeadm-certificate.yaml
                (umask 077; cat >$config)
                trap 'rm -f $config' EXIT
                cd /etc/kubernetes/pki
                mv apiserver.crt /run/martlet/apiserver.crt.old
                mv apiserver.key /run/martlet/apiserver.key.old
                if kubeadm init phase certs apiserver --config $config >/run/martlet/certificate.log 2>&1; then
                  rm -f /run/martlet/apiserver.*.old
                else
                  mv /run/martlet/apiserver.crt.old apiserver.crt
                  mv /run/martlet/apiserver.key.old apiserver.key
                  tail -n 5 /run/martlet/certificate.log >&2
                  exit 1
                fi
                """, input: AppliedConfiguration.controlPlane(context))
        ], requires: ["control-plane-init", "control-plane-join"], pool: .etcd)
}
