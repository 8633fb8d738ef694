package import KubernetesAPI

/// A deprecated API that somebody asked of this API server since it started (`apiserver_requested_deprecated_apis`).
package struct DeprecatedRequest: Sendable, Hashable {
    /// `policy/v1beta1 podsecuritypolicies`.
    package var name: String
    /// `1.25`; empty if none is planned.
    package var removedRelease: String

    package init(name: String, removedRelease: String) {
        self.name = name
        self.removedRelease = removedRelease
    }

    /// Resources that exist in a deprecated version only, so that the controller manager asks for them in every cluster: its
    /// garbage collector lists and watches the preferred version of every resource that discovery names, and its namespace
    /// controller deletes all of each in a namespace that ends.
    private static let collected: Set = ["extensions/v1beta1 ingresses", "policy/v1beta1 podsecuritypolicies"]

    /// 1.20 counts the deletion of a collection as DELETE.
    private static let housekeeping: Set = ["LIST", "WATCH", "DELETE", "DELETECOLLECTION"]

    /// Out of the two metrics `apiserver_requested_deprecated_apis` and `apiserver_request_total`.
    package static func read(_ samples: [MetricsText.Sample]) -> [DeprecatedRequest] {
        var touched: Set<String> = []
        var found: Set<DeprecatedRequest> = []
        for sample in samples {
            let name = resource(sample.labels)
            if sample.name == "apiserver_requested_deprecated_apis" {
                found.insert(
                    DeprecatedRequest(name: name, removedRelease: sample.labels["removed_release"] ?? ""))
            } else if let verb = sample.labels["verb"], !housekeeping.contains(verb) {
                touched.insert(name)
            }
        }
        return found.filter { !collected.contains($0.name) || touched.contains($0.name) }.sorted { $0.name < $1.name }
    }

    private static func resource(_ labels: [String: String]) -> String {
        let group = labels["group"] ?? ""
        let part = labels["subresource"] ?? ""
        return (group.isEmpty ? "" : group + "/") + "\(labels["version"] ?? "") \(labels["resource"] ?? "")"
            + (part.isEmpty ? "" : "/" + part)
    }
}
