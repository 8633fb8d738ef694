/// Role or ClusterRole.
package struct AccessRole: KubernetesObject {
    package struct Rule: Sendable, Decodable {
        package var apiGroups: [String]?
        package var resources: [String]?
        package var resourceNames: [String]?
        package var verbs: [String]?

        package func allows(_ verb: String, _ resource: String, group: String = "") -> Bool {
            func has(_ list: [String]?, _ word: String) -> Bool { (list ?? []).contains { $0 == word || $0 == "*" } }
            return has(verbs, verb) && has(resources, resource) && has(apiGroups, group)
        }
    }

    package var metadata: Metadata?
    package var rules: [Rule]?

    /// Made by Kubernetes at its start, or by kubeadm.
    package var isOfKubernetes: Bool {
        labels["kubernetes.io/bootstrapping"] == "rbac-defaults" || name.hasPrefix("kubeadm:")
    }
}

/// RoleBinding or ClusterRoleBinding.
package struct AccessBinding: KubernetesObject {
    package struct Subject: Sendable, Decodable {
        package var kind: String?
        package var name: String?
        package var namespace: String?

        /// `User jane`, `ServiceAccount kube-system/x`.
        package var words: String {
            "\(kind ?? "?") \(namespace.map { $0 + "/" } ?? "")\(name ?? "?")"
        }
    }
    package struct Reference: Sendable, Decodable {
        package var kind: String?
        package var name: String?
    }

    package var metadata: Metadata?
    package var subjects: [Subject]?
    package var roleRef: Reference?

    package var isOfKubernetes: Bool {
        labels["kubernetes.io/bootstrapping"] == "rbac-defaults" || name.hasPrefix("kubeadm:")
    }

    /// `clusterrolebinding/x`, `rolebinding/NAMESPACE/x`.
    package var subject: String {
        namespace.isEmpty ? "clusterrolebinding/\(name)" : "rolebinding/\(namespace)/\(name)"
    }
}

/// What a request without credentials was answered to a question that nobody but a user may ask.
package enum AnonymousAccess: Sendable, Hashable {
    /// 401: no identity.
    case unauthenticated
    /// 403: an identity without rights.
    case forbidden
    case allowed
}
