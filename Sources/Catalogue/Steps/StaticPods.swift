internal import ClusterModel
internal import Planning

/// The manifests of the control plane stay as kubeadm wrote them.
let staticPods = StepDefinition(
    "static-pods", .controlPlane, "Keep the manifests of the control plane as they were written",
    explanation: """
        The kubelet runs the control plane from files below /etc/kubernetes/manifests, and says nothing where one of them makes no \
        sense any more: its pod is gone, and the cluster goes on without a scheduler. The checksums of what kubeadm wrote are kept on \
        the host; a file that is another one since is rendered anew from the spec.
        """
) { context in
    guard context.host.isControlPlane else { return [] }
    return [
        Goal(
            "static-pods", .controlPlane, "the manifests of the control plane are those of the spec",
            because: "a mistyped one takes its component away without a word",
            ensure: [StaticPods.check],
            by: [
                .run(
                    "render anew those that were changed", StaticPods.render,
                    input: AppliedConfiguration.controlPlane(context), timeoutSeconds: 180),
                StaticPods.record,
            ], requires: ["control-plane-init", "control-plane-join", "configuration"], pool: .etcd,
            diagnose: .kubernetes)
    ]
}

enum StaticPods {
    static let recordPath = "/etc/martlet/static-pods"

    private static let files = [
        "etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml",
    ]

    /// Names of files whose checksum is another one since, or that are gone.
    private static let changed = "sha256sum -c --quiet \(recordPath) 2>/dev/null | sed 's/:.*//'"

    static let check = Check(
        .script(
            "static-pods",
            """
            [ -s \(recordPath) ] && cd /etc/kubernetes/manifests 2>/dev/null || exit 1
            \(changed)
            true
            """), .equals(""), title: "manifests that were changed")

    /// Where nothing was recorded yet, what is there counts as written.
    fileprivate static let render = """
        mkdir -p /run/martlet
        config=/run/martlet/kubeadm-manifests.yaml
        (umask 077; cat >$config)
        trap 'rm -f $config' EXIT
        cd /etc/kubernetes/manifests
        names=
        if [ -s \(recordPath) ]; then names=$(\(changed)); fi
        for name in $names; do
          case $name in
          etcd.yaml) phase='etcd local' ;;
          *) phase="control-plane ${name#kube-}"; phase=${phase%.yaml} ;;
          esac
          rm -f $name
          kubeadm init phase $phase --config $config >/run/martlet/manifests.log 2>&1 || { tail -n 5 /run/martlet/manifests.log >&2; exit 1; }
        done
        """

    /// After every action that has kubeadm write manifests.
    static let record = Action.run(
        "keep the checksums of the manifests",
        """
        mkdir -p /etc/martlet
        cd /etc/kubernetes/manifests
        sha256sum \(files.joined(separator: " ")) >\(recordPath).new
        sync \(recordPath).new
        mv -f \(recordPath).new \(recordPath)
        """)
}
