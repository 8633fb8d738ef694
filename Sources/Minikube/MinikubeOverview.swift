internal import ClusterModel
internal import Planning

/// What is shown of a profile: its machines beside what the spec wants.
package struct MinikubeOverview: Sendable {
    package struct Machine: Sendable, Hashable {
        package var name: String
        package var isControlPlane: Bool
        package var isRunning: Bool
        /// Of Kubernetes; empty for a machine that is not there yet.
        package var version: String
        package var isWanted: Bool
        /// In minikube's words; empty if it runs.
        package var note: String
    }

    package var machines: [Machine]
    /// Whether minikube reached the API server.
    package var isReachable: Bool
    /// `address:port` of the API on the host's networks; nil if there is no profile.
    package var endpoint: String?
    /// One line about the whole.
    package var standing: String

    package init(_ context: MinikubeContext) {
        let state = context.state
        let wanted = context.machines.all
        let version = state.stored?.KubernetesConfig.KubernetesVersion ?? ""
        let known = Dictionary(state.machines.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let others = state.machines.map(\.name).filter { !wanted.contains($0) }
        machines = (wanted + others).map { name in
            let machine = known[name]
            let isFirst = name == wanted.first
            return Machine(
                name: name, isControlPlane: isFirst, isRunning: machine?.isRunning ?? false,
                version: machine == nil ? "" : version, isWanted: wanted.contains(name),
                note: machine.map {
                    $0.isRunning ? "" : "host \($0.host), kubelet \($0.kubelet), API server \($0.apiServer)"
                } ?? "")
        }
        isReachable = known[wanted[0]]?.apiServer == "Running"
        endpoint = state.stored?.Nodes?.first.map { "\($0.IP):\($0.Port)" }
        standing = state.standing.words(context.profile)
    }
}
