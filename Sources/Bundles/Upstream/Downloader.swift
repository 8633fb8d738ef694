package import Diagnostics
internal import Digests
internal import FoundationEssentials
package import WebClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Fetches files by URL into a cache that is keyed by content, and lets nothing through that no digest vouches for.
package struct Downloader: Sendable {
    package enum Event: Sendable {
        /// A digest was recorded in the lock file, or something else worth a line.
        case note(Diagnostic)
        case progress(url: String, DownloadProgress)
        /// A try failed for a passing reason; there will be another.
        case retrying(url: String, WebError)
    }

    package var client: WebClient
    package var lock: LockFile
    package var folder: String
    package var digests: DigestCache
    package var retry: RetryPolicy
    package var timeouts: WebRequest.Timeouts
    package var report: @Sendable (Event) -> Void

    /// - Parameter folder: The cache; is made when needed and may be deleted at any time.
    package init(
        lock: LockFile, client: WebClient = WebClient(), folder: String = CacheFolder.standard() + "/downloads",
        digests: DigestCache? = nil, retry: RetryPolicy = RetryPolicy(),
        timeouts: WebRequest.Timeouts = WebRequest.Timeouts(), report: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.client = client
        self.lock = lock
        self.folder = folder
        self.digests = digests ?? DigestCache(folder: folder)
        self.retry = retry
        self.timeouts = timeouts
        self.report = report
    }

    /// The content of a URL as a file on this machine.
    ///
    /// - Parameters:
    ///   - checksum: A URL whose content begins with the SHA-256; asked when something has to be downloaded.
    ///   - sha256: What the user says the digest must be.
    /// Without both the first download is believed and recorded. The caller saves the lock file.
    /// Throws `Diagnostic`s.
    package func fetch(
        _ url: String, name: String, version: String = "", checksum: String? = nil, sha256: String? = nil
    ) async throws -> Artefact {
        do {
            return try await fetchUntranslated(url, name, version, checksum, sha256)
        } catch let error as SystemError {
            throw error.diagnostic("upstream.cache", "Cannot use the cache \(folder)", exitCode: .lacking)
        }
    }

    private func fetchUntranslated(
        _ url: String, _ name: String, _ version: String, _ checksum: String?, _ sha256: String?
    ) async throws -> Artefact {
        let locked = lock.digest(for: url)
        if let locked, let sha256, locked != sha256 { throw lock.changed(url, expected: locked, found: sha256) }
        if let known = locked ?? sha256, let size = try await sizeOfCached(known) {
            return artefact(name, version, known, size)
        }
        let published = try await published(checksum)
        if let locked, let published, published != locked {
            throw lock.changed(url, expected: locked, found: published)
        }
        if let sha256, let published, published != sha256 {
            throw Diagnostic(
                code: "upstream.digest-mismatch", "\(url) has another digest than the spec says",
                detail: "spec      sha256 \(sha256)\npublished sha256 \(published)", exitCode: .invalid)
        }
        let expected = locked ?? sha256 ?? published
        let (digest, size) = try await download(url, expected: expected, isLocked: locked != nil)
        if try lock.record(url, sha256: digest) {
            report(
                .note(
                    Diagnostic(
                        .note, code: "lock.recorded", "Recorded the digest of \(url)",
                        detail: "sha256 \(digest)"
                            + (expected == nil ? ", of the first download; nobody published one" : ""),
                        exitCode: .done)))
        }
        digests.save()
        return artefact(name, version, digest, size)
    }

    private func artefact(_ name: String, _ version: String, _ digest: String, _ size: UInt64) -> Artefact {
        Artefact(
            name: name, version: version, sha256: digest, size: size, content: .file(path: path(digest), offset: 0))
    }

    /// Content that is in the cache and still what it was; nil if it is not.
    ///
    /// Nothing is downloaded.
    package func cached(_ sha256: String, name: String, version: String = "") async throws -> Artefact? {
        try await sizeOfCached(sha256).map { artefact(name, version, sha256, $0) }
    }

    /// Where content lies in the cache.
    private func path(_ digest: String) -> String { "\(folder)/sha256/\(digest)" }

    /// The size of content that is in the cache and still what it was; what is damaged is removed.
    private func sizeOfCached(_ digest: String) async throws -> UInt64? {
        guard let file = try? ReadableFile(path(digest)) else { return nil }
        if try await digests.digest(of: file, offset: 0, size: file.size, progress: { _ in }).digest == digest {
            return file.size
        }
        DurableFile.remove(path(digest))
        return nil
    }

    /// The digest that the publisher states.
    private func published(_ url: String?) async throws -> String? {
        guard let url else { return nil }
        let response = try await trying(url) { () throws(WebError) in
            let response = try await client.send(
                WebRequest(.get, url, timeouts: timeouts, maximumBody: 1 << 20))
            guard response.isSuccess else {
                throw .status(response.status, url: url, answer: String(response.text.prefix(1000)))
            }
            return response
        }
        let word = response.text.split(whereSeparator: \.isWhitespace).first.map { String($0).lowercased() } ?? ""
        guard Digest.isSHA256(word) else {
            throw Diagnostic(
                code: "upstream.bad-checksum", "\(url) is not a file of checksums",
                detail: Self.isPage(response.body.prefix(512))
                    ? "the server sent a web page" : "it does not begin with a SHA-256",
                hint: "check the address in the spec, and whether a proxy answers in the server's name",
                exitCode: .invalid)
        }
        return word
    }

    private func download(
        _ url: String, expected: String?, isLocked: Bool
    ) async throws -> (digest: String, size: UInt64) {
        try DurableFile.makeFolder(folder + "/sha256")
        let part = try PartFile(folder: folder, name: Digest.sha256(Array(url.utf8)))
        // The lock is held until the part has its final name.
        defer { withExtendedLifetime(part) {} }
        var hadOldPart = part.size > 0
        while true {
            // Only a digest can tell whether an old part and a new rest belong together: without one nothing is kept.
            let response = try await trying(url) { () throws(WebError) in
                try await client.download(
                    WebRequest(.get, url, timeouts: timeouts), to: part.path, resuming: expected != nil,
                    progress: { report(.progress(url: url, $0)) })
            }
            let (digest, size) = try await digest(ofPart: part.path)
            if let expected, digest != expected {
                // A part left by an older run may belong to other content.
                if hadOldPart {
                    hadOldPart = false
                    part.remove()
                    continue
                }
                let isPage = try Self.isPage(ReadableFile(part.path).bytes(at: 0, count: 512)[...])
                part.remove()
                if isLocked, !isPage { throw lock.changed(url, expected: expected, found: digest) }
                throw Diagnostic(
                    code: "upstream.digest-mismatch", "\(response.url) is not what was expected",
                    detail: "expected sha256 \(expected)\nfound    sha256 \(digest), \(size) bytes",
                    hint: isPage
                        ? "the server sent a web page: check the address, and whether a proxy answers in its name"
                        : "try again later, or from another mirror", exitCode: .invalid)
            }
            try DurableFile.move(part.path, to: path(digest))
            return (digest, size)
        }
    }

    private func digest(ofPart path: String) async throws -> (digest: String, size: UInt64) {
        let file = try ReadableFile(path)
        let digest = try await Digest.sha256(of: file, offset: 0, size: file.size, progress: { _ in }).digest
        return (digest, file.size)
    }

    /// Repeats what failed for a passing reason; throws a `Diagnostic`, or cancellation.
    private func trying<Value: Sendable>(
        _ url: String, _ work: () async throws(WebError) -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do throws(WebError) { return try await work() } catch {
                if error == .cancelled { throw CancellationError() }
                guard error.isTransient, attempt < retry.attempts else {
                    var diagnostic = error.diagnostic
                    if attempt > 1 {
                        diagnostic.detail = [diagnostic.detail, "tried \(attempt) times"].compactMap { $0 }.joined(
                            separator: "; ")
                    }
                    throw diagnostic
                }
                report(.retrying(url: url, error))
            }
            attempt += 1
            try await Task.sleep(for: retry.delay(before: attempt))
        }
    }

    /// Whether a server answered with a page for people instead of the file.
    package static func isPage(_ head: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: head, as: UTF8.self).drop { $0.isWhitespace }.lowercased()
        return text.hasPrefix("<!doctype") || text.hasPrefix("<html") || text.hasPrefix("<?xml")
    }
}
