/// Labels that are not the spec's to set: Kubernetes sets them itself, and would set them back.
///
/// All others are set, those that a kubelet may not give its own node through the API.
enum NodeLabels {
    /// Labels that the kubelet sets from what it finds (k8s.io/api/core/v1, well_known_labels.go).
    private static let derived: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    ]

    /// Labels of kubeadm's phase mark-control-plane.
    private static let roles: Set<String> = [
        "node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master",
    ]

    /// Why a spec may not set this label; nil when it may.
    static func refusal(of key: String) -> String? {
        if derived.contains(key) { return "the kubelet sets it from what it finds on the host" }
        return roles.contains(key) ? "kubeadm sets it on control planes; it follows from `roles`" : nil
    }
}
