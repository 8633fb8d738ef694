internal import Diagnostics
internal import Foundation
internal import Frameworks
internal import Functions
internal import KubernetesAPI
internal import Synchronization
internal import WebClient

/// The frameworks of a cluster, which is opened when something is asked of it.
final class FunctionSession: Sendable {
    let options: FunctionOptions
    let client: DoorClient
    let manifests: String
    /// Of requests to addresses of gateways and functions.
    let watch = ConnectionWatch()
    private let cluster: LazyCluster
    private let opened = OpenedBox()
    private let environment = ProcessInfo.processInfo.environment

    /// Keeps what has to be closed.
    private final class OpenedBox: Sendable {
        let value = Mutex<OpenedCluster?>(nil)
    }

    /// Requests at a time: `assess` may have so many workers, and looks at the cluster meanwhile.
    static let mostRequests = AssessLimits.mostWorkers + 20

    /// Opens nothing yet.
    ///
    /// - Parameter isOneRequest: mostly nothing but one request to a gateway will be sent.
    init(_ options: FunctionOptions, isOneRequest: Bool = false) throws {
        self.options = options
        manifests = try AssetLocator.standard.find("manifests").get()
        let box = opened
        let cluster = LazyCluster {
            let cluster = try await OpenedCluster.open(options.cluster.target(code: "function"))
            box.value.withLock { $0 = cluster }
            let client = KubernetesClient(
                cluster.access,
                timeouts: KubernetesTimeouts(connect: .seconds(5), silence: .seconds(15), total: .seconds(30)),
                maximumConnections: FunctionSession.mostRequests)
            return ClusterCalls(client, fieldManager: "martlet")
        }
        self.cluster = cluster
        let inside = InsideClients {
            // Opening it fills the box.
            guard (try? await cluster.open()) != nil, let opened = box.value.withLock({ $0 }) else { return nil }
            return await opened.insideProxy()
        }
        let web = WebClient(WebSettings(maximumTransfers: Self.mostRequests))
        let light: (any WebCalls)? = isOneRequest ? LightWeb(otherwise: web, environment: environment) : nil
        client = DoorClient(
            cluster: cluster,
            web: watch.watching(light ?? web),
            insecureWeb: watch.watching(
                WebClient(WebSettings(maximumTransfers: Self.mostRequests, isInsecure: true))),
            inside: { await inside.client(isInsecure: $0) })
    }

    /// Does the work and closes what was opened, whatever happens.
    func closing<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            await opened.value.withLock { $0 }?.close()
            return value
        } catch {
            await opened.value.withLock { $0 }?.close()
            throw error
        }
    }

    /// The opened cluster and its client.
    func kubernetes() async throws -> (cluster: OpenedCluster, client: KubernetesClient) {
        let calls: any FunctionCluster
        do { calls = try await cluster.open() } catch { throw error.diagnostic }
        guard let calls = calls as? ClusterCalls, let cluster = opened.value.withLock({ $0 }) else {
            throw Diagnostic(code: "function.cluster", "there is no cluster", exitCode: .unreachable)
        }
        return (cluster, calls.client)
    }

    var assets: FunctionAssets { FunctionAssets(folder: manifests + "/functions") }

    // MARK: frameworks

    /// Those that are installed, or the one that was named.
    func sites() async throws -> [FunctionSite] { try await found().map(\.site) }

    /// With their releases.
    func found() async throws -> [FunctionSites.Found] {
        let client = try await kubernetes().client
        return try await FunctionSites(
            catalogue: options.place.catalogue(), client: client, hasGateway: options.gateway.gateway != nil
        ).find(options.framework)
    }

    /// The only one.
    func site() async throws -> FunctionSite {
        let sites = try await sites()
        guard sites.count < 2 else { throw Self.ambiguous(sites.map(\.framework)) }
        guard let site = sites.first else { throw Self.none }
        return site
    }

    private var door: ServiceDoor? {
        options.gateway.gateway.map { url in
            ServiceDoor(
                .direct(url: url.hasSuffix("/") ? String(url.dropLast()) : url), isInsecure: options.gateway.insecure)
        }
    }

    func platform(_ site: FunctionSite) throws -> any FunctionPlatform {
        var site = site
        if options.gateway.insecure { site.gateway?.isInsecure = true }
        return FunctionPlatforms.make(site, client, assets: assets, door: door, environment: environment)
    }

    /// The platform that has a function of this name.
    func platform(of name: String) async throws -> any FunctionPlatform {
        try FunctionName.check(name)
        let sites = try await sites()
        guard sites.count > 1 else {
            guard let site = sites.first else { throw Self.none }
            return try platform(site)
        }
        return try await FunctionSearch(name, in: try sites.map { try platform($0) }).owner(warn: Conversation.show)
    }

    static func ambiguous(_ names: [String]) -> Diagnostic {
        Diagnostic(
            code: "function.framework", "several frameworks may be meant: \(names.joined(separator: ", "))",
            hint: "name one with --framework", exitCode: .usage)
    }

    private static var none: Diagnostic {
        Diagnostic(
            code: "function.no-framework", "no framework is installed in this cluster",
            hint: "`martlet framework recommend` helps to choose one", exitCode: .usage)
    }

    // MARK: remembered ways

    func platform(_ way: WayMemory.Way) throws -> any FunctionPlatform {
        let site = FunctionSite(
            framework: way.framework, adapter: way.adapter, namespace: way.namespace, core: way.core)
        return FunctionPlatforms.make(
            site, client, assets: assets, door: way.door ?? door, host: way.host, environment: environment)
    }

    /// What an invocation by this platform needs to know; nil where it also needs credentials, which are not kept.
    func way(_ platform: any FunctionPlatform, _ name: String) async throws -> WayMemory.Way? {
        let site = platform.site
        guard site.adapter != .openwhisk else { return nil }
        var found: ServiceDoor?
        if site.adapter != .kubeless { found = try await FunctionPlatforms.door(of: platform) }
        return WayMemory.Way(
            framework: site.framework, adapter: site.adapter, namespace: site.namespace, core: site.core, door: found,
            host: try await platform.remembered(name), time: Date().timeIntervalSince1970)
    }
}
