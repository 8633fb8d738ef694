package import KubernetesAPI

/// How far a Deployment is (apps/v1 DeploymentStatus, as `kubectl rollout status` judges it).
package struct Rollout: Sendable, Hashable {
    package var isDone: Bool
    /// Empty if it is done.
    package var reason: String
    package var replicas: Int
    package var available: Int

    package init(_ deployment: JSONValue) {
        let status = deployment["status"]
        replicas = deployment.at("spec", "replicas")?.int ?? 1
        available = status?["availableReplicas"]?.int ?? 0
        let updated = status?["updatedReplicas"]?.int ?? 0
        let all = status?["replicas"]?.int ?? 0
        let generation = deployment.at("metadata", "generation")?.int ?? 0
        let refusal = deployment.condition("ReplicaFailure")
        if status?["observedGeneration"]?.int ?? 0 < generation {
            reason = "the change is not seen yet"
        } else if refusal?["status"]?.string == "True", let message = refusal?["message"]?.string {
            // A quota or an admission rule keeps pods from being made at all.
            reason = message
        } else if updated < replicas {
            reason = "\(updated) of \(replicas) instances are new"
        } else if all > updated {
            reason = "\(all - updated) old instances still run"
        } else if available < updated {
            reason = "\(available) of \(updated) instances are available"
        } else {
            reason = ""
        }
        isDone = reason.isEmpty
    }
}
