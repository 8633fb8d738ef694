/// Shell that takes from a host what ran on it as a node: a reset and a spare's way back have it in common.
enum HostCleaning {
    /// Ends all pods' containers; images stay.
    static let containers = """
        if command -v ctr >/dev/null && systemctl -q is-active containerd; then
          for task in $(ctr -n k8s.io tasks ls -q 2>/dev/null); do
            ctr -n k8s.io tasks kill -s KILL $task >/dev/null 2>&1 || true
          done
          for container in $(ctr -n k8s.io containers ls -q 2>/dev/null); do
            ctr -n k8s.io tasks rm -f $container >/dev/null 2>&1 || true
            ctr -n k8s.io containers rm $container >/dev/null 2>&1 || true
          done
        fi
        """

    /// Mounts below the kubelet's folder, deepest first.
    static let mounts = """
        sed -n 's|^[^ ]* \\(/var/lib/kubelet/[^ ]*\\) .*|\\1|p' /proc/mounts | sort -r | while read -r mount; do
          umount -l "$mount" 2>/dev/null || true
        done
        """

    /// Routes, the pods' bridge and the chains of kube-proxy, plug-ins and martlet.
    static let network = """
        ip route show proto 77 2>/dev/null | while read -r route rest; do ip route del $route proto 77 2>/dev/null || true; done
        ip link del cni0 2>/dev/null || true
        for table in nat filter mangle; do
          iptables-save -t $table 2>/dev/null | grep -E '^:(KUBE-|CNI-|MARTLET)' | cut -c2- | cut -d' ' -f1 >/run/martlet-chains
          iptables-save -t $table 2>/dev/null | grep -E '^-A ' | grep -E '(KUBE-|CNI-|MARTLET|martlet)' | sed 's/^-A/-D/' | \\
          while read -r rule; do eval "iptables -w -t $table $rule" 2>/dev/null || true; done
          while read -r chain; do iptables -w -t $table -F $chain 2>/dev/null || true; done </run/martlet-chains
          while read -r chain; do iptables -w -t $table -X $chain 2>/dev/null || true; done </run/martlet-chains
        done
        """
}
