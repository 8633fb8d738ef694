package import ClusterModel
package import Planning

/// The way back: one step per host, workers first, the first control plane last.
package enum ResetCatalogue {
    package static func plan(_ spec: ClusterSpec, hosts: [HostSpec]) -> Plan {
        let ordered = hosts.filter { !$0.isControlPlane } + hosts.filter(\.isControlPlane).reversed()
        let workers = ordered.filter { !$0.isControlPlane }.map { "reset@\($0.name)" }
        var previous: String?
        let steps = ordered.map { host in
            let id = "reset@\(host.name)"
            let requires = host.isControlPlane ? workers + (previous.map { [$0] } ?? []) : []
            if host.isControlPlane { previous = id }
            return Step(
                id: id, phase: .removal, host: host.name, title: "\(host.name) is as it was", change: .run,
                reason: "the cluster is taken down",
                ensure: [Check(leftovers, .equals(""), title: "what Kubernetes leaves")],
                actions: [
                    .script(
                        Action.Script("reset kubeadm and take away what martlet brought", script, timeoutSeconds: 600))
                ],
                requires: requires, diagnose: .journal(["kubelet", "containerd"]))
        }
        return Plan(cluster: spec.name, specDigest: "", steps: steps, diagnostics: [])
    }

    private static let files = [
        "/etc/cni/net.d/10-martlet.conflist", "/etc/crictl.yaml", "/etc/kubernetes", "/etc/martlet/kubeadm.yaml",
        "/etc/martlet/manifests", "/etc/martlet/pod-routes", WatchRecord.path, StaticPods.recordPath,
        "/etc/modules-load.d/martlet-kubernetes.conf", "/etc/sysctl.d/90-martlet-kubernetes.conf",
        "/etc/systemd/system/kubelet.service", "/etc/systemd/system/kubelet.service.d",
        "/etc/systemd/system/martlet-pod-routes.service", "/etc/systemd/system/martlet-pod-routes-refresh.service",
        "/etc/systemd/system/martlet-pod-routes-refresh.timer", "/usr/local/libexec/martlet", "/var/lib/etcd/member",
        "/var/lib/kubelet/config.yaml", "/var/lib/martlet", "/usr/local/bin/kubeadm", "/usr/local/bin/kubelet",
        "/usr/local/bin/kubectl", "/usr/local/bin/crictl", "/var/log/martlet",
    ]

    /// Prints what is still there.
    private static let leftovers = Probe.script(
        "reset-leftovers",
        """
        for file in \(files.joined(separator: " ")); do [ ! -e $file ] || echo $file; done
        ip -o link show cni0 2>/dev/null | cut -d: -f2
        pgrep -x kubelet || true
        """)

    private static let runtimeConfiguration = ForeignFile.keep(ContainerdConfiguration.path, from: "containerd")

    private static let script = """
        export PATH
        if [ -x /usr/local/bin/kubeadm ]; then
          timeout 240 kubeadm reset -f --cri-socket /run/containerd/containerd.sock >/run/martlet-reset.log 2>&1 || true
        fi
        systemctl disable -q --now kubelet 2>/dev/null || true
        systemctl disable -q --now martlet-pod-routes-refresh.timer martlet-pod-routes.service 2>/dev/null || true
        \(HostCleaning.containers)
        if command -v ctr >/dev/null && systemctl -q is-active containerd; then
          for image in $(ctr -n k8s.io images ls -q 2>/dev/null); do
            ctr -n k8s.io images rm $image >/dev/null 2>&1 || true
          done
        fi
        \(HostCleaning.mounts)
        \(HostCleaning.network)
        [ ! -e /etc/fstab ] || sed -i 's|^# off by martlet: ||' /etc/fstab
        installed=
        if [ -s /var/lib/martlet/installed-packages ]; then installed=$(sort -u /var/lib/martlet/installed-packages | tr '\\n' ' '); fi
        \(ForeignFile.giveBack(EndpointConfiguration.haproxyPath))
        \(ForeignFile.giveBack(EndpointConfiguration.keepalivedPath))
        \(ForeignFile.giveBack(ContainerdConfiguration.path))
        for plugin in /opt/cni/bin/*; do
          record=/var/lib/martlet/blobs/$(echo "$plugin" | sed 's|/|%|g')
          [ ! -e "$record" ] || rm -f "$plugin"
        done
        \(runtimeConfiguration.before)
        if [ -n "$installed" ]; then
          apt-get -q -y -o DPkg::Lock::Timeout=300 purge $installed >/run/martlet-purge.log 2>&1 || {
            grep -E '^(E|W):|dpkg: error' /run/martlet-purge.log | tail -n 5 >&2
            exit 1
          }
          systemctl -q try-restart haproxy keepalived 2>/dev/null || true
        else
          systemctl -q try-restart haproxy keepalived containerd 2>/dev/null || true
        fi
        \(runtimeConfiguration.after)
        for name in containerd containerd-shim-runc-v2 ctr runc; do
          if [ -e /var/lib/martlet/blobs/%usr%local%bin%$name ]; then
            systemctl disable -q --now containerd 2>/dev/null || true
            rm -f /usr/local/bin/$name /etc/systemd/system/containerd.service
            # The folder itself may be a mount.
            if [ $name = containerd ]; then
              rm -rf --one-file-system /var/lib/containerd/* || true
              rmdir /var/lib/containerd 2>/dev/null || true
            fi
          fi
        done
        rm -rf \(files.joined(separator: " ")) /var/lib/etcd/* /var/lib/kubelet/* /run/martlet/kubeadm* /run/martlet/ipam
        for aside in \(PodNetwork.configurationFolder)/*\(ForeignFile.suffix); do
          [ ! -e "$aside" ] || mv -f "$aside" "${aside%\(ForeignFile.suffix)}"
        done
        rm -f /run/martlet-*.log /run/martlet-chains
        for folder in /etc/martlet /etc/cni/net.d /etc/cni /opt/cni/bin /opt/cni /opt/containerd/bin /opt/containerd/lib \
        /opt/containerd /usr/local/libexec /var/lib/cni; do rmdir $folder 2>/dev/null || true; done
        systemctl daemon-reload
        """
}
