internal import Diagnostics
internal import Frameworks
internal import Functions
internal import KubernetesAPI

/// The frameworks that a cluster has, as adapters need to know them.
struct FunctionSites {
    /// A site and, where martlet installed it, which release it is.
    struct Found {
        var site: FunctionSite
        var channel: String
        var version: String
    }

    let catalogue: FrameworkCatalogue
    let client: KubernetesClient

    /// Those that are installed, or the one that is named.
    ///
    /// One that martlet did not install, but that is named, is taken to be as the catalogue's default channel makes it.
    /// - Throws: `framework.unknown` for a name that the catalogue does not have, and if it has none of those that are installed.
    func find(_ name: String?) async throws -> [Found] {
        do {
            let facts = try await ClusterFacts.ask(client)
            let installed = try await InstalledFramework.all(client).filter { name == nil || $0.name == name }
            let names = catalogue.names
            let known = installed.filter { names.contains($0.name) }
            // Somebody's own framework is in the way only of those who mean it.
            if known.isEmpty, let foreign = installed.first { _ = try catalogue.framework(named: foreign.name) }
            var found = try known.compactMap { record in
                try Self.found(try record.release(catalogue, cluster: facts), isRecorded: true)
            }
            if let name, found.isEmpty {
                let framework = try catalogue.framework(named: name)
                let channel = framework.defaultChannel ?? framework.channels.first
                if let channel {
                    let release = try FrameworkRelease(framework, channel: channel, cluster: facts)
                    if let site = try Self.found(release, isRecorded: false) { found.append(site) }
                }
            }
            return found
        } catch let error as KubernetesError {
            throw error.diagnostic
        }
    }

    /// Nil for frameworks that run no functions.
    private static func found(_ release: FrameworkRelease, isRecorded: Bool) throws -> Found? {
        guard let section = release.framework.function else { return nil }
        return Found(
            site: try site(release, section), channel: isRecorded ? release.channel.name : "",
            version: isRecorded ? release.channel.version : "")
    }

    static func site(_ release: FrameworkRelease, _ section: FunctionSection) throws -> FunctionSite {
        let endpoint = try section.endpoint.map { try release.endpoint($0) }
        let adapter = FunctionAdapter(rawValue: section.adapter.rawValue) ?? .kubeless
        var credentials = FunctionSite.Credentials.none
        switch endpoint?.authentication {
        case .basic(let secret, let namespace, let user, let password):
            credentials = .basic(namespace: namespace, secret: secret, user: user, password: password)
        case .basicToken(let secret, let namespace, let key):
            credentials = .joined(namespace: namespace, secret: secret, key: key)
        default: break
        }
        let gateway = endpoint.map { endpoint in
            ServiceAddress(
                namespace: endpoint.namespace, service: endpoint.service, port: endpoint.port,
                isSecure: endpoint.scheme == "https", isInsecure: endpoint.isInsecure,
                outside: endpoint.nodePortService,
                outsidePort: endpoint.nodePortPort, host: endpoint.host)
        }
        return FunctionSite(
            framework: release.framework.name, adapter: adapter, namespace: release.fill(section.namespace),
            core: section.core.map(release.fill) ?? release.coreNamespace, gateway: gateway, credentials: credentials,
            runtimes: section.runtimes.filter { release.holds($0.applies) }.map { runtime in
                FunctionRuntime(
                    id: runtime.id, language: runtime.language, image: runtime.image.map(release.fill),
                    kind: runtime.kind, isDefault: runtime.isDefault)
            }, sourceLimit: section.limit, takesSource: section.inputs.contains { $0 != .image },
            takesImages: section.inputs.contains(.image),
            triggers: section.triggers.compactMap { FunctionTrigger.Kind(rawValue: $0.rawValue) },
            isAsynchronous: section.isAsync,
            scalesToZero: release.channel.traits.scaleToZero,
            hasZeroByHand: section.zeroByHand.contains(release.channel.name), maximum: section.maximumReplicas,
            triggerImage: section.triggerImage.map(release.fill))
    }
}
