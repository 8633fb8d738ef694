internal import Digests
internal import FoundationEssentials
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Remembers digests of files, so that a bundle of half a gigabyte is not read again at each run.
///
/// A digest counts only as long as the file's path, device, inode, size, modification and change times are the same.
/// Safe to delete at any time; a damaged file is as good as none.
package final class DigestCache: Sendable {
    private struct Content: Codable {
        var formatVersion = 1
        var digests: [String: String] = [:]
    }

    private struct State {
        var digests: [String: String] = [:]
        var fresh: [String: String] = [:]
    }

    /// More entries than this belong to bundles long gone; all are dropped then.
    private static let maximumEntries = 20_000
    private let file: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - folder: Is made when there is something to save.
    ///   - isRenewing: Nothing remembered is believed; what is computed is remembered.
    package init(folder: String = CacheFolder.standard(), isRenewing: Bool = false) {
        file = folder + "/digests.json"
        state = Mutex(State(digests: isRenewing ? [:] : Self.load(file)))
    }

    /// The digest of a part of a file, remembered or computed; the second value is false if it was remembered.
    func digest(
        of file: ReadableFile, offset: UInt64, size: UInt64, progress: @Sendable (_ bytes: UInt64) -> Void
    ) async throws -> (digest: String, isComputed: Bool) {
        let key = Self.key(file, offset, size)
        if let known = state.withLock({ $0.digests[key] }) {
            progress(size)
            return (known, false)
        }
        let (digest, read) = try await Digest.sha256(of: file, offset: offset, size: size, progress: progress)
        // A file that is being written may change within one tick of the clock that stamps it.
        let isSettled = read == size && file.isUnchanged && Self.now() - file.stamp.changed > 50_000_000
        if isSettled {
            state.withLock { state in
                state.digests[key] = digest
                state.fresh[key] = digest
            }
        }
        return (digest, true)
    }

    /// Writes what is new and keeps what another process wrote in the meantime.
    ///
    /// Failure only costs time later.
    package func save() {
        let fresh = state.withLock { $0.fresh }
        guard !fresh.isEmpty else { return }
        var content = Content(digests: Self.load(file).merging(fresh) { $1 })
        if content.digests.count > Self.maximumEntries { content.digests = fresh }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(content) else { return }
        let folder = String(file.dropLast("/digests.json".count))
        do throws(SystemError) {
            try DurableFile.makeFolder(folder)
            try DurableFile.write([UInt8](data), to: file, mode: 0o600)
            state.withLock { $0.fresh = [:] }
        } catch {
            return
        }
    }

    private static func load(_ file: String) -> [String: String] {
        guard let open = try? ReadableFile(file), open.size < 64 << 20,
            let bytes = try? open.bytes(at: 0, count: Int(open.size)),
            let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)), content.formatVersion == 1
        else { return [:] }
        return content.digests.filter { Digest.isSHA256($0.value) }
    }

    private static func key(_ file: ReadableFile, _ offset: UInt64, _ size: UInt64) -> String {
        let stamp = file.stamp
        let path = file.path.hasPrefix("/") ? file.path : FileManager.default.currentDirectoryPath + "/" + file.path
        return
            "\(stamp.device):\(stamp.inode):\(stamp.size):\(stamp.modified):\(stamp.changed):\(offset):\(size):\(path)"
    }

    /// Nanoseconds since 1970.
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
