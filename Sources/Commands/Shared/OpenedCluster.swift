internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Health
internal import KubernetesAPI
internal import Transports
internal import WebClient

/// The API of a cluster, from a spec or a kubeconfig, with the connections that it may need.
struct OpenedCluster: Sendable {
    var access: KubernetesAccess
    /// Of the spec or the context.
    var name: String
    /// As the file has it; nil for a kubeconfig.
    var spec: ClusterSpec?
    /// Of a spec: its hosts, or the machines that minikube made, as far as they were asked for.
    var hosts: [HealthHost] = []
    /// Enters these hosts.
    var fleet: Fleet?
    /// Through which the API is reached; nil if it is reached from here.
    private var detour: APIRoute.Detour?
    /// Of the computers that the spec names, where these are not the hosts themselves.
    private var outer: Fleet?

    private init(access: KubernetesAccess, name: String) {
        self.access = access
        self.name = name
    }

    /// What a command is about.
    struct Target: Sendable {
        /// The path of a spec; nil for a kubeconfig.
        var spec: String?
        var kubeconfig: String?
        var context: String?
        /// The beginning of the error's code where nobody gives a kubeconfig.
        var code: String
        /// Whether the machines that minikube makes are entered, too.
        var entersMachines = false
    }

    /// Opens the cluster, does the work and closes what was opened, whatever happens.
    static func with<Value: Sendable>(
        _ target: Target, _ work: @Sendable (OpenedCluster) async throws -> Value
    ) async throws -> Value {
        let cluster = try await open(target)
        do {
            let value = try await work(cluster)
            await cluster.close()
            return value
        } catch {
            await cluster.close()
            throw error
        }
    }

    /// Has to be closed.
    static func open(_ target: Target) async throws -> OpenedCluster {
        guard let file = target.spec else {
            let (access, warnings) = try Kubeconfig.load(
                paths: target.kubeconfig.map { [$0] }, context: target.context)
            Conversation.show(warnings.filter { $0.code != "kubeconfig.readable-by-all" })
            return OpenedCluster(access: access, name: access.context.isEmpty ? access.clusterName : access.context)
        }
        let loaded = try SpecLoading.load(file)
        Conversation.show(loaded.warnings)
        let spec = loaded.spec
        let fleet = Fleet(transport: ClusterDrivers.transport(for: spec), hosts: spec.machinesOfDriver, lock: nil)
        do {
            return try await spec.kubernetes.driver == .minikube
                ? minikube(spec, fleet, target) : kubeadm(spec, fleet, target)
        } catch {
            await fleet.close()
            throw error
        }
    }

    private static func kubeadm(_ spec: ClusterSpec, _ fleet: Fleet, _ target: Target) async throws -> OpenedCluster {
        let route = await ClusterRoute.find(await PoolView.narrowed(spec, fleet), fleet)
        guard let access = route.access else {
            let problems = route.hosts.compactMap { host in host.problem.map { "\(host.name): \($0)" } }
            throw none("no control plane gave a kubeconfig", problems, target)
        }
        var cluster = OpenedCluster(access: access, name: spec.name)
        cluster.spec = spec
        cluster.hosts = route.hosts
        cluster.fleet = fleet
        cluster.detour = route.detour
        return cluster
    }

    private static func minikube(_ spec: ClusterSpec, _ outer: Fleet, _ target: Target) async throws -> OpenedCluster {
        let (access, detour) = await MinikubeRoute.access(spec, outer)
        guard let access else { throw none("minikube has no kubeconfig of this profile", [], target) }
        var cluster = OpenedCluster(access: access, name: spec.name)
        cluster.spec = spec
        cluster.detour = detour
        cluster.outer = outer
        if target.entersMachines, let machines = await MinikubeRoute.machines(spec, outer) {
            cluster.hosts = machines.hosts.map { HealthHost($0) }
            cluster.fleet = machines.fleet
        }
        return cluster
    }

    private static func none(_ summary: String, _ problems: [String], _ target: Target) -> Diagnostic {
        Diagnostic(
            code: "\(target.code).no-cluster", summary,
            detail: problems.isEmpty ? nil : problems.joined(separator: "\n"),
            hint: "is there a cluster? `martlet apply` makes one", exitCode: .unreachable)
    }

    /// A proxy on this machine whose connections begin inside the cluster's networks: at a control plane.
    ///
    /// It ends with the cluster. nil without a spec, and where a host forwards nothing.
    func insideProxy() async -> String? {
        if let detour { return detour.proxy }
        guard spec?.kubernetes.driver == .kubeadm,
            let host = hosts.first(where: { $0.isControlPlane && $0.problem == nil })
        else { return nil }
        return try? await fleet?.connection(to: host.name).forwardingProxy()
    }

    func close() async {
        await fleet?.close()
        await outer?.close()
    }
}
