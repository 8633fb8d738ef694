internal import ClusterModel
internal import Planning

/// After control planes have joined: every component asks the API anew what there is.
let watches = StepDefinition(
    "watches", .controlPlane, "Let components ask the API anew after control planes have joined",
    explanation: """
        A second member of etcd leaves it without a leader until it has started, and API servers then end the watches of their \
        clients. Kubernetes 1.20 is known to lose some of them in that moment (kubernetes/kubernetes#97294): a controller \
        manager went on without hearing of any Service, so that none had endpoints, until its watch ran out minutes later. \
        Closing the connections of the components makes them connect and list anew. No process is restarted.
        """
) { context in
    let cluster = context.cluster
    guard cluster.controlPlanes.count > 1 else { return [] }
    let joining = cluster.controlPlanes.filter(cluster.needsJoin).map(\.name)
    return [
        Goal(
            "watches", .controlPlane, "components hear of every change", because: "joins of control planes cut watches",
            ensure: cluster.watchRecord.ensure, by: cluster.watchRecord.by, requires: cluster.watchRecord.requires,
            always: joining.isEmpty ? nil : "\(joining.joined(separator: ", ")) will have joined by then")
    ]
}

/// The control planes that had joined when the components of a host last asked anew: what their connections are younger than.
///
/// Without it an apply that ended before this step would never make up for it. The same on every host.
struct WatchRecord: Sendable {
    static let path = "/etc/martlet/watches"

    let ensure: [Check]
    let by: [Action]
    let requires: [String]

    init(controlPlanes: [HostSpec], primary: HostSpec, endpointPort: Int) {
        let text = controlPlanes.map { $0.name + "\n" }.joined()
        ensure = [.file(Self.path, text)]
        by = [
            .run("close their connections to the API", closeConnections(ports: [6443, endpointPort])),
            .put(Self.path, text),
        ]
        // Of the joins only those that disturb etcd, and the host's own: a list of all for each host grows with the square.
        requires =
            ["control-plane-init@\(primary.name)", "worker-join"]
            + controlPlanes.filter { $0.name != primary.name }.map { "control-plane-join@\($0.name)" }
    }
}

/// `ss -K` closes sockets where the kernel can (CONFIG_INET_DIAG_DESTROY, ss(8)), and does nothing elsewhere.
///
/// Only those of long-running components: kubectl and kubeadm may be at work for another step. Names as the kernel cuts them.
private func closeConnections(ports: Set<Int>) -> String {
    let toAPI = ports.sorted().map { "dport = :\($0)" }.joined(separator: " or ")
    return """
        command -v ss >/dev/null || exit 0
        ss -Htnp state established '( \(toAPI) )' 2>/dev/null | \
        grep -E '"(kubelet|kube-proxy|kube-apiserver|kube-controller|kube-scheduler)"' | \
        while read -r received sent local peer rest; do
          ss -Ktn src "$local" dst "$peer" >/dev/null 2>&1 || true
        done
        """
}
