internal import ConfigTree
package import Diagnostics
package import KubernetesAPI
internal import YAMLDocument

/// Objects out of the text of a file.
package enum ObjectFile {
    /// All documents; a `List` is taken apart.
    ///
    /// - Throws: `Diagnostics` if it is no YAML, or holds something that is no object of Kubernetes.
    package static func objects(_ bytes: [UInt8], file: String) throws(Diagnostics) -> [JSONValue] {
        let documents = try YAMLReader.documents(bytes, file: file)
        var objects: [JSONValue] = []
        objects.reserveCapacity(documents.count)
        var problems: [Diagnostic] = []
        for document in documents {
            let value = NodeValue.json(document.root)
            guard value["apiVersion"]?.string != nil, let kind = value["kind"]?.string else {
                problems.append(
                    Diagnostic(
                        code: "framework.no-object",
                        "this is no object of Kubernetes: it has no `apiVersion` and `kind`",
                        location: document.root.location, exitCode: .invalid))
                continue
            }
            if kind == "List" || kind.hasSuffix("List") && value["items"]?.array != nil {
                objects += value["items"]?.array ?? []
            } else {
                objects.append(value)
            }
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return objects
    }

    /// In which order objects are applied: what others refer to comes first.
    ///
    /// Each kind can be made without the next; what is of no known kind is a custom resource and comes behind what serves it.
    package static func rank(_ kind: String) -> Int {
        ranks[kind] ?? (kind.hasSuffix("WebhookConfiguration") ? 60 : 50)
    }

    private static let ranks: [String: Int] = {
        let groups: [[String]] = [
            ["Namespace"], ["CustomResourceDefinition"],
            ["PriorityClass", "StorageClass", "ResourceQuota", "LimitRange"],
            ["ServiceAccount"], ["ClusterRole", "Role"], ["ClusterRoleBinding", "RoleBinding"],
            ["Secret", "ConfigMap"],
            ["PersistentVolume"], ["PersistentVolumeClaim"], ["Service", "NetworkPolicy"],
            ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"], ["Job", "CronJob"],
            ["HorizontalPodAutoscaler", "PodDisruptionBudget", "Ingress"], ["APIService"],
        ]
        var result: [String: Int] = [:]
        for (rank, kinds) in groups.enumerated() { for kind in kinds { result[kind] = rank } }
        return result
    }()
}
