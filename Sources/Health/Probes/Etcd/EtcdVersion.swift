/// All members run the same version.
enum EtcdVersion {
    static let probe = HealthProbe(
        id: "etcd.version", group: .etcd, kind: .ssh, title: "etcd has one version",
        why: """
            Compares the versions of etcd's members. During an upgrade they differ for minutes; a difference that stays is an upgrade \
            that broke off, and etcd works only as its oldest member can.
            """,
        remedy:
            "set the same image in /etc/kubernetes/manifests/etcd.yaml of every control plane with `kubeadm upgrade apply`",
        questions: [EtcdState.question], isForControlPlanesOnly: true
    ) { evidence, _ in
        let cluster = EtcdCluster(evidence)
        if let absence = try cluster.absence() { return absence }
        let versions = cluster.states.compactMap { host, state in state.status.map { (host.name, $0.version) } }
        guard let first = versions.first?.1 else { throw Unmeasured("etcd does not answer on any control plane") }
        let isEqual = versions.allSatisfy { $0.1 == first }
        let silent =
            cluster.states.filter { $0.state.status == nil }.map(\.host.name) + cluster.unmeasured.map(\.host.name)
        let unmeasured = silent.isEmpty ? "" : "; not measured: \(silent.joined(separator: ", "))"
        let measured =
            isEqual
            ? "\(first) on \(HostWords.count(versions.count, "member"))"
            : versions.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return [
            Judgement(
                !isEqual ? .fail : silent.isEmpty ? .pass : .unknown, "cluster", measured + unmeasured,
                threshold: "the same on all members")
        ]
    }
}
