/// Section 5.2: what pods may ask for, by PodSecurityPolicy.
enum CISPodSecurity {
    static let controls = [
        policy(1, "privileged containers", "spec.privileged is not true") { $0.privileged != true },
        policy(2, "pods that see the host's processes", "spec.hostPID is not true") { $0.hostPID != true },
        policy(3, "pods in the host's memory namespace", "spec.hostIPC is not true") { $0.hostIPC != true },
        policy(4, "pods in the host's network", "spec.hostNetwork is not true") { $0.hostNetwork != true },
        // Kubernetes takes an absent field for true here (policy/v1beta1, SetDefaults_PodSecurityPolicySpec).
        policy(5, "containers that gain rights", "spec.allowPrivilegeEscalation is false") {
            $0.allowPrivilegeEscalation == false
        },
        policy(6, "containers that run as root", "spec.runAsUser.rule keeps root out") { spec in
            switch spec.runAsUser?.rule {
            case "MustRunAsNonRoot": true
            case "MustRunAs": (spec.runAsUser?.ranges ?? []).allSatisfy { ($0.min ?? 0) > 0 }
            default: false
            }
        },
        policy(7, "containers that may send raw packets", "spec.requiredDropCapabilities has NET_RAW or ALL") { spec in
            (spec.requiredDropCapabilities ?? []).contains { $0 == "NET_RAW" || $0 == "ALL" }
        },
        policy(8, "containers with added capabilities", "spec.allowedCapabilities is empty") {
            ($0.allowedCapabilities ?? []).isEmpty
        },
        .manual(
            "5.2.9", "Containers have no capabilities they do not need",
            why: "A capability is a part of root's power; most services need none of them.",
            remedy: "drop ALL in the containers' security contexts, and add back what is needed",
            reason: "which capabilities an application needs is known to its makers"),
    ]

    /// Holds if there is a policy that keeps it out; who may use which policy is not looked at.
    private static func policy(
        _ number: Int, _ what: String, _ threshold: String,
        _ isRight: @escaping @Sendable (PodSecurityPolicy.Spec) -> Bool
    ) -> CISControl {
        CISControl(
            "5.2.\(number)", "A policy refuses \(what)",
            why: """
                One pod security policy at least must refuse it, so that users can be bound to that one. Without the plug-in \
                (1.2.15) no policy is asked at all.
                """,
            remedy: "make a PodSecurityPolicy in which \(threshold), and bind users to it", isScored: false,
            endsWith: (25, "PodSecurityPolicy went with Kubernetes 1.25"),
            .api([.podSecurityPolicies]) { evidence, otherwise in
                let policies = try evidence.api.podSecurityPolicies.get()
                let right = policies.filter { $0.spec.map(isRight) ?? false }.map(\.name).sorted()
                let measured =
                    policies.isEmpty
                    ? "there is no PodSecurityPolicy"
                    : right.isEmpty
                        ? "none of \(policies.count) policies does" : right.prefix(3).joined(separator: ", ")
                return [
                    Judgement(
                        right.isEmpty ? otherwise : .pass, "cluster", measured,
                        threshold: "a policy in which \(threshold)")
                ]
            })
    }
}
