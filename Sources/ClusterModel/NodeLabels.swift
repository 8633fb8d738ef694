/// Labels that a kubelet may give its own node.
///
/// Source: `IsKubeletLabel` in k8s.io/kubelet (pkg/apis/well_known_labels.go), and the admission plug-in NodeRestriction,
/// which also refuses the prefix `node-restriction.kubernetes.io/`.
enum NodeLabels {
    private static let allowed: Set<String> = [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", "kubernetes.io/os",
        "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
    ]

    /// Labels that the kubelet sets from what it finds.
    private static let derived: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    ]

    /// Why a node may not have this label of its own; nil when it may.
    static func refusal(of key: String) -> String? {
        guard let slash = key.firstIndex(of: "/") else { return nil }
        let namespace = key[..<slash]
        guard isBelow(namespace, "kubernetes.io") || isBelow(namespace, "k8s.io") else { return nil }
        if derived.contains(key) { return "the kubelet sets it from what it finds on the host" }
        if allowed.contains(key) { return nil }
        if isBelow(namespace, "kubelet.kubernetes.io") || isBelow(namespace, "node.kubernetes.io") { return nil }
        if namespace == "node-role.kubernetes.io" {
            return "roles follow from `roles`; NodeRestriction refuses the label"
        }
        return "below kubernetes.io and k8s.io, NodeRestriction lets a node set a few known labels only"
    }

    private static func isBelow(_ namespace: Substring, _ domain: String) -> Bool {
        namespace == domain || namespace.hasSuffix("." + domain)
    }
}
