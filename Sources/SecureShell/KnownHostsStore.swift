import Synchronization

/// known_hosts files, read once for all hosts and again when they changed.
final class KnownHostsStore: Sendable {
    static let shared = KnownHostsStore()

    private struct Cached {
        var stamps: [LocalFile.Stamp?]
        var hosts: KnownHosts
    }

    private let cache = Mutex<[[String]: Cached]>([:])

    /// The entries of the files, in order; a missing file is an empty one.
    ///
    /// Reads on the calling thread (small files).
    func hosts(in files: [String]) throws(SSHError) -> KnownHosts {
        let stamps = files.map { LocalFile.Stamp(of: $0) }
        if let cached = cache.withLock({ $0[files] }), cached.stamps == stamps { return cached.hosts }
        var hosts = KnownHosts()
        for file in files {
            do throws(LocalFile.Failure) {
                hosts.add(try LocalFile.read(file), file: file)
            } catch {
                guard error.isMissing else { throw .invalidInput("\(file) cannot be read: \(error.text)") }
            }
        }
        let fresh = Cached(stamps: stamps, hosts: hosts)
        cache.withLock { $0[files] = fresh }
        return hosts
    }

    /// Judges a key by the policy, recording it where the policy says so.
    func verify(_ key: HostKey, of target: SSHTarget) throws(SSHError) {
        var finding = HostKeyFinding(
            host: target.knownHostsName, keyType: key.type, seen: key.fingerprint, files: target.hostKeyPolicy.files)
        if case .pinned(let fingerprints) = target.hostKeyPolicy {
            guard !fingerprints.contains(key.fingerprint) else { return }
            finding.expected = fingerprints
            finding.places = ["pinned"]
            throw .hostKeyMismatch(finding)
        }
        let hosts = try hosts(in: target.hostKeyPolicy.files)
        switch hosts.check(host: target.host, port: target.port, key: key) {
        case .matches: return
        case .revoked(let entry):
            finding.places = [entry.place]
            throw .hostKeyRevoked(finding)
        case .differs(let entries):
            finding.expected = entries.map(\.key.fingerprint)
            finding.places = entries.map(\.place)
            throw .hostKeyMismatch(finding)
        case .unknown(let authorities):
            guard case .acceptNew(let file, _) = target.hostKeyPolicy else {
                finding.places = authorities.map(\.place)
                throw .hostKeyUnknown(finding)
            }
            let line = "\(target.knownHostsName) \(key.type) \(Base64.encode(key.blob))"
            do throws(LocalFile.Failure) {
                try LocalFile.append(line, to: file)
            } catch {
                throw .invalidInput("\(file) cannot be written: \(error.text)")
            }
        }
    }

    /// The signature algorithms to ask a host for, the best first; nil to leave it to the default order.
    func algorithms(for target: SSHTarget) throws(SSHError) -> [String] {
        var types = HostKey.preferredTypes
        if case .pinned = target.hostKeyPolicy {
            // A fingerprint does not tell the type.
        } else {
            let known = try hosts(in: target.hostKeyPolicy.files).keyTypes(host: target.host, port: target.port)
            if !known.isEmpty { types = known }
        }
        return types.flatMap { HostKey.algorithms(for: $0, modernRSA: SecureShell.signsModernRSA) }
    }
}
