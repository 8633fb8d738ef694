internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Health
internal import KubernetesAPI
internal import Transports

/// The API of a cluster, from a spec or a kubeconfig, with the connections that it may need.
struct OpenedCluster: Sendable {
    var access: KubernetesAccess
    /// Of the spec or the context.
    var name: String
    /// Of a spec; has to be closed.
    var fleet: Fleet?

    /// - Parameter spec: the path of a spec; nil for a kubeconfig.
    /// - Parameter code: the beginning of the error's code where no control plane gives a kubeconfig.
    static func open(
        spec: String?, kubeconfig: String?, context: String?, code: String
    ) async throws -> OpenedCluster {
        guard let spec else {
            let (access, warnings) = try Kubeconfig.load(paths: kubeconfig.map { [$0] }, context: context)
            Conversation.show(warnings.filter { $0.code != "kubeconfig.readable-by-all" })
            return OpenedCluster(access: access, name: access.context.isEmpty ? access.clusterName : access.context)
        }
        let loaded = try SpecLoading.load(spec)
        Conversation.show(loaded.warnings)
        let fleet = Fleet(transport: SSHTransport(ask: PasswordPrompt.ask), hosts: loaded.spec.hosts, lock: nil)
        let route = await ClusterRoute.find(loaded.spec, fleet)
        guard let access = route.access else {
            await fleet.close()
            let problems = route.hosts.compactMap { host in host.problem.map { "\(host.name): \($0)" } }
            throw Diagnostic(
                code: "\(code).no-cluster", "no control plane gave a kubeconfig",
                detail: problems.isEmpty ? nil : problems.joined(separator: "\n"),
                hint: "is there a cluster? `martlet apply` makes one", exitCode: .unreachable)
        }
        return OpenedCluster(access: access, name: loaded.spec.name, fleet: fleet)
    }

    func close() async { await fleet?.close() }
}
