/// Who gets in, as the API shows it.
enum ProductionAccess {
    static let probes = [anonymousRequest, anonymousBindings]

    private static let anonymousRequest = HealthProbe(
        id: "production.anonymous", group: .security, kind: .api, title: "Without credentials nothing can be read",
        why: "Asks the API server for namespaces without any credentials. 401 and 403 are right; a list is not.",
        remedy: "delete the binding that gives system:anonymous or system:unauthenticated that right",
        needs: [.anonymous]
    ) { evidence, _ in
        let access = try evidence.api.anonymous.get()
        let measured =
            switch access {
            case .unauthenticated: "401: no identity"
            case .forbidden: "403: an identity without rights"
            case .allowed: "the namespaces were listed"
            }
        return [Judgement(access == .allowed ? .fail : .pass, "cluster", measured, threshold: "401 or 403")]
    }

    /// What Kubernetes binds itself: discovery and version for everybody, the cluster's address for those who join.
    private static let anonymousBindings = HealthProbe(
        id: "production.anonymous-bindings", group: .security, kind: .api, title: "Strangers have no rights",
        why: """
            Lists bindings to the user system:anonymous and the group system:unauthenticated. Kubernetes makes one for health \
            and version, kubeadm one for the ConfigMap cluster-info; each further one opens the cluster to everybody who reaches it.
            """,
        remedy: "delete the named binding", needs: [.clusterRoleBindings, .roleBindings]
    ) { evidence, _ in
        let bindings = try evidence.api.clusterRoleBindings.get() + evidence.api.roleBindings.get()
        let strangers: Set = ["system:anonymous", "system:unauthenticated"]
        let found = bindings.filter { binding in
            !binding.isOfKubernetes
                && (binding.subjects ?? []).contains { strangers.contains($0.name ?? "") }
        }
        return CISAccess.list(
            found.map { "\($0.subject) to \($0.roleRef?.name ?? "?")" }, "none beyond Kubernetes' own", .fail)
    }
}
