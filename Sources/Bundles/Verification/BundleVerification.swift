package import Diagnostics
internal import Synchronization

/// How far a verification is.
package struct VerificationProgress: Sendable, Hashable {
    /// Bytes compared so far, and of all files.
    package var done: UInt64
    package var total: UInt64
}

/// What a verification found.
package struct BundleVerification: Sendable {
    /// In the order of bundle.json; errors, and warnings for files it does not list.
    package var problems: [Diagnostic]
    package var files: Int
    /// Of all files of the manifest.
    package var bytes: UInt64
    /// Bytes that were read; the digests of the others were remembered.
    package var bytesRead: UInt64

    package var isGood: Bool { !problems.contains { $0.severity == .error } }

    /// Throws all problems if one of them is an error.
    package func orThrow() throws {
        guard isGood else { throw Diagnostics(problems) }
    }
}

extension OfflineBundle {
    /// Reads every byte and compares it with the manifest; images' own names and binaries' architecture too.
    ///
    /// - Parameters:
    ///   - cache: Digests of files that have not changed since are taken from here; nil reads everything.
    ///   - width: Files read at a time.
    ///   - progress: Called from several tasks.
    /// Throws only when the task is cancelled.
    package func verify(
        cache: DigestCache? = nil, width: Int = 4, progress: (@Sendable (VerificationProgress) -> Void)? = nil
    ) async throws -> BundleVerification {
        let total = entries.reduce(0) { $0 + $1.size }
        let done = Mutex<UInt64>(0)
        let advance: @Sendable (UInt64) -> Void = { bytes in
            let now = done.withLock { done in
                done += bytes
                return done
            }
            progress?(VerificationProgress(done: now, total: total))
        }
        let located = zip(entries, contents).map { $0 }
        // The largest first, so that no thread is left alone with one at the end.
        let order = entries.indices.sorted { (entries[$1].size, $0) < (entries[$0].size, $1) }
        var found: [Int: [Diagnostic]] = [:]
        var bytesRead: UInt64 = 0
        try await withThrowingTaskGroup(of: (Int, EntryCheck.Outcome).self) { group in
            var next = order.makeIterator()
            func start() {
                guard let index = next.next() else { return }
                let (entry, content) = located[index]
                let check = EntryCheck(entry: entry, content: content, architecture: release.architecture)
                group.addTask { (index, try await check.run(cache: cache, progress: advance)) }
            }
            for _ in 0..<max(1, width) { start() }
            while let (index, outcome) = try await group.next() {
                found[index] = outcome.problems
                bytesRead += outcome.bytesRead
                start()
            }
        }
        cache?.save()
        var problems = entries.indices.flatMap { found[$0] ?? [] }
        problems += unlisted.map { path in
            Diagnostic(
                .warning, code: "bundle.unlisted-file", "\(path) is in the bundle but not in bundle.json",
                hint: "martlet does not use it", exitCode: .invalid)
        }
        return BundleVerification(problems: problems, files: entries.count, bytes: total, bytesRead: bytesRead)
    }
}
