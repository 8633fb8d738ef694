internal import WebClient

extension KubernetesAccess {
    /// Without credentials and past every proxy, for asking whether something answers at an address at all.
    ///
    /// - Parameter server: `http://HOST:PORT` or `https://HOST:PORT`; of the latter any certificate is taken.
    package static func direct(_ server: String) -> KubernetesAccess {
        KubernetesAccess(server: server, isInsecure: true, proxy: .none)
    }
}
