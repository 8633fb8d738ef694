/// What only a trial shows; named, so that nobody takes silence for a pass.
enum ProductionRehearsals {
    static let probes = [
        trial(
            "endpoint-loss", .controlPlane, "The endpoint survives the loss of a control plane",
            why: "One API server is stopped, and requests through the endpoint must go on within seconds.",
            remedy: "stop a control plane in a quiet hour and watch `martlet health --watch 1 --only control-plane`",
            reason: "a control plane would have to be stopped"),
        trial(
            "restore", .etcd, "A backup of etcd was restored once",
            why: "A backup that was never restored is a hope; only a restored cluster shows that it holds everything.",
            remedy: "restore the newest snapshot to a cluster that is made for it",
            reason: "nothing in the cluster tells whether it was done"),
        trial(
            "authority-backup", .certificates, "Keys of the authorities are kept outside of the cluster",
            why:
                "Without ca.key, front-proxy-ca.key, etcd/ca.key and sa.key a lost control plane cannot be made again.",
            remedy: "keep an encrypted copy of /etc/kubernetes/pki away from the hosts",
            reason: "nothing in the cluster tells whether there is a copy"),
        trial(
            "key-rotation", .security, "Keys of encryption can be changed",
            why: "A key that leaked must be changed: a second key, every Secret written again, the first key dropped.",
            remedy: "rehearse the change of the key of encryption",
            reason: "nothing in the cluster tells whether it was done"),
        trial(
            "network-policy", .network, "The pod network enforces network policies",
            why: "A NetworkPolicy is an object that many networks ignore without a word.",
            remedy: "deny everything in a namespace made for it and try to connect",
            reason: "only traffic shows whether a policy is enforced"),
    ]

    private static func trial(
        _ id: String, _ group: HealthProbe.Group, _ title: String, why: String, remedy: String, reason: String
    ) -> HealthProbe {
        HealthProbe(
            id: "production.\(id)", group: group, kind: .api, title: title, why: why, remedy: remedy
        ) { _, _ in [Judgement(.skipped, "cluster", "manual: \(reason)")] }
    }
}
