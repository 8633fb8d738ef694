internal import Diagnostics
import Synchronization

/// Private keys, read once however many hosts share them; each passphrase is asked for once.
final class IdentityStore: Sendable {
    static let shared = IdentityStore()

    private typealias Loading = Task<Result<PrivateKey, SSHError>, Never>

    private struct State {
        var keys: [String: (stamp: LocalFile.Stamp, key: PrivateKey)] = [:]
        var loading: [String: Loading] = [:]
    }

    private let state = Mutex(State())

    /// The key of a file.
    ///
    /// Throws `.noIdentity` for a file that cannot be read, `.passphrase` if none is to be had.
    func key(at path: String, passphrase: SSHTarget.PassphraseProvider?) async throws(SSHError) -> PrivateKey {
        let stamp = LocalFile.Stamp(of: path)
        if let cached = state.withLock({ $0.keys[path] }), cached.stamp == stamp { return cached.key }
        let task = state.withLock { state -> Loading in
            if let running = state.loading[path] { return running }
            let task = Loading { await self.load(path, stamp: stamp, passphrase: passphrase) }
            state.loading[path] = task
            return task
        }
        let result = await task.value
        state.withLock { $0.loading[path] = nil }
        return try result.get()
    }

    /// Forgets a key, so that its passphrase is asked for again.
    func forget(_ path: String) { state.withLock { _ = $0.keys.removeValue(forKey: path) } }

    private func load(
        _ path: String, stamp: LocalFile.Stamp?, passphrase: SSHTarget.PassphraseProvider?
    ) async -> Result<PrivateKey, SSHError> {
        let contents = await BlockingPool.shared.run { () -> Result<[UInt8], LocalFile.Failure> in
            do throws(LocalFile.Failure) {
                return .success(try LocalFile.read(path, limit: 1 << 20))
            } catch {
                return .failure(error)
            }
        }
        guard case .success(let bytes) = contents else {
            guard case .failure(let failure) = contents else { return .failure(.noIdentity(detail: path)) }
            return .failure(.noIdentity(detail: "\(path): \(failure.text)"))
        }
        var key = PrivateKey(path: path, contents: bytes)
        if key.isEncrypted {
            guard let passphrase else {
                return .failure(.passphrase(key: path, reason: "it is encrypted and no passphrase was given"))
            }
            guard let secret = await passphrase(path) else {
                return .failure(.passphrase(key: path, reason: "it is encrypted and no passphrase was given"))
            }
            key.passphrase = secret
        }
        if let stamp {
            let loaded = key
            state.withLock { $0.keys[path] = (stamp, loaded) }
        }
        return .success(key)
    }
}
