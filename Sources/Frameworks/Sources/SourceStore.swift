package import Bundles
internal import Diagnostics
internal import Digests
internal import YAMLDocument

/// Where the contents of a framework's sources come from: its folder, a bundle, the cache, and at last the internet; nothing
/// gets in that no digest vouches for.
package struct SourceStore: Sendable {
    package let lock: LockFile
    package let downloader: Downloader
    package let bundle: OfflineBundle?
    /// Nothing is downloaded.
    package let isOffline: Bool
    /// Of `martlet framework lock`, so that it finds the same framework and the same lock file: with a space before each.
    package let lockOptions: String

    package init(
        lock: LockFile, downloader: Downloader? = nil, bundle: OfflineBundle? = nil, isOffline: Bool = false,
        lockOptions: String = ""
    ) {
        self.lockOptions = lockOptions
        self.lock = lock
        self.downloader = downloader ?? Downloader(lock: lock)
        self.bundle = bundle
        self.isOffline = isOffline
    }

    /// A file of a release by its URL.
    package struct Remote: Sendable, Hashable {
        package var id: String
        package var url: String
        package var mirrors: [String]
        /// nil: nobody vouches for it yet.
        package var sha256: String?
        package var size: Int?
    }

    /// The files of a release that come by URL, with the digests that are known.
    package func remotes(_ release: FrameworkRelease) -> [Remote] {
        release.framework.sources.filter { release.holds($0.applies) }.compactMap { source in
            guard case .url(let url, let mirrors) = source.origin else { return nil }
            let address = release.fill(url)
            return Remote(
                id: source.id, url: address, mirrors: mirrors.map(release.fill),
                sha256: source.digest(channel: release.channel.name) ?? lock.digest(for: address), size: source.size)
        }
    }

    /// The bytes of all sources of a release.
    ///
    /// - Throws: `framework.unlocked` for files that nobody vouches for; `framework.offline`; `upstream.*`, `lock.*`, `web.*`.
    package func contents(_ release: FrameworkRelease) async throws -> [String: SourceContent] {
        var contents: [String: SourceContent] = [:]
        for source in release.framework.sources where release.holds(source.applies) {
            guard case .file(let file) = source.origin else { continue }
            let path = "\(release.framework.folder)/\(file)"
            contents[source.id] = SourceContent(name: path, bytes: try YAMLFile.bytes(at: path, limit: 16 << 20))
        }
        let remotes = remotes(release)
        let open = remotes.filter { $0.sha256 == nil }
        guard open.isEmpty else {
            throw Diagnostic(
                code: "framework.unlocked",
                "nothing vouches for \(open.count == 1 ? "a file" : "\(open.count) files") of \(release.framework.title) \(release.channel.version)",
                detail: open.map(\.url).joined(separator: "\n"),
                hint:
                    "`martlet framework lock \(release.framework.name) --channel \(release.channel.name)\(lockOptions)` downloads, shows and records what they are",
                exitCode: .invalid)
        }
        for remote in remotes { contents[remote.id] = try await content(remote) }
        return contents
    }

    /// The files of a release by URL, on this machine.
    ///
    /// - Throws: as `contents`.
    package func artefacts(_ release: FrameworkRelease) async throws -> [(Remote, Artefact)] {
        // Also says which files nobody vouches for.
        _ = try await contents(release)
        var found: [(Remote, Artefact)] = []
        for remote in remotes(release) {
            let cached = try await downloader.cached(remote.sha256 ?? "", name: remote.id)
            if let cached { found.append((remote, cached)) } else { found.append((remote, try await fetch(remote))) }
        }
        return found
    }

    private func content(_ remote: Remote) async throws -> SourceContent {
        let digest = remote.sha256 ?? ""
        if let path = try await bundled(digest) { return try read(path.path, at: path.offset, path.size, remote) }
        if isOffline {
            guard let artefact = try await downloader.cached(digest, name: remote.id) else {
                throw Diagnostic(
                    code: "framework.offline", "\(remote.url) is neither in the bundle nor in the cache",
                    detail: "sha256 \(digest)", hint: "run once without --offline, or put it into a bundle",
                    exitCode: .lacking)
            }
            return try read(artefact.content.place.path, at: 0, artefact.size, remote)
        }
        let artefact = try await fetch(remote)
        return try read(artefact.content.place.path, at: artefact.content.place.offset, artefact.size, remote)
    }

    private func fetch(_ remote: Remote) async throws -> Artefact {
        do {
            return try await downloader.fetch(remote.url, name: remote.id, sha256: remote.sha256)
        } catch let error as Diagnostic {
            // The bytes are what the digest says, whoever sends them.
            for mirror in remote.mirrors {
                if let artefact = try? await downloader.fetch(mirror, name: remote.id, sha256: remote.sha256) {
                    return artefact
                }
            }
            throw error
        }
    }

    private func bundled(_ digest: String) async throws -> (path: String, offset: UInt64, size: UInt64)? {
        guard let bundle, let found = bundle.frameworkFiles.first(where: { $0.artefact.sha256 == digest }) else {
            return nil
        }
        let place = found.artefact.content.place
        return (place.path, place.offset, found.artefact.size)
    }

    private func read(_ path: String, at offset: UInt64, _ size: UInt64, _ remote: Remote) throws -> SourceContent {
        let bytes = try Artefact(
            name: remote.id, version: "", sha256: remote.sha256 ?? "", size: size,
            content: .file(path: path, offset: offset)
        ).bytes(limit: 64 << 20)
        guard Digest.sha256(bytes) == remote.sha256 else {
            throw Diagnostic(
                code: "framework.digest", "\(path) is not what it must be",
                detail: "expected sha256 \(remote.sha256 ?? "")\nfound    sha256 \(Digest.sha256(bytes))",
                hint: "copy the bundle again, or empty the cache", exitCode: .invalid)
        }
        return SourceContent(name: remote.url, bytes: bytes)
    }

    // MARK: locking

    /// What was found behind a URL.
    package struct Locked: Sendable, Hashable, Codable {
        package var source: String
        package var url: String
        package var sha256: String
        package var size: Int
        package var objects: Int
        /// It is new in the lock file.
        package var isNew: Bool
    }

    /// Downloads a release's files, looks whether they are objects of Kubernetes, and records their digests.
    ///
    /// The lock file is written only if all are.
    package func lockAll(_ release: FrameworkRelease) async throws -> [Locked] {
        var locked: [Locked] = []
        for remote in remotes(release) {
            let before = lock.digest(for: remote.url)
            let artefact = try await downloader.fetch(remote.url, name: remote.id, sha256: remote.sha256)
            let bytes = try artefact.bytes(limit: 64 << 20)
            let objects: Int
            do throws(Diagnostics) {
                objects = try ObjectFile.objects(bytes, file: remote.url).count
            } catch {
                throw Diagnostic(
                    code: "framework.not-objects", "\(remote.url) does not hold objects of Kubernetes",
                    detail: Downloader.isPage(bytes.prefix(512))
                        ? "the server sent a web page" : error.list.first.map { $0.summary },
                    hint: "check the address, and whether a proxy answers in the server's name; nothing was recorded",
                    exitCode: .invalid)
            }
            locked.append(
                Locked(
                    source: remote.id, url: remote.url, sha256: artefact.sha256, size: bytes.count, objects: objects,
                    isNew: before == nil))
        }
        try lock.save()
        return locked
    }
}
