/// Section 5.1: who may do what.
///
/// The benchmark leaves all of it to people. What is seen here are rights beyond those that Kubernetes and kubeadm give
/// themselves; whether they are wanted, people must say, and so nothing here is more than a warning.
enum CISAccess {
    static let controls = [
        CISControl(
            "5.1.1", "Only who must has the role cluster-admin",
            why: "The role may do everything. Bindings to it that Kubernetes did not make itself are named.",
            remedy: "bind a smaller role, and delete the binding (kubectl delete clusterrolebinding NAME)",
            isScored: false,
            .api([.clusterRoleBindings, .roleBindings]) { evidence, otherwise in
                let bindings = try evidence.api.clusterRoleBindings.get() + evidence.api.roleBindings.get()
                return list(
                    bindings.filter { !$0.isOfKubernetes && $0.roleRef?.name == "cluster-admin" }.filter { binding in
                        // Made at the first start, for the group of administrators.
                        !(binding.name == "cluster-admin" && binding.namespace.isEmpty
                            && binding.subjects?.map(\.name) == ["system:masters"])
                    }.map { binding in
                        "\(binding.subject) for \((binding.subjects ?? []).map(\.words).joined(separator: ", "))"
                    }, "no binding beyond Kubernetes' own", otherwise)
            }),
        rights(
            "5.1.2", "Few roles may read Secrets",
            why: "Who reads Secrets reads the credentials of all that runs there.",
            remedy: "take get, list and watch of secrets out of the named roles",
            threshold: "no role beyond Kubernetes' own"
        ) { rule in ["get", "list", "watch"].contains { rule.allows($0, "secrets") } && rule.resourceNames == nil },
        rights(
            "5.1.3", "Roles name what they allow",
            why: "A wildcard allows also what comes with the next version or add-on.",
            remedy: "name resources and verbs in the named roles", threshold: "no wildcard beyond Kubernetes' own"
        ) { rule in [rule.apiGroups, rule.resources, rule.verbs].contains { $0?.contains("*") ?? false } },
        rights(
            "5.1.4", "Few roles may make pods",
            why: "Who makes pods runs programs with any account and any Secret of the namespace.",
            remedy: "take create of pods out of the named roles", threshold: "no role beyond Kubernetes' own"
        ) { $0.allows("create", "pods") },
        CISControl(
            "5.1.5", "Nobody works with a default account",
            why: """
                Rights that are given to a default account are given to every pod of the namespace that asks for none. Looks for \
                running pods with the account `default` that mount its token, outside of namespaces of Kubernetes.
                """,
            remedy: "give the workload an account of its own, and set automountServiceAccountToken: false on default",
            isScored: false,
            .api([.pods]) { evidence, otherwise in
                list(
                    try evidence.api.pods.get().filter { pod in
                        !Namespace.isSystem(pod.namespace) && !pod.isDone
                            && (pod.spec?.serviceAccountName ?? "default") == "default" && pod.mountsToken
                    }.map(\.subject), "no pod with a default account's token", otherwise)
            }),
        CISControl(
            "5.1.6", "Tokens are mounted only where they are needed",
            why: """
                A token in a pod that never calls the API helps only who breaks in. Looks for accounts outside of namespaces of \
                Kubernetes that mount one without being told otherwise.
                """,
            remedy: "set automountServiceAccountToken: false on the named accounts, and true on pods that need it",
            isScored: false,
            .api([.serviceAccounts]) { evidence, otherwise in
                list(
                    try evidence.api.serviceAccounts.get().filter {
                        !Namespace.isSystem($0.namespace) && $0.automountServiceAccountToken != false
                    }.map { "serviceaccount/\($0.namespace)/\($0.name)" }, "no account that mounts by default",
                    otherwise)
            }),
        CISControl(
            "5.1.7", "Nobody is in the group system:masters",
            why: """
                The group is above every role and cannot be taken from a certificate. Looks at bindings; certificates with the \
                group are known only to who signed them, and kubeadm's own (admin.conf up to 1.28) are among them.
                """,
            remedy: "give people a user and a role, and delete the binding to the group", isScored: false,
            .api([.clusterRoleBindings, .roleBindings]) { evidence, otherwise in
                let bindings = try evidence.api.clusterRoleBindings.get() + evidence.api.roleBindings.get()
                return list(
                    bindings.filter { binding in
                        !binding.isOfKubernetes && (binding.subjects ?? []).contains { $0.name == "system:masters" }
                    }.map(\.subject), "no binding beyond Kubernetes' own", otherwise)
            }),
        rights(
            "5.1.8", "Few roles may take another's rights",
            why: "With bind, escalate or impersonate one gets every right there is.",
            remedy: "take bind, escalate and impersonate out of the named roles",
            threshold: "no role beyond Kubernetes' own"
        ) { rule in !(Set(rule.verbs ?? []).isDisjoint(with: ["bind", "escalate", "impersonate"])) },
    ]

    /// Roles that are bound to somebody and have a rule of one kind, without those of Kubernetes.
    private static func rights(
        _ number: String, _ title: String, why: String, remedy: String, threshold: String,
        _ isAsked: @escaping @Sendable (AccessRole.Rule) -> Bool
    ) -> CISControl {
        CISControl(
            number, title,
            why: "\(why) Roles that Kubernetes and kubeadm made are left out, and so are roles that nobody has.",
            remedy: remedy, isScored: false,
            .api([.roles, .clusterRoles, .roleBindings, .clusterRoleBindings]) { evidence, otherwise in
                let bindings = try evidence.api.clusterRoleBindings.get() + evidence.api.roleBindings.get()
                let bound = Set(
                    bindings.filter { !($0.subjects ?? []).isEmpty }.map { binding in
                        binding.roleRef?.kind == "Role"
                            ? "role/\(binding.namespace)/\(binding.roleRef?.name ?? "")"
                            : "clusterrole/\(binding.roleRef?.name ?? "")"
                    })
                let named =
                    try evidence.api.clusterRoles.get().map { ("clusterrole/\($0.name)", $0) }
                    + evidence.api.roles.get().map { ("role/\($0.namespace)/\($0.name)", $0) }
                return list(
                    named.filter { name, role in
                        !role.isOfKubernetes && bound.contains(name) && (role.rules ?? []).contains(where: isAsked)
                    }.map(\.0), threshold, otherwise)
            })
    }

    /// One finding that names what was found.
    static func list(_ found: [String], _ threshold: String, _ otherwise: HealthStatus) -> [Judgement] {
        let names = found.sorted()
        return [
            Judgement(
                names.isEmpty ? .pass : otherwise, "cluster",
                names.isEmpty
                    ? "none"
                    : names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : ""),
                threshold: threshold, evidence: Array(names.prefix(12)))
        ]
    }
}

extension Pod {
    /// Whether the token of its account is in a container (the admission plug-in ServiceAccount adds the mount).
    var mountsToken: Bool {
        (spec?.allContainers ?? []).contains { container in
            (container.volumeMounts ?? []).contains { $0.mountPath == "/var/run/secrets/kubernetes.io/serviceaccount" }
        }
    }
}
