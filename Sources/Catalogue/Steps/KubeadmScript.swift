internal import ClusterModel
internal import Planning

/// The frame around every run of `kubeadm init` and `kubeadm join`.
///
/// One kubeadm at a time (a lock that the running kubeadm itself holds, so that it outlives a lost connection), nothing done
/// twice, output to a file so that a broken connection cannot end it, a kubelet that only crashes ends the wait after
/// seconds instead of kubeadm's four minutes, and one that refused a static pod at its start is started again.
enum KubeadmScript {
    /// - Parameters:
    ///   - done: a shell command that succeeds when there is nothing left to do.
    ///   - prepare: commands that make way for a new attempt.
    ///   - command: kubeadm's arguments; the configuration is read from standard input.
    static func text(name: String, done: String, prepare: String, command: String) -> String {
        """
        mkdir -p /run/martlet /var/log/martlet
        chmod 700 /run/martlet /var/log/martlet
        config=/run/martlet/kubeadm.yaml
        log=/var/log/martlet/kubeadm-\(name).log
        exec 9>/run/martlet/kubeadm.lock
        flock -w 900 9 || { echo "another kubeadm has been running on this host for 15 minutes" >&2; exit 1; }
        if \(done); then exit 0; fi
        (umask 077; cat >$config; : >$log)
        trap 'rm -f $config' EXIT
        \(prepare)
        before=$(systemctl show -p NRestarts --value kubelet)
        kubeadm \(command) --config $config >$log 2>&1 &
        pid=$!
        (
          since=$(date +%s)
          while sleep 2; do
            kill -0 $pid 2>/dev/null || exit 0
            now=$(systemctl show -p NRestarts --value kubelet)
            if [ "${now:-0}" -ge $((${before:-0} + 4)) ]; then
              echo "error: the kubelet ended $((now - before)) times since kubeadm started it" >>$log
              kill $pid
              exit 0
            fi
            # A kubelet that has just started does not know its storage yet and refuses etcd's request for some, for good: a
            # static pod is not tried again until the kubelet is started again.
            if journalctl -q -u kubelet -o cat --since "@$since" 2>/dev/null | grep -q 'Failed to admit pod'; then
              echo "the kubelet refused a static pod and is started again" >>$log
              since=$(($(date +%s) + 1))
              before=0
              systemctl restart kubelet
            fi
          done
        ) </dev/null >/dev/null 2>&1 9>&- &
        watcher=$!
        status=0
        wait $pid || status=$?
        kill $watcher 2>/dev/null || true
        if [ $status -ne 0 ]; then
          grep -E '\\[ERROR|^error|[Uu]nable|[Tt]imed? ?out|[Ff]ailed|couldn.t' $log | tail -n 8 | cut -c1-400 >&2
          exit $status
        fi
        """
    }

    /// Checks that a second attempt of kubeadm would stumble over, because the first one left these behind.
    static let leftovers = [
        "DirAvailable--etc-kubernetes-manifests", "DirAvailable--var-lib-etcd",
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
        "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml", "FileAvailable--etc-kubernetes-kubelet.conf",
        "FileAvailable--etc-kubernetes-pki-ca.crt", "Port-6443", "Port-10250", "Port-10257", "Port-10259", "Port-2379",
        "Port-2380",
    ]

    /// The `--ignore-preflight-errors` of one host: what the spec names, and what a container as a host cannot satisfy
    /// although the function is there.
    static func ignored(_ context: HostContext, isRepeated: Bool) -> String {
        var names = context.spec.components.ignorePreflightErrors
        if context.state.system?.isContainer ?? false {
            names += ["SystemVerification", "FileContent--proc-sys-net-bridge-bridge-nf-call-iptables"]
        } else if context.spec.kubernetes.version.isAtLeast(1, 35), context.state.system?.cgroupVersion == 1 {
            // kubeadm wants both: the kubelet's `failCgroupV1: false` and this (KEP 5573).
            names.append("SystemVerification")
        }
        if context.spec.profile == .lab { names += ["NumCPU", "Mem", "Swap"] }
        if isRepeated { names += leftovers }
        return names.isEmpty ? "" : " --ignore-preflight-errors=\(names.joined(separator: ","))"
    }
}
