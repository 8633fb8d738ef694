package struct Namespace: KubernetesObject {
    package var metadata: Metadata?

    /// Made and used by Kubernetes itself.
    package var isOfKubernetes: Bool { name == "default" || Self.isSystem(name) }

    package static func isSystem(_ name: String) -> Bool { name.hasPrefix("kube-") }
}

package struct NetworkPolicy: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package struct Selector: Sendable, Decodable {
            package struct Expression: Sendable, Decodable { package var key: String? }
            package var matchLabels: [String: String]?
            package var matchExpressions: [Expression]?

            /// An empty one selects every pod of the namespace.
            package var isEmpty: Bool { (matchLabels ?? [:]).isEmpty && (matchExpressions ?? []).isEmpty }
        }
        package struct Rule: Sendable, Decodable {}
        package var podSelector: Selector?
        package var policyTypes: [String]?
        package var ingress: [Rule]?
    }

    package var metadata: Metadata?
    package var spec: Spec?

    /// Isolates every pod of its namespace for traffic that comes in; others may open it again for some.
    package var isolatesAll: Bool {
        (spec?.podSelector?.isEmpty ?? true) && (spec?.policyTypes ?? ["Ingress"]).contains("Ingress")
            && (spec?.ingress ?? []).isEmpty
    }
}

package struct ServiceAccount: KubernetesObject {
    package var metadata: Metadata?
    package var automountServiceAccountToken: Bool?
}

/// policy/v1beta1, up to Kubernetes 1.24.
package struct PodSecurityPolicy: KubernetesObject {
    package struct Spec: Sendable, Decodable {
        package struct Strategy: Sendable, Decodable {
            package struct Range: Sendable, Decodable {
                package var min: Int?
                package var max: Int?
            }
            package var rule: String?
            package var ranges: [Range]?
        }
        package var privileged: Bool?
        package var hostPID: Bool?
        package var hostIPC: Bool?
        package var hostNetwork: Bool?
        package var allowPrivilegeEscalation: Bool?
        package var runAsUser: Strategy?
        package var requiredDropCapabilities: [String]?
        package var allowedCapabilities: [String]?
    }

    package var metadata: Metadata?
    package var spec: Spec?
}

package struct DisruptionBudget: KubernetesObject {
    package struct Spec: Sendable, Decodable { package var selector: NetworkPolicy.Spec.Selector? }
    package struct Status: Sendable, Decodable {
        package var disruptionsAllowed: Int?
        package var expectedPods: Int?
        package var currentHealthy: Int?
        package var desiredHealthy: Int?
    }

    package var metadata: Metadata?
    package var spec: Spec?
    package var status: Status?

    /// Whether its labels select a pod; expressions are not read.
    package func covers(_ pod: Pod) -> Bool {
        guard pod.namespace == namespace, let labels = spec?.selector?.matchLabels, !labels.isEmpty else {
            return false
        }
        return labels.allSatisfy { pod.labels[$0.key] == $0.value }
    }
}
