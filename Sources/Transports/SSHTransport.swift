package import ClusterModel
package import Diagnostics
package import Execution
internal import SecureShell

/// Reaches hosts over SSH; options come from the spec, then from `~/.ssh/config`, then from OpenSSH's defaults.
package struct SSHTransport: Transport {
    /// Where a password or passphrase comes from that nobody may write down.
    package typealias Asking = @Sendable (_ prompt: String) async -> Secret<String>?

    private let targets: TargetResolver
    private let isRoot: Bool

    /// - Parameters:
    ///   - ask: asks the person at the terminal; nil answers mean that there is none.
    ///   - asRoot: commands run as root, through sudo where the user is not; false: as the user, with a lock of their own.
    package init(asRoot: Bool = true, ask: @escaping Asking) {
        targets = TargetResolver(ask: ask)
        isRoot = asRoot
    }

    package func connect(to host: HostSpec, lock: String?) async throws -> any HostConnection {
        let target = try targets.target(for: host)
        let sudo = isRoot ? try await targets.sudo(for: host, user: target.user) : .none
        let folder = isRoot ? HostLock.folder : HostLock.userFolder
        do throws(SSHError) {
            let session = try await SSHSession.connect(to: target)
            return SSHHostConnection(
                host: host.name, session: session, sudo: sudo, lock: lock.map { HostLock($0, folder: folder) },
                peerAddress: host.peerAddress)
        } catch {
            throw error.diagnostic(host: host.name)
        }
    }
}
