internal import ClusterModel
internal import Planning

/// Values that are born on the first control plane and used where hosts join.
enum Slots {
    static let joinToken = Slot("join-token")
    static let caHash = Slot("ca-certificate-hash")
    static let certificates = Slot("shared-certificates")
}

/// Token, CA hash and shared certificates for the joins of this plan; stale traces of interrupted joins taken back.
let joinCredentials = StepDefinition(
    "join-credentials", .controlPlane, "Make a short-lived token for the hosts that join",
    explanation: """
        One token for each run, valid for two hours and revoked when the last host has joined. The hash pins the cluster's \
        certificate authority. Both live in martlet's memory and on the hosts only, never in a plan, an argument list or a journal.
        """
) { context in
    guard context.isPrimary else { return [] }
    let cluster = context.cluster
    let joining = context.spec.hosts.filter(cluster.needsJoin)
    var goals: [Goal] = []
    if context.spec.hosts.contains(where: {
        cluster.lacksSharedFiles($0) || ($0.isControlPlane && cluster.needsJoin($0))
    }) {
        goals.append(sharedCertificates(context))
    }
    guard !joining.isEmpty else { return goals }
    goals += [
        Goal(
            "join-credentials", .controlPlane, "a token for joining", because: "hosts prove with it that they may join",
            ensure: [],
            by: [
                .run(
                    "make a token that lives for two hours",
                    """
                    umask 077
                    mkdir -p /run/martlet
                    kubeadm token create --ttl 2h --description 'martlet apply' --kubeconfig /etc/kubernetes/admin.conf \
                    --print-join-command >/run/martlet/join 2>/run/martlet/join.log || { cat /run/martlet/join.log >&2; exit 1; }
                    sed -n 's/.*--token \\([^ ]*\\).*/\\1/p' /run/martlet/join
                    """, produces: Slots.joinToken),
                .run(
                    "take the hash of the cluster's certificate authority",
                    """
                    sed -n 's/.*--discovery-token-ca-cert-hash \\([^ ]*\\).*/\\1/p' /run/martlet/join
                    rm -f /run/martlet/join /run/martlet/join.log
                    """, produces: Slots.caHash),
            ], requires: ["control-plane-init"], always: "\(list(joining)) will join"),
        Goal(
            "revoke-join-token", .verify, "the token is revoked", because: "a token that nobody needs is a risk",
            ensure: [],
            by: [
                .run(
                    "delete the tokens of this tool",
                    """
                    kubeadm token list --kubeconfig /etc/kubernetes/admin.conf 2>/dev/null | grep 'martlet apply' | \
                    while read -r token rest; do
                      printf '%s' "$token" | cut -d. -f1
                    done | while read -r id; do
                      kubeadm token delete "$id" --kubeconfig /etc/kubernetes/admin.conf >/dev/null
                    done
                    """)
            ], requires: joining.map { "\($0.isControlPlane ? "control-plane-join" : "worker-join")@\($0.name)" },
            always: "the hosts have joined by then"),
    ]
    return goals + joining.compactMap { forget($0, context) }
}

private func sharedCertificates(_ context: HostContext) -> Goal {
    var names = sharedNames
    if context.spec.profile == .production { names += ["audit-policy.yaml", "encryption"] }
    return Goal(
        "shared-certificates", .controlPlane, "the certificate authorities are at hand",
        because: "every control plane signs with the same authorities", ensure: [],
        by: [
            .run(
                "read them", "tar -c -C /etc/kubernetes -f - \(names.joined(separator: " ")) | base64 -w 0",
                produces: Slots.certificates)
        ], requires: ["control-plane-init"], always: "a control plane needs them")
}

/// A member that never started or never became a voter, or whose host lost its data, blocks the next join: it is
/// removed by its id.
///
/// A learner's data is taken back before it joins again (newer kubeadms add members as learners first), and etcd refuses
/// a member that comes back without its data.
private func forget(_ host: HostSpec, _ context: HostContext) -> Goal? {
    let cluster = context.cluster
    let peer = "https://\(host.internalAddress):2380"
    let member = cluster.members.first { $0.peerURLs.contains(peer) || $0.name == host.name }
    let hasData = cluster.states[host.name]?.kubeadm.hasEtcdData ?? false
    let stale = member.flatMap { $0.isStarted && !$0.isLearner && hasData ? nil : $0 }
    let hasNode = cluster.api?.nodes[host.name] != nil && (member == nil || stale != nil)
    guard host.isControlPlane ? (stale != nil || (hasNode && member == nil)) : hasNode else { return nil }
    var commands: [String] = []
    if let stale {
        commands.append(
            "\(BaseProbes.etcdCurl) https://127.0.0.1:2379/v3/cluster/member/remove -d '{\"ID\":\"\(stale.id)\"}' >/dev/null"
        )
    }
    if hasNode { commands.append("\(BaseProbes.kubectl) delete node \(host.name) --ignore-not-found >/dev/null") }
    return Goal(
        "forget-\(host.name)", .controlPlane, "no trace of \(host.name)'s interrupted join",
        because: "etcd and kubeadm refuse a second join under the same name", ensure: [],
        by: [.run("remove what it left in the cluster", commands.joined(separator: "\n"))],
        requires: ["control-plane-init"],
        always: stale != nil
            ? "etcd lists a member for it that \(stale?.isStarted == true && hasData ? "has no vote" : "does not run")"
            : "its node object is there, the host has not joined")
}

private func list(_ hosts: [HostSpec]) -> String {
    hosts.count <= 3 ? hosts.map(\.name).joined(separator: ", ") : "\(hosts.count) hosts"
}
