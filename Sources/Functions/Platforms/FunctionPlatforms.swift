package import Diagnostics

/// The adapter of a framework.
package enum FunctionPlatforms {
    /// - Parameters:
    ///   - door: of the gateway, where it is known already.
    ///   - host: of the function that is invoked, where it is known already (Knative).
    package static func make(
        _ site: FunctionSite, _ client: DoorClient, assets: FunctionAssets, door: ServiceDoor? = nil,
        host: String? = nil, environment: [String: String]
    ) -> any FunctionPlatform {
        let servers = RuntimeServers(assets)
        let gateway = FunctionGateway(
            site, client, door: door, probe: site.adapter == .openfaas ? "/healthz" : "/", environment: environment)
        switch site.adapter {
        case .openfaas: return OpenFaaSPlatform(gateway)
        case .openwhisk: return OpenWhiskPlatform(gateway)
        case .knative: return KnativePlatform(gateway, servers: servers, host: host)
        case .fission: return FissionPlatform(gateway)
        case .kubeless: return KubelessPlatform(site, client, servers: servers)
        }
    }

    /// The door that a platform's gateway was reached by; nil where it has no gateway.
    package static func door(of platform: any FunctionPlatform) async throws(Diagnostic) -> ServiceDoor? {
        switch platform {
        case let platform as OpenFaaSPlatform: try await platform.gateway.door()
        case let platform as OpenWhiskPlatform: try await platform.gateway.door()
        case let platform as KnativePlatform: try await platform.gateway.door()
        case let platform as FissionPlatform: try await platform.gateway.door()
        default: nil
        }
    }

    /// Runtimes as the framework itself tells them, where it does, else the site's.
    package static func runtimes(of platform: any FunctionPlatform) async throws(Diagnostic) -> [FunctionRuntime] {
        switch platform {
        case let platform as OpenWhiskPlatform: try await platform.runtimes()
        case let platform as FissionPlatform: try await platform.runtimes()
        case let platform as KubelessPlatform: try await platform.runtimes()
        default: platform.site.runtimes
        }
    }
}
