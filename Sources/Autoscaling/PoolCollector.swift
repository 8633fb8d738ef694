package import ClusterModel
internal import Foundation
internal import Health
package import KubernetesAPI

/// Asks the API what a decision about a pool needs.
package struct PoolCollector: Sendable {
    let client: KubernetesClient

    package init(_ client: KubernetesClient) { self.client = client }

    /// - Throws: `KubernetesError`; with an answer missing nothing is decided.
    package func observe(_ pool: PoolSpec, hosts: [PoolHost]) async throws -> PoolObservation {
        async let nodes = client.list("/api/v1/nodes", of: PoolNode.self)
        async let pods = client.list("/api/v1/pods", of: PoolPod.self)
        async let budgets = budgets()
        let seen = try await nodes
        return PoolObservation(
            pool: pool, hosts: hosts, nodes: seen.items, pods: try await pods.items, budgets: try await budgets,
            now: seen.serverTime ?? Date())
    }

    /// policy/v1 since Kubernetes 1.21, policy/v1beta1 until 1.24.
    private func budgets() async throws(KubernetesError) -> [DisruptionBudget] {
        do {
            return try await client.list("/apis/policy/v1/poddisruptionbudgets", of: DisruptionBudget.self).items
        } catch {
            guard error.isNotFound else { throw error }
            return try await client.list("/apis/policy/v1beta1/poddisruptionbudgets", of: DisruptionBudget.self).items
        }
    }
}
