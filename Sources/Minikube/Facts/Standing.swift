internal import ClusterModel
internal import Planning

/// What state a profile is in, from minikube's words about its machines.
enum Standing: Sendable, Hashable {
    /// The host could not tell.
    case unknown(String)
    /// There is no profile.
    case absent
    /// There is a folder or a container, and nothing that minikube can read.
    case invalid
    case running
    /// The cluster runs, and the user's kubeconfig does not lead to it.
    case unreferenced
    case paused
    case stopped
    /// Machines run and the cluster does not, or machines are gone; in words.
    case broken(String)

    /// - Parameters:
    ///   - machines: the first is the control plane; machines of nodes that are down have a step of their own.
    ///   - stored: whether minikube could read the profile.
    static func of(
        _ minikube: MinikubeSpec, machines: [MinikubeState.Machine], answer: FactValue, profile: FactValue,
        stored: StoredProfile?,
        owner: ProfileOwner?, list: ProfileList?
    ) -> Standing {
        if case .unknown(let reason) = profile { return .unknown(reason) }
        let isListedAsInvalid = list?.invalid.contains { $0.Name == minikube.profile } ?? false
        if profile == .absent {
            // A first start that was refused leaves a folder with nothing of minikube's in it.
            return isListedAsInvalid && owner?.phase != .starting ? .invalid : .absent
        }
        guard stored != nil, !isListedAsInvalid else { return .invalid }
        switch answer {
        case .unknown(let reason): return .unknown(reason)
        case .absent: return .unknown("minikube is not there to tell")
        case .present(let text):
            guard let first = machines.first else { return .broken(text) }
            return of(first, minikube)
        }
    }

    private static func of(_ first: MinikubeState.Machine, _ minikube: MinikubeSpec) -> Standing {
        if first.isRunning { return .running }
        let parts = (first.host, first.kubelet, first.apiServer)
        switch (minikube.driver, parts) {
        // Only whether its SSH server can be reached tells minikube whether such a machine runs (`GetState` in
        // pkg/drivers/ssh/ssh.go): a cluster that is stopped leaves it running.
        case (.ssh, ("Stopped", _, _)):
            return .unknown("the target \(minikube.target?.address ?? "") does not answer at its SSH port")
        case (.ssh, ("Running", "Stopped", "Stopped")), (_, ("Stopped", _, _)): return .stopped
        case (_, ("Running", _, "Paused")): return .paused
        case (_, ("Running", "Running", "Running")): return .unreferenced
        default:
            return .broken(
                "machine \(first.name): host \(first.host), kubelet \(first.kubelet), API server \(first.apiServer), kubeconfig "
                    + first.kubeconfig)
        }
    }

    /// One line for people.
    func words(_ profile: String) -> String {
        switch self {
        case .unknown(let reason): "not known: \(reason)"
        case .absent: "there is no profile \(profile)"
        case .invalid: "the profile \(profile) cannot be read"
        case .running: "running"
        case .unreferenced: "running, but the kubeconfig of its user does not lead to it"
        case .paused: "paused"
        case .stopped: "stopped"
        case .broken(let words): "broken: \(words)"
        }
    }
}
