import ConfigTree

/// Command-line flags that martlet or kubeadm sets itself; a second value would contradict the rest of the cluster.
enum ComponentFlags: Sendable {
    case apiServer
    case controllerManager
    case scheduler
    case etcd

    private var owned: [String: String] {
        switch self {
        case .apiServer: ComponentFlags.apiServerFlags
        case .controllerManager: ComponentFlags.controllerManagerFlags
        case .scheduler: ComponentFlags.schedulerFlags
        case .etcd: ComponentFlags.etcdFlags
        }
    }

    /// Reports every owned flag among the keys of `node`.
    func refuseOwned(_ node: ConfigNode, _ decoder: ConfigDecoder) {
        guard node.kind == .mapping else { return }
        for (key, value) in node.entries {
            guard let reason = owned[key.text] else { continue }
            decoder.report(
                "owned", at: key, "`\(value.path)` cannot be set here", detail: reason, hint: "remove the argument")
        }
    }

    private static let certificates = "kubeadm makes and renews the certificates and names their files itself"
    private static let kubeconfig = "kubeadm writes the component's kubeconfig and names it itself"
    private static let members = "it differs on each control plane; kubeadm sets it from the host's own address"

    private static let apiServerFlags: [String: String] = [
        "advertise-address": "it differs on each control plane; it follows from `hosts[].internalAddress`",
        "bind-address": "control planes and the endpoint reach the API server at the host's own address",
        "secure-port": "the endpoint and the health checks expect the API server at port 6443",
        "insecure-port": "the insecure port is closed, and from v1.24 on it does not exist",
        "etcd-servers": "etcd runs beside the API server; kubeadm names it",
        "etcd-cafile": certificates, "etcd-certfile": certificates, "etcd-keyfile": certificates,
        "client-ca-file": certificates, "tls-cert-file": certificates, "tls-private-key-file": certificates,
        "kubelet-client-certificate": certificates, "kubelet-client-key": certificates,
        "proxy-client-cert-file": certificates, "proxy-client-key-file": certificates,
        "requestheader-client-ca-file": certificates,
        "requestheader-allowed-names": certificates,
        "requestheader-extra-headers-prefix": "the aggregation layer of kubeadm depends on it",
        "requestheader-group-headers": "the aggregation layer of kubeadm depends on it",
        "requestheader-username-headers": "the aggregation layer of kubeadm depends on it",
        "service-account-key-file": certificates, "service-account-signing-key-file": certificates,
        "service-cluster-ip-range": "it follows from `network.services`",
        "enable-bootstrap-token-auth": "joining nodes depends on bootstrap tokens",
    ]

    private static let controllerManagerFlags: [String: String] = [
        "kubeconfig": kubeconfig, "authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig,
        "client-ca-file": certificates, "root-ca-file": certificates, "requestheader-client-ca-file": certificates,
        "cluster-signing-cert-file": certificates, "cluster-signing-key-file": certificates,
        "service-account-private-key-file": certificates,
        "cluster-cidr": "it follows from `network.pods`",
        "service-cluster-ip-range": "it follows from `network.services`",
        "allocate-node-cidrs": "the pod network depends on it; it follows from `network.plugin`",
        "cluster-name": "it follows from `name`",
        "use-service-account-credentials": "the roles that kubeadm makes for controllers depend on it",
        "leader-elect": "with several control planes only one may act; it stays on",
    ]

    private static let schedulerFlags: [String: String] = [
        "kubeconfig": kubeconfig, "authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig,
        "leader-elect": "with several control planes only one may act; it stays on",
    ]

    private static let etcdFlags: [String: String] = [
        "name": members, "initial-cluster": members, "initial-cluster-state": members,
        "advertise-client-urls": members, "initial-advertise-peer-urls": members, "listen-client-urls": members,
        "listen-peer-urls": members, "listen-metrics-urls": "health checks expect the metrics at 127.0.0.1:2381",
        "data-dir": "kubeadm mounts /var/lib/etcd; backup and reset expect it there",
        "cert-file": certificates, "key-file": certificates, "trusted-ca-file": certificates,
        "peer-cert-file": certificates, "peer-key-file": certificates, "peer-trusted-ca-file": certificates,
        "client-cert-auth": "without it everybody who reaches etcd reads every secret",
        "peer-client-cert-auth": "without it everybody who reaches etcd can join it",
    ]
}
