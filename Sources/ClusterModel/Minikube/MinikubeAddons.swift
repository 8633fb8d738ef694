/// Names of addons, to find slips of the pen; which of them a version has, it says itself.
enum MinikubeAddons {
    /// Those of v1.18.1 and of v1.38.1 (pkg/minikube/assets/addons.go).
    static let known = [
        "ambassador", "amd-gpu-device-plugin", "auto-pause", "cloud-spanner", "csi-hostpath-driver", "dashboard",
        "default-storageclass", "efk", "freshpod", "gcp-auth", "gvisor", "headlamp", "helm-tiller", "inaccel",
        "ingress",
        "ingress-dns", "inspektor-gadget", "istio", "istio-provisioner", "kong", "kubeflow", "kubetail", "kubevirt",
        "logviewer", "metallb", "metrics-server", "nvidia-device-plugin", "nvidia-driver-installer",
        "nvidia-gpu-device-plugin", "olm", "pod-security-policy", "portainer", "registry", "registry-aliases",
        "registry-creds", "storage-provisioner", "storage-provisioner-gluster", "storage-provisioner-rancher",
        "volcano",
        "volumesnapshots", "yakd",
    ]
}
