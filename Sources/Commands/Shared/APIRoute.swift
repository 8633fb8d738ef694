internal import Execution
internal import Health
internal import KubernetesAPI
internal import WebClient

/// How the API is reached: directly, or through the SSH session of a control plane.
enum APIRoute {
    struct Detour: Sendable {
        var host: String
        /// A proxy on this machine.
        var proxy: String
    }

    /// Whether anything answers at an address: whatever it says, and with whatever certificate.
    ///
    /// No secret is sent. Tried twice: one lost answer is no reason for a detour.
    ///
    /// - Parameter proxy: a URL; nil asks directly.
    static func isReachable(_ address: String, through proxy: String? = nil) async -> Bool {
        var access = KubernetesAccess.direct("https://\(address)")
        if let proxy { access.proxy = .url(proxy) }
        return await answers(access)
    }

    /// Whether the API of a kubeconfig answers, whatever it says: it alone has a certificate of the kubeconfig's authority.
    static func answers(_ access: KubernetesAccess) async -> Bool {
        let timeouts = KubernetesTimeouts(connect: .seconds(3), silence: .seconds(3), total: .seconds(4), attempts: 1)
        for _ in 0..<2 {
            do {
                _ = try await KubernetesClient(access, timeouts: timeouts).text("/livez/ping", limit: 4096)
                return true
            } catch {
                if error.code != nil { return true }
            }
        }
        return false
    }

    /// Through the first control plane that reaches the endpoint; nil if none does.
    static func detour(to endpoint: String, _ hosts: [HealthHost], _ fleet: Fleet) async -> Detour? {
        for host in hosts where host.isControlPlane && host.problem == nil {
            guard let proxy = try? await fleet.connection(to: host.name).forwardingProxy(),
                await isReachable(endpoint, through: proxy)
            else { continue }
            return Detour(host: host.name, proxy: proxy)
        }
        return nil
    }
}
