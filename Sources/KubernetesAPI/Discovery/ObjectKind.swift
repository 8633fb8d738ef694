/// A kind of object.
package struct ObjectKind: Sendable, Hashable {
    /// `apps/v1`; nil takes the version that the server prefers among `candidates`.
    package var apiVersion: String
    package var kind: String
    /// As in paths; nil asks the server.
    package var plural: String?
    package var isNamespaced: Bool
    /// Older versions of the same kind, in which a server may have it instead.
    package var older: [String]

    package init(
        _ apiVersion: String, _ kind: String, plural: String?, isNamespaced: Bool = true, older: [String] = []
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
        self.older = older
    }
}

/// The kinds that files may name by a word.
package enum KnownKinds {
    /// nil for a word that is not known.
    package static func find(_ word: String) -> ObjectKind? { byWord[word.lowercased()] }

    /// By apiVersion and kind as a manifest writes them; nil for kinds of extensions.
    package static func find(apiVersion: String, kind: String) -> ObjectKind? {
        guard var known = byKind[kind], known.apiVersion == apiVersion || known.older.contains(apiVersion) else {
            return nil
        }
        if known.apiVersion != apiVersion {
            known.older = [known.apiVersion] + known.older.filter { $0 != apiVersion }
            known.apiVersion = apiVersion
        }
        return known
    }

    package static var words: [String] { byWord.keys.sorted() }

    private static let table: [(words: [String], kind: ObjectKind)] = [
        (["pod", "po"], ObjectKind("v1", "Pod", plural: "pods")),
        (["service", "svc"], ObjectKind("v1", "Service", plural: "services")),
        (["configmap", "cm"], ObjectKind("v1", "ConfigMap", plural: "configmaps")),
        (["secret"], ObjectKind("v1", "Secret", plural: "secrets")),
        (["serviceaccount", "sa"], ObjectKind("v1", "ServiceAccount", plural: "serviceaccounts")),
        (["endpoints", "ep"], ObjectKind("v1", "Endpoints", plural: "endpoints")),
        (["event"], ObjectKind("v1", "Event", plural: "events")),
        (
            ["persistentvolumeclaim", "pvc", "claim"],
            ObjectKind("v1", "PersistentVolumeClaim", plural: "persistentvolumeclaims")
        ),
        (
            ["persistentvolume", "pv"],
            ObjectKind("v1", "PersistentVolume", plural: "persistentvolumes", isNamespaced: false)
        ),
        (["namespace", "ns"], ObjectKind("v1", "Namespace", plural: "namespaces", isNamespaced: false)),
        (["node", "no"], ObjectKind("v1", "Node", plural: "nodes", isNamespaced: false)),
        (["resourcequota", "quota"], ObjectKind("v1", "ResourceQuota", plural: "resourcequotas")),
        (["limitrange"], ObjectKind("v1", "LimitRange", plural: "limitranges")),
        (["deployment", "deploy"], ObjectKind("apps/v1", "Deployment", plural: "deployments")),
        (["statefulset", "sts"], ObjectKind("apps/v1", "StatefulSet", plural: "statefulsets")),
        (["daemonset", "ds"], ObjectKind("apps/v1", "DaemonSet", plural: "daemonsets")),
        (["replicaset", "rs"], ObjectKind("apps/v1", "ReplicaSet", plural: "replicasets")),
        (["job"], ObjectKind("batch/v1", "Job", plural: "jobs")),
        (["cronjob", "cj"], ObjectKind("batch/v1", "CronJob", plural: "cronjobs", older: ["batch/v1beta1"])),
        (
            ["horizontalpodautoscaler", "hpa"],
            ObjectKind("autoscaling/v1", "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers")
        ),
        (
            ["poddisruptionbudget", "pdb"],
            ObjectKind("policy/v1", "PodDisruptionBudget", plural: "poddisruptionbudgets", older: ["policy/v1beta1"])
        ),
        (["ingress", "ing"], ObjectKind("networking.k8s.io/v1", "Ingress", plural: "ingresses")),
        (
            ["networkpolicy", "netpol"],
            ObjectKind("networking.k8s.io/v1", "NetworkPolicy", plural: "networkpolicies")
        ),
        (["role"], ObjectKind("rbac.authorization.k8s.io/v1", "Role", plural: "roles")),
        (["rolebinding"], ObjectKind("rbac.authorization.k8s.io/v1", "RoleBinding", plural: "rolebindings")),
        (
            ["clusterrole"],
            ObjectKind("rbac.authorization.k8s.io/v1", "ClusterRole", plural: "clusterroles", isNamespaced: false)
        ),
        (
            ["clusterrolebinding"],
            ObjectKind(
                "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", plural: "clusterrolebindings", isNamespaced: false
            )
        ),
        (
            ["storageclass", "sc"],
            ObjectKind("storage.k8s.io/v1", "StorageClass", plural: "storageclasses", isNamespaced: false)
        ),
        (
            ["customresourcedefinition", "crd"],
            ObjectKind(
                "apiextensions.k8s.io/v1", "CustomResourceDefinition", plural: "customresourcedefinitions",
                isNamespaced: false)
        ),
        (["ksvc"], ObjectKind("serving.knative.dev/v1", "Service", plural: "services")),
        (["revision"], ObjectKind("serving.knative.dev/v1", "Revision", plural: "revisions")),
    ]

    private static let byWord: [String: ObjectKind] = {
        var result: [String: ObjectKind] = [:]
        for row in table { for word in row.words { result[word] = row.kind } }
        return result
    }()

    private static let byKind: [String: ObjectKind] = {
        var result: [String: ObjectKind] = [:]
        for row in table where result[row.kind.kind] == nil { result[row.kind.kind] = row.kind }
        return result
    }()
}
