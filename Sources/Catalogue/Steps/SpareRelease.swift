internal import ClusterModel
internal import Planning

/// A spare that was drained goes back to its pool: nothing of the cluster runs on it, and it does not come back by itself.
let spareRelease = StepDefinition(
    "spare-release", .removal, "Give a drained spare back to its pool",
    explanation: """
        A kubelet with good credentials would register its node again at the next boot, so that it is switched off and its \
        credentials are taken away. Packages, programs and images stay: the next time the spare is a node within seconds. \
        `martlet reset --host NAME` takes those away, too.
        """
) { context in
    let cluster = context.cluster
    guard cluster.leaving.contains(where: { $0.name == context.host.name }) else { return [] }
    return [
        Goal(
            "spare-release", .removal, "\(context.host.name) is a spare of the pool \(context.host.pool ?? "")",
            because: "nothing needs it as a node",
            ensure: [Check(leftovers, .equals(""), title: "what a node leaves")],
            by: [.run("stop the kubelet and what it ran, forget the cluster", script, timeoutSeconds: 180)],
            requires: ["remove-\(context.host.name)@\(cluster.primary.name)"], settleSeconds: 5,
            always: "the cluster lets go of it", diagnose: .journal(["kubelet", "containerd"]))
    ]
}

/// Prints what is still there.
private let leftovers = Probe.script(
    "spare-leftovers",
    """
    for file in /etc/kubernetes/kubelet.conf /var/lib/kubelet/config.yaml /var/lib/kubelet/pki; do [ ! -e $file ] || echo $file; done
    ip -o link show cni0 2>/dev/null | cut -d: -f2
    pgrep -x kubelet || true
    """)

private let script = """
    systemctl disable -q --now kubelet 2>/dev/null || true
    systemctl disable -q --now martlet-pod-routes-refresh.timer martlet-pod-routes.service 2>/dev/null || true
    \(HostCleaning.containers)
    \(HostCleaning.mounts)
    \(HostCleaning.network)
    rm -f /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/pki/ca.crt
    rm -rf --one-file-system /var/lib/kubelet/config.yaml /var/lib/kubelet/pki /var/lib/kubelet/pods
    rm -rf /etc/cni/net.d/10-martlet.conflist /etc/martlet/pod-routes /run/martlet/ipam /run/martlet-chains
    """
