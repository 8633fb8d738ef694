internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Health
internal import KubernetesAPI
internal import Minikube
internal import Planning
internal import Transports
internal import WebClient

/// The way to the API and to the machines of a profile.
enum MinikubeRoute {
    /// The address is minikube's; where it listens on the host only, the way leads through the host's SSH session.
    static func access(_ spec: ClusterSpec, _ fleet: Fleet) async -> (KubernetesAccess?, APIRoute.Detour?) {
        guard let context = MinikubeContext(spec: spec, specPlace: "") else { return (nil, nil) }
        let question = RemoteCommand(context.kubeconfigScript, mayBeSeen: true)
        guard let connection = try? await fleet.connection(to: context.host.name),
            let answer = try? await connection.run([question], timeout: .seconds(30)).first, answer.status == 0,
            var (access, _) = try? Kubeconfig.parse(
                answer.output, name: "\(context.host.name): minikube's kubeconfig of \(context.profile)", context: nil)
        else { return (nil, nil) }
        access.proxy = .none
        guard !spec.hosts.isEmpty else { return (access, nil) }
        // minikube gives the same addresses on every host: one that answers here may be another cluster.
        if await APIRoute.answers(access) { return (access, nil) }
        guard let proxy = try? await connection.forwardingProxy() else { return (access, nil) }
        var through = access
        through.proxy = .url(proxy)
        guard await APIRoute.answers(through) else { return (access, nil) }
        return (through, APIRoute.Detour(host: context.host.name, proxy: proxy))
    }

    /// The machines, each entered by minikube itself; nil if there is no profile or the host does not answer.
    static func machines(_ spec: ClusterSpec, _ fleet: Fleet) async -> (hosts: [HostSpec], fleet: Fleet)? {
        guard let blank = MinikubeContext(spec: spec, specPlace: "") else { return nil }
        let gathering = await fleet.gather(MinikubeCatalogue.probes(for: blank))
        guard let context = MinikubeContext(spec: spec, specPlace: "", facts: gathering.facts) else { return nil }
        let machines = MinikubeMachines(context)
        guard !machines.machines.isEmpty else { return nil }
        let hosts = machines.machines.map {
            HostSpec(
                name: $0.name, address: $0.address, internalAddress: $0.address,
                roles: $0.isControlPlane ? [.controlPlane] : [.worker])
        }
        let transport = NestedTransport(
            outer: ClusterDrivers.transport(for: spec), through: context.host
        ) { machines.entering($0, $1, encode: $2) }
        return (hosts, Fleet(transport: transport, hosts: hosts, lock: nil))
    }
}
