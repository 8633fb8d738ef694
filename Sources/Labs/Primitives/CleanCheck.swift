internal import KubernetesAPI

/// Nothing is left behind.
package struct CleanCheck: LabPrimitive {
    package static let word = "clean"

    package var namespaces: [String]
    package var selectors: [String]

    package var patience: Duration { .seconds(120) }

    package var expected: String {
        var parts: [String] = []
        if !namespaces.isEmpty { parts.append("no namespace \(namespaces.joined(separator: ", "))") }
        if !selectors.isEmpty { parts.append("no object with \(selectors.joined(separator: ", "))") }
        return parts.joined(separator: ", ")
    }

    package var question: String {
        "Looks for the namespaces and, in the whole cluster, for objects of the usual kinds with the lab's label."
    }

    package var next: String { "`kubectl get all,pvc,pv,configmap -A -l lab=${lab}`" }

    /// Kinds in which a lab may leave something; all of the cluster, so paths without a namespace.
    static let kinds = [
        "persistentvolumeclaim", "persistentvolume", "pod", "service", "configmap", "deployment", "statefulset",
        "daemonset", "job", "clusterrole", "clusterrolebinding", "storageclass",
    ]

    package func observe(_ context: CheckContext) async throws -> Observation {
        for template in namespaces {
            let name = context.fill(template)
            guard let kind = KnownKinds.find("namespace"),
                let object = try await context.find(ObjectReference(kind: kind, name: name))
            else { continue }
            let held = (object["status"]?["conditions"]?.array ?? []).first { $0["status"]?.string == "True" }
            let reason = held?["message"]?.string.map { ": \($0.shortened(200))" } ?? ""
            return .fail(
                object.isBeingDeleted
                    ? "namespace \(name) is still being deleted\(reason)" : "namespace \(name) is there")
        }
        for selector in selectors {
            for word in Self.kinds {
                guard let kind = KnownKinds.find(word), let plural = kind.plural else { continue }
                let base = kind.apiVersion.contains("/") ? "/apis/" : "/api/"
                do {
                    let path = "\(base)\(kind.apiVersion)/\(plural)"
                    let left = try await context.api.list(path, labels: context.fill(selector), fields: nil).items
                    guard let first = left.first else { continue }
                    let place = first["metadata"]?["namespace"]?.string.map { " in \($0)" } ?? ""
                    return .fail(
                        "\(word) \(first.objectName)\(place) is left"
                            + (left.count > 1 ? ", and \(left.count - 1) more" : ""))
                } catch {
                    guard error.isNotFound else { throw CannotJudge(error) }
                }
            }
        }
        return .pass("nothing is left")
    }
}
