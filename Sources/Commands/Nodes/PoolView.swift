internal import ClusterModel
internal import Execution
internal import Health
internal import KubernetesAPI

/// What the cluster says of the spares of a spec's pools.
enum PoolView {
    /// The spec without spares that are no nodes now; as it is where there are no pools, or no API answers.
    static func narrowed(_ spec: ClusterSpec, _ fleet: Fleet) async -> ClusterSpec {
        guard !spec.pools.isEmpty else { return spec }
        var planes = spec
        planes.hosts = spec.controlPlanes
        guard let access = await ClusterRoute.find(planes, fleet).access,
            let nodes = try? await KubernetesClient(access).list("/api/v1/nodes", of: Node.self).items
        else { return spec }
        let known = Set(nodes.map(\.name))
        var narrowed = spec
        narrowed.hosts.removeAll { $0.pool != nil && !known.contains($0.name) }
        return narrowed
    }
}
