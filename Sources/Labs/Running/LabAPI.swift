package import KubernetesAPI

/// What the engine asks of a cluster; tests answer it from recorded JSON.
package typealias LabAPI = KubernetesCalls

/// A real cluster.
package typealias ClusterAPI = ClusterCalls

extension ClusterCalls {
    /// Whatever labs apply is theirs.
    package init(_ client: KubernetesClient) { self.init(client, fieldManager: "martlet-lab") }

    /// Answers that do not come soon are judged as none: a check must not hang on a cluster that went away.
    package static let timeouts = KubernetesTimeouts(
        connect: .seconds(5), silence: .seconds(10), total: .seconds(15), attempts: 3)
}
