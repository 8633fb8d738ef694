internal import ClusterModel
internal import Planning

/// How the machines of a profile are entered from the host that runs minikube.
package struct MinikubeMachines: Sendable {
    package struct Machine: Sendable, Hashable {
        /// As Kubernetes names the node.
        package var name: String
        package var address: String
        package var isControlPlane: Bool
    }

    package let machines: [Machine]
    private let minikube: MinikubeSpec

    /// The driver none calls its node as the host is called (`KubeNodeName` in pkg/minikube/bootstrapper/bsutil/kubelet.go), in lower
    /// case, as kubeadm writes it.
    package init(_ context: MinikubeContext) {
        minikube = context.minikube
        let stored = context.state.stored
        let hostname = context.minikube.driver == .none ? context.state.host["hostname"]?.lowercased() : nil
        machines = zip(stored?.machines ?? [], stored?.Nodes ?? []).map {
            Machine(name: hostname ?? $0, address: $1.IP, isControlPlane: $1.ControlPlane)
        }
    }

    /// Runs a script in a machine as root; its output ends with `\u{1e}` and the exit status.
    ///
    /// `minikube ssh` always asks for a terminal and does not pass the exit status on (cmd/minikube/cmd/ssh.go, `Shell` in
    /// pkg/libmachine/ssh/client.go), so the script travels in the command line and the status in the output. The driver none has
    /// no machine to enter: it is the host.
    package func entering(_ machine: String, _ script: String, encode: (String) -> String) -> String {
        let prelude = MinikubeShell(minikube: minikube).prelude
        let profile = minikube.profile
        let command = "echo \(encode(script)) | base64 -d | sudo -n sh; printf '\\036%d\\n' $?"
        guard minikube.driver != .none else {
            return "\(prelude)\n\(command.replacing("sudo -n sh", with: asRoot))"
        }
        let node = machine == profile ? "" : " -n \(Shell.quote(String(machine.dropFirst(profile.count + 1))))"
        return """
            \(prelude)
            minikube ssh -p \(Shell.quote(profile))\(node) -- \(Shell.quote(command)) </dev/null | tr -d '\\r'
            """
    }

    private var asRoot: String { "{ if [ \"$(id -u)\" = 0 ]; then sh; else sudo -n sh; fi; }" }
}
