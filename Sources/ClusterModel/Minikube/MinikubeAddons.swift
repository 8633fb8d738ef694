/// Names of addons: what a version of minikube can enable, and what is a slip of the pen.
enum MinikubeAddons {
    static let known = (throughout + Array(later.keys) + Array(gone.keys)).sorted()

    /// The first and the last version that has an addon, as far as the known versions tell; nil for a name that none has.
    static func versions(of name: String) -> ClosedRange<KubernetesVersion>? {
        guard throughout.contains(name) || later[name] != nil || gone[name] != nil else { return nil }
        return (later[name] ?? MinikubeRelease.oldest)...(gone[name] ?? MinikubeRelease.newest)
    }

    /// In pkg/minikube/assets/addons.go of every version from v1.16.0 to v1.38.1.
    private static let throughout = [
        "ambassador", "csi-hostpath-driver", "dashboard", "default-storageclass", "efk", "freshpod", "gcp-auth",
        "gvisor", "ingress", "ingress-dns", "istio", "istio-provisioner", "kubevirt", "logviewer", "metallb",
        "metrics-server", "nvidia-driver-installer", "nvidia-gpu-device-plugin", "olm", "pod-security-policy",
        "registry", "registry-aliases", "registry-creds", "storage-provisioner", "volumesnapshots",
    ]

    /// Those that came later, with their first version.
    private static let later: [String: KubernetesVersion] = [
        "amd-gpu-device-plugin": .init(1, 35, 0), "auto-pause": .init(1, 18, 0), "cloud-spanner": .init(1, 28, 0),
        "headlamp": .init(1, 26, 0), "inaccel": .init(1, 26, 0), "inspektor-gadget": .init(1, 31, 0),
        "kong": .init(1, 25, 2), "kubeflow": .init(1, 32, 0), "kubetail": .init(1, 37, 0),
        "nvidia-device-plugin": .init(1, 32, 0), "portainer": .init(1, 23, 0),
        "storage-provisioner-rancher": .init(1, 32, 0), "volcano": .init(1, 34, 0), "yakd": .init(1, 33, 0),
    ]

    /// Those that were taken out, with their last version.
    private static let gone: [String: KubernetesVersion] = [
        "helm-tiller": .init(1, 34, 0), "storage-provisioner-gluster": .init(1, 37, 0),
    ]
}
