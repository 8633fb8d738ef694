internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Frameworks
internal import Health
internal import KubernetesAPI
internal import Transports
internal import WebClient

/// A cluster as frameworks and functions see it: its API, ways to its services, and what is installed.
struct FrameworkSession: Sendable {
    var client: KubernetesClient
    var facts: ClusterFacts
    var reach: EndpointReach
    var catalogue: FrameworkCatalogue
    var installed: [InstalledFramework]
    /// With the lists that were asked for already.
    var observer: ClusterObserver
    var specPath: String?

    func record(_ name: String) -> InstalledFramework? { installed.first { $0.name == name } }

    /// - Throws: `framework.not-installed`.
    func needed(_ name: String) throws -> InstalledFramework {
        if let record = record(name) { return record }
        let names = installed.map(\.name)
        throw Diagnostic(
            code: "framework.not-installed", "\(name) is not installed on this cluster",
            hint: names.isEmpty
                ? "`martlet framework install \(name)` does it" : "installed: \(names.joined(separator: ", "))",
            exitCode: .usage)
    }

    /// Opens what the options name, does the work and closes it again.
    static func with<Value: Sendable>(
        _ options: FrameworkClusterOptions, _ place: FrameworkPlace,
        _ work: @Sendable (FrameworkSession) async throws -> Value
    ) async throws -> Value {
        let catalogue = try place.catalogue()
        guard let file = options.specPath else {
            let (access, warnings) = try Kubeconfig.load(
                paths: options.kubeconfig.map { [$0] }, context: options.context)
            Conversation.show(warnings.filter { $0.code != "kubeconfig.readable-by-all" })
            return try await translating { try await work(open(access, proxy: nil, catalogue, spec: nil)) }
        }
        let loaded = try SpecLoading.load(file)
        Conversation.show(loaded.warnings)
        let fleet = Fleet(transport: SSHTransport(ask: PasswordPrompt.ask), hosts: loaded.spec.hosts, lock: nil)
        do {
            let route = await ClusterRoute.find(loaded.spec, fleet)
            guard let access = route.access else {
                let problems = route.hosts.compactMap { host in host.problem.map { "\(host.name): \($0)" } }
                throw Diagnostic(
                    code: "framework.no-cluster", "no control plane gave a kubeconfig",
                    detail: problems.isEmpty ? nil : problems.joined(separator: "\n"),
                    hint: "is there a cluster? `martlet apply` makes one", exitCode: .unreachable)
            }
            // Services inside the cluster are reached through a control plane.
            var proxy = route.detour?.proxy
            if proxy == nil, let host = route.hosts.first(where: { $0.isControlPlane && $0.problem == nil }) {
                proxy = try? await fleet.connection(to: host.name).forwardingProxy()
            }
            let way = proxy
            let value = try await translating { try await work(open(access, proxy: way, catalogue, spec: file)) }
            await fleet.close()
            return value
        } catch {
            await fleet.close()
            throw error
        }
    }

    private static func open(
        _ access: KubernetesAccess, proxy: String?, _ catalogue: FrameworkCatalogue, spec: String?
    ) async throws -> FrameworkSession {
        let client = KubernetesClient(
            access, timeouts: KubernetesTimeouts(connect: .seconds(5), silence: .seconds(15), total: .seconds(60)))
        let facts = try await ClusterFacts.ask(client)
        var observer = ClusterObserver(client)
        let installed = try await observer.records()
        return FrameworkSession(
            client: client, facts: facts, reach: EndpointReach(client: client, facts: facts, proxy: proxy),
            catalogue: catalogue, installed: installed, observer: observer, specPath: spec)
    }

    /// Errors of the API as diagnostics.
    static func translating<Value>(_ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch let error as KubernetesError {
            if case .unreachable(.cancelled) = error { throw CancellationError() }
            throw error.diagnostic
        }
    }
}
