internal import Diagnostics
internal import Frameworks
internal import KubernetesAPI
internal import WebClient

/// A cluster as frameworks and functions see it: its API, ways to its services, and what is installed.
struct FrameworkSession: Sendable {
    var client: KubernetesClient
    var facts: ClusterFacts
    var reach: EndpointReach
    /// Whose connections begin at a control plane; nil if there is no such way.
    var proxy: String?
    var catalogue: FrameworkCatalogue
    var installed: [InstalledFramework]
    /// With the lists that were asked for already.
    var observer: ClusterObserver
    var specPath: String?
    /// Of `--frameworks`.
    var frameworks: String?

    /// What else runs, or will.
    var neighbours: [String] { installed.filter(\.isPresent).map(\.name) }

    func record(_ name: String) -> InstalledFramework? { installed.first { $0.name == name } }

    /// - Throws: `framework.not-installed`; `framework.unknown` for a name that nobody knows.
    func needed(_ name: String) throws -> InstalledFramework {
        if let record = record(name) { return record }
        let names = installed.map(\.name)
        if !catalogue.names.contains(name) { _ = try catalogue.framework(named: name) }
        throw Diagnostic(
            code: "framework.not-installed", "\(name) is not installed on this cluster",
            hint: names.isEmpty
                ? "`martlet framework install \(name)` does it" : "installed: \(names.joined(separator: ", "))",
            exitCode: .usage)
    }

    /// Opens what the options name, does the work and closes it again.
    static func with<Value: Sendable>(
        _ options: ClusterChoice, _ place: FrameworkPlace,
        _ work: @Sendable (FrameworkSession) async throws -> Value
    ) async throws -> Value {
        let catalogue = try place.catalogue()
        let target = options.target(code: "framework")
        return try await OpenedCluster.with(target) { cluster in
            // Services inside the cluster are reached through a control plane.
            let proxy = await cluster.insideProxy()
            return try await translating {
                var session = try await open(cluster.access, proxy: proxy, catalogue, spec: target.spec)
                session.frameworks = place.frameworks
                return try await work(session)
            }
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
            proxy: proxy,
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
