/// Services of the cluster and the namespaces of its users.
enum ProductionWorkloads {
    static let probes = [
        dnsBudget, disruptionBudgets, metrics, systemRequests, defaultDeny, podSecurityLevels,
    ]

    private static let dnsBudget = HealthProbe(
        id: "production.dns-budget", group: .dns, kind: .api, title: "Not all of DNS goes at once",
        why: """
            Without a PodDisruptionBudget a drain of two nodes may take every replica of the cluster's DNS, and two replicas on \
            one node go with it.
            """,
        remedy: "make a PodDisruptionBudget for k8s-app=kube-dns with maxUnavailable 1, and spread the replicas",
        needs: [.pods, .disruptionBudgets, .nodes]
    ) { evidence, _ in
        let pods = try evidence.api.pods.get().filter {
            $0.namespace == "kube-system" && $0.labels["k8s-app"] == "kube-dns" && !$0.isDone
        }
        guard !pods.isEmpty else { throw Unmeasured("there is no pod with k8s-app=kube-dns") }
        let budgets = try evidence.api.disruptionBudgets.get()
        let nodes = Set(pods.compactMap { $0.spec?.nodeName })
        let isCovered = budgets.contains { budget in pods.allSatisfy(budget.covers) }
        let isSpread = try nodes.count > 1 || evidence.api.nodes.get().count < 2
        return [
            Judgement(
                isCovered && isSpread && pods.count > 1 ? .pass : .warn, "service/kube-system/kube-dns",
                "\(HostWords.count(pods.count, "replica")) on \(HostWords.count(nodes.count, "node")), "
                    + (isCovered ? "with a budget" : "without a budget"),
                threshold: "2 replicas or more on different nodes, with a PodDisruptionBudget")
        ]
    }

    private static let disruptionBudgets = HealthProbe(
        id: "production.disruption-budgets", group: .workload, kind: .api, title: "Every node can be drained",
        why: """
            A budget that allows no disruption although all its pods are healthy blocks every drain, and so every upgrade.
            """,
        remedy: "raise the number of replicas or lower what the named budget demands", needs: [.disruptionBudgets]
    ) { evidence, _ in
        let budgets = try evidence.api.disruptionBudgets.get()
        return CISAccess.list(
            budgets.filter { budget in
                guard let status = budget.status, let allowed = status.disruptionsAllowed else { return false }
                let expected = status.expectedPods ?? 0
                return allowed == 0 && expected > 0 && (status.currentHealthy ?? 0) >= expected
            }.map { "poddisruptionbudget/\($0.namespace)/\($0.name)" }, "no budget without room at rest", .warn)
    }

    private static let metrics = HealthProbe(
        id: "production.metrics-server", group: .workload, kind: .api, title: "The cluster measures its pods",
        why: "Without metrics.k8s.io there is no autoscaling by load, and `kubectl top` is blind.",
        remedy: "install metrics-server", needs: [.apiServices]
    ) { evidence, _ in
        let service = try evidence.api.apiServices.get().first {
            $0.name.hasSuffix(".metrics.k8s.io") && !$0.name.contains("custom")
        }
        let condition = service?.status?.conditions?.first { $0.type == "Available" }
        let isThere = condition?.status == "True"
        return [
            Judgement(
                isThere ? .pass : .warn, "apiservice/v1beta1.metrics.k8s.io",
                service == nil
                    ? "not registered" : isThere ? "available" : "not available: \(condition?.reason ?? "no word")",
                threshold: "available")
        ]
    }

    private static let systemRequests = HealthProbe(
        id: "production.system-requests", group: .capacity, kind: .api,
        title: "Services of the cluster have room of their own",
        why: """
            A pod without requests is placed as if it used nothing and is the first to starve. Looks at pods in kube-system: a \
            request for cpu or memory in each. kubeadm's kube-proxy has none.
            """,
        remedy: "give the named pods' workloads requests", needs: [.pods]
    ) { evidence, _ in
        let pods = try evidence.api.pods.get().filter { $0.namespace == "kube-system" && !$0.isDone }
        guard !pods.isEmpty else { throw Unmeasured("there is no pod in kube-system") }
        return CISAccess.list(
            pods.filter { $0.requests("cpu") == 0 && $0.requests("memory") == 0 }.map(\.subject),
            "a request for cpu or memory", .warn)
    }

    /// Namespaces with running pods that are not Kubernetes' own.
    private static func used(_ evidence: HealthEvidence) throws -> [Namespace] {
        let inUse = Set(try evidence.api.pods.get().filter { !$0.isDone }.map(\.namespace))
        return try evidence.api.namespaces.get().filter { !Namespace.isSystem($0.name) && inUse.contains($0.name) }
    }

    private static let defaultDeny = HealthProbe(
        id: "production.default-deny", group: .network, kind: .api, title: "Namespaces deny traffic by default",
        why: """
            A NetworkPolicy that selects every pod and allows nothing makes each opening a decision. Looks at namespaces with \
            running pods; whether the pod network enforces policies is not seen here.
            """,
        remedy: "make a NetworkPolicy with an empty podSelector and no ingress rule in the named namespaces",
        needs: [.namespaces, .networkPolicies, .pods]
    ) { evidence, _ in
        let denied = Set(try evidence.api.networkPolicies.get().filter(\.isolatesAll).map(\.namespace))
        return CISAccess.list(
            try used(evidence).filter { !denied.contains($0.name) }.map { "namespace/\($0.name)" },
            "a policy that denies by default", .warn)
    }

    private static let podSecurityLevels = HealthProbe(
        id: "production.pod-security", group: .security, kind: .api, title: "Namespaces have a pod security level",
        why: """
            From 1.23 on the label pod-security.kubernetes.io/enforce decides what pods of a namespace may ask for; without it \
            they may ask for everything. Looks at namespaces with running pods.
            """,
        remedy: "label the named namespaces with pod-security.kubernetes.io/enforce=baseline or restricted",
        needs: [.namespaces, .pods, .version]
    ) { evidence, _ in
        if let minor = CISBenchmark.minor(evidence), minor < 23 {
            return [Judgement(.skipped, "cluster", "levels came with 1.23, and the cluster has 1.\(minor)")]
        }
        return CISAccess.list(
            try used(evidence).filter { namespace in
                !["baseline", "restricted"].contains(namespace.labels["pod-security.kubernetes.io/enforce"] ?? "")
            }.map { "namespace/\($0.name)" }, "baseline or restricted", .warn)
    }
}
