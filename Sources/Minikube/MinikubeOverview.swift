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
        let wanted = context.options.machines
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
        standing =
            switch state.standing {
            case .unknown(let reason): "not known: \(reason)"
            case .absent: "there is no profile \(context.profile)"
            case .invalid: "the profile \(context.profile) cannot be read"
            case .running: "running"
            case .paused: "paused"
            case .stopped: "stopped"
            case .broken(let words): "broken: \(words)"
            }
    }
}

/// How the machines of a profile are entered from the host that runs minikube.
package struct MinikubeMachines: Sendable {
    package struct Machine: Sendable, Hashable {
        /// As Kubernetes names the node.
        package var name: String
        package var address: String
        package var isControlPlane: Bool
    }

    package let machines: [Machine]
    private let profile: String
    private let driver: MinikubeSpec.Driver

    package init(_ context: MinikubeContext) {
        profile = context.profile
        driver = context.minikube.driver
        let stored = context.state.stored
        machines = zip(stored?.machines ?? [], stored?.Nodes ?? []).map {
            Machine(name: $0, address: $1.IP, isControlPlane: $1.ControlPlane)
        }
    }

    /// Runs a script in a machine as root; its output ends with `\u{1e}` and the exit status.
    ///
    /// `minikube ssh` always asks for a terminal and does not pass the exit status on (cmd/minikube/cmd/ssh.go, `Shell` in
    /// pkg/libmachine/ssh/client.go), so the script travels in the command line and the status in the output. The driver none has
    /// no machine to enter: it is the host.
    package func entering(_ machine: String, _ script: String, encode: (String) -> String) -> String {
        let command = "echo \(encode(script)) | base64 -d | sudo -n sh; printf '\\036%d\\n' $?"
        guard driver != .none else {
            return "\(MinikubeShell.prelude)\n\(command.replacing("sudo -n sh", with: asRoot))"
        }
        let node = machine == profile ? "" : " -n \(Shell.quote(String(machine.dropFirst(profile.count + 1))))"
        return """
            \(MinikubeShell.prelude)
            minikube ssh -p \(Shell.quote(profile))\(node) -- \(Shell.quote(command)) </dev/null | tr -d '\\r'
            """
    }

    private var asRoot: String { "{ if [ \"$(id -u)\" = 0 ]; then sh; else sudo -n sh; fi; }" }
}
