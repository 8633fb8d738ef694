/// Who may set a label of a node.
///
/// A kubelet refuses to start with a label of its own below `kubernetes.io` and `k8s.io` other than the known ones
/// (pkg/kubelet/apis/well_known_labels.go), and the admission plug-in NodeRestriction refuses the same. Those labels
/// are set through the API by martlet.
package enum NodeLabels {
    /// The labels for the kubelet's `--node-labels`.
    package static func settableByKubelet(_ labels: [String: String]) -> [String: String] {
        labels.filter { isSettableByKubelet($0.key) }
    }

    /// The rest, for martlet to set once the node is registered.
    package static func settableByAPI(_ labels: [String: String]) -> [String: String] {
        labels.filter { !isSettableByKubelet($0.key) }
    }

    private static func isSettableByKubelet(_ key: String) -> Bool {
        guard let slash = key.firstIndex(of: "/") else { return true }
        let namespace = key[..<slash]
        guard isBelow(namespace, "kubernetes.io") || isBelow(namespace, "k8s.io") else { return true }
        return openNamespaces.contains { isBelow(namespace, $0) } || knownLabels.contains(key)
    }

    private static func isBelow(_ namespace: Substring, _ domain: String) -> Bool {
        namespace == domain || namespace.hasSuffix("." + domain)
    }

    private static let openNamespaces = ["kubelet.kubernetes.io", "node.kubernetes.io"]
    private static let knownLabels: Set<String> = [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
    ]
}
