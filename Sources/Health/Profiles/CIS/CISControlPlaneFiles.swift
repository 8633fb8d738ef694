/// Section 1.1: files of the control plane.
enum CISControlPlaneFiles {
    static let controls: [CISControl] =
        pair(1, "API server's manifest", "/etc/kubernetes/manifests/kube-apiserver.yaml", why: manifest)
        + pair(
            3, "controller manager's manifest", "/etc/kubernetes/manifests/kube-controller-manager.yaml", why: manifest)
        + pair(5, "scheduler's manifest", "/etc/kubernetes/manifests/kube-scheduler.yaml", why: manifest)
        + pair(
            7, "etcd's manifest", "/etc/kubernetes/manifests/etcd.yaml", why: manifest,
            missing: "etcd is not run by this host's kubelet")
        + network + data
        + pair(
            13, "administrator's kubeconfig", "/etc/kubernetes/admin.conf", why: kubeconfig,
            missing: "it is not kept here")
        + pair(15, "scheduler's kubeconfig", "/etc/kubernetes/scheduler.conf", why: kubeconfig)
        + pair(17, "controller manager's kubeconfig", "/etc/kubernetes/controller-manager.conf", why: kubeconfig)
        + keys

    private static let manifest =
        "The kubelet runs whatever the file says, as root if it says so: who may write it owns the control plane."
    private static let kubeconfig =
        "The file holds a private key with far-reaching rights; who may read or replace it has them, too."

    /// A control about a file's mode and the next one about its owner.
    private static func pair(_ first: Int, _ what: String, _ path: String, why: String, missing: String? = nil)
        -> [CISControl]
    {
        [
            CISControl(
                "1.1.\(first)", "The \(what) is writable by its owner only", why: why, remedy: "chmod 600 \(path)",
                .files(.path(path, .mode(0o644), missing: missing))),
            CISControl(
                "1.1.\(first + 1)", "The \(what) belongs to root", why: why, remedy: "chown root:root \(path)",
                .files(.path(path, .owner("root:root"), missing: missing))),
        ]
    }

    private static let network = [
        CISControl(
            "1.1.9", "Files of the pod network are writable by their owner only",
            why: "The runtime executes plug-ins as these files say, as root, for every pod.",
            remedy: "chmod 644 the named files below /etc/cni/net.d and /var/lib/cni/networks", isScored: false,
            .files(CISFiles(.mode(0o644), missing: noNetwork, networkFiles))),
        CISControl(
            "1.1.10", "Files of the pod network belong to root",
            why: "The runtime executes plug-ins as these files say, as root, for every pod.",
            remedy: "chown root:root the named files below /etc/cni/net.d and /var/lib/cni/networks", isScored: false,
            .files(CISFiles(.owner("root:root"), missing: noNetwork, networkFiles))),
    ]

    private static let noNetwork = "the host has no file of a pod network"
    private static let networkFiles: @Sendable (FileModes) -> [FileModes.File] = {
        $0.below("/etc/cni/net.d") + $0.below("/var/lib/cni/networks")
    }

    private static let data = [
        CISControl(
            "1.1.11", "etcd's folder is closed to others",
            why: "It holds every object of the cluster, Secrets included, and may be read there without any API.",
            remedy: "chmod 700 etcd's data folder",
            .files(CISFiles(.mode(0o700), missing: noData) { [$0.dataFolder.flatMap($0.file)].compactMap { $0 } })),
        CISControl(
            "1.1.12", "etcd's folder belongs to a user of its own",
            why: """
                The benchmark wants etcd to run as the user etcd. kubeadm runs it as root in a pod, so that this does not hold \
                in any cluster that kubeadm made.
                """,
            remedy:
                "run etcd as a user etcd and chown etcd:etcd its data folder, or accept the finding as kubeadm's way",
            .files(
                CISFiles(.owner("etcd:etcd"), missing: noData) { [$0.dataFolder.flatMap($0.file)].compactMap { $0 } })),
    ]

    private static let noData = "etcd does not run on this host"

    private static let keys = [
        CISControl(
            "1.1.19", "The folder of certificates and all in it belongs to root",
            why: "Who may replace a certificate of an authority may become anybody in the cluster.",
            remedy: "chown -R root:root /etc/kubernetes/pki",
            .files(CISFiles(.owner("root:root")) { $0.below("/etc/kubernetes/pki") })),
        CISControl(
            "1.1.20", "Certificates are writable by their owner only",
            why: "Who may replace a certificate of an authority may become anybody in the cluster.",
            remedy: "chmod 644 the named files", isScored: false,
            .files(CISFiles(.mode(0o644)) { $0.below("/etc/kubernetes/pki").filter { $0.path.hasSuffix(".crt") } })),
        CISControl(
            "1.1.21", "Private keys are readable by their owner only",
            why: "With the key of an authority anybody can make themselves an administrator's certificate.",
            remedy: "chmod 600 the named files", isScored: false,
            .files(CISFiles(.mode(0o600)) { $0.below("/etc/kubernetes/pki").filter { $0.path.hasSuffix(".key") } })),
    ]
}
