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
    /// Whether somebody said where the gateway is.
    var hasGateway = false

    /// Those that are installed, or the one that is named.
    ///
    /// One that martlet did not install, but that is named, is taken to be as the catalogue's default channel makes it.
    /// - Throws: `framework.not-installed` for one that is named and not there; `framework.unknown` for a name that the catalogue does
    ///   not have, and if it has none of those that are installed; `function.framework` if none is named and who asks may not read which are installed.
    func find(_ name: String?) async throws -> [Found] {
        do {
            // Who has rights in one namespace only may list no nodes; functions do without them.
            let facts = try await ClusterFacts.ask(client, needsNodes: false)
            let installed = try await installed(name)
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
                    if let site = try Self.found(release, isRecorded: false) {
                        guard try await isThere(site.site) else { throw Self.missing(name) }
                        found.append(site)
                    }
                }
            }
            return found
        } catch let error as KubernetesError {
            throw error.diagnostic
        }
    }

    /// Whether a framework that martlet did not install is in the cluster: its kinds, or its gateway where it has none.
    private func isThere(_ site: FunctionSite) async throws(KubernetesError) -> Bool {
        let path: String
        switch site.adapter {
        case .knative: path = "/apis/serving.knative.dev/v1"
        case .fission: path = "/apis/fission.io/v1"
        case .kubeless: path = "/apis/kubeless.io/v1beta1"
        case .openfaas, .openwhisk:
            // A gateway that was named is asked itself.
            guard !hasGateway, let gateway = site.gateway else { return true }
            path = FunctionObjects.path("v1", "services", namespace: gateway.namespace, gateway.service)
        }
        do throws(KubernetesError) {
            _ = try await client.value(path)
            return true
        } catch {
            // Who may not look has to be believed.
            if error.code == 403 { return true }
            guard error.isNotFound else { throw error }
            return false
        }
    }

    private static func missing(_ name: String) -> Diagnostic {
        Diagnostic(
            code: "framework.not-installed", "\(name) is not installed on this cluster",
            hint: "`martlet framework status` shows what is, `martlet framework install \(name)` installs it",
            exitCode: .usage)
    }

    /// The records of installations, for who may read them.
    private func installed(_ name: String?) async throws -> [InstalledFramework] {
        do throws(KubernetesError) {
            return try await InstalledFramework.all(client).filter {
                (name == nil || $0.name == name) && $0.state != .removed
            }
        } catch {
            guard error.code == 403 else { throw error }
            guard let name else {
                throw Diagnostic(
                    code: "function.framework", "this user may not read which frameworks are installed",
                    detail: "they are ConfigMaps in the namespace \(InstalledFramework.namespace)",
                    hint: "name the framework with --framework", exitCode: .usage)
            }
            // A role may name the one record, and reading is less than listing.
            do throws(KubernetesError) {
                return try await [InstalledFramework.find(name, client)].compactMap(\.self).filter {
                    $0.state != .removed
                }
            } catch {
                guard error.code == 403 else { throw error }
                return []
            }
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
                // With an address of a node that is not known nobody is found.
                outsidePort: endpoint.nodePortPort, host: endpoint.host.flatMap { $0.contains("${") ? nil : $0 })
        }
        return FunctionSite(
            framework: release.framework.name, adapter: adapter, namespace: release.fill(section.namespace),
            core: section.core.map(release.fill) ?? release.coreNamespace, gateway: gateway, credentials: credentials,
            runtimes: runtimes(release, section), sourceLimit: section.limit,
            takesSource: section.inputs.contains { $0 != .image },
            takesImages: section.inputs.contains(.image),
            triggers: section.triggers.compactMap { FunctionTrigger.Kind(rawValue: $0.rawValue) },
            isAsynchronous: section.isAsync,
            scalesToZero: release.channel.traits.scaleToZero,
            hasZeroByHand: section.zeroByHand.contains(release.channel.name), maximum: section.maximumReplicas,
            triggerImage: section.triggerImage.map(release.fill))
    }

    static func runtimes(_ release: FrameworkRelease, _ section: FunctionSection) -> [FunctionRuntime] {
        section.runtimes.filter { release.holds($0.applies) }.map { runtime in
            FunctionRuntime(
                id: runtime.id, language: runtime.language, image: runtime.image.map(release.fill),
                kind: runtime.kind, isDefault: runtime.isDefault)
        }
    }
}
