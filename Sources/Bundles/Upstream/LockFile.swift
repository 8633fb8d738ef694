internal import Diagnostics
internal import Digests
internal import FoundationEssentials
internal import Synchronization

/// `martlet.lock.json` beside the spec: the SHA-256 of everything that was ever downloaded for it, by URL.
///
/// A digest gets here once, from the first download; after that it is law.
package final class LockFile: Sendable {
    package static let fileName = "martlet.lock.json"

    private struct Content: Codable {
        var apiVersion: String
        var kind: String
        var digests: [String: String]
    }

    private struct State {
        var digests: [String: String]
        var isChanged = false
    }

    package let path: String
    private let state: Mutex<State>

    private init(path: String, digests: [String: String]) {
        self.path = path
        state = Mutex(State(digests: digests))
    }

    /// Reads a lock file; one that does not exist is empty.
    ///
    /// Throws a `Diagnostic` if it is damaged.
    package static func load(_ path: String) throws -> LockFile {
        let bytes: [UInt8]
        do throws(SystemError) {
            let file = try ReadableFile(path, followingLinks: true)
            guard file.size < 16 << 20 else { throw SystemError(27, "read", path) }
            bytes = try file.bytes(at: 0, count: Int(file.size))
        } catch {
            if error.isMissing { return LockFile(path: path, digests: [:]) }
            throw invalid("lock.unreadable", "Cannot read \(path)", error.reason, path)
        }
        let content: Content
        do { content = try JSONDecoder().decode(Content.self, from: Data(bytes)) } catch {
            throw invalid("lock.invalid", "\(path) is not a lock file", "\(error)", path)
        }
        guard content.apiVersion == "martlet/v1", content.kind == "Lock" else {
            throw invalid(
                "lock.invalid", "\(path) is not a lock file of this version",
                "found \(content.apiVersion) \(content.kind), expected martlet/v1 Lock", path)
        }
        if let bad = content.digests.sorted(by: { $0.key < $1.key }).first(where: { !Digest.isSHA256($0.value) }) {
            throw invalid("lock.invalid", "\(path) is damaged", "the digest of \(bad.key) is not a SHA-256", path)
        }
        return LockFile(path: path, digests: content.digests)
    }

    /// The digest that a URL's content must have; nil if it was never downloaded.
    package func digest(for url: String) -> String? { state.withLock { $0.digests[url] } }

    package var digests: [String: String] { state.withLock { $0.digests } }

    /// Notes the digest of a first download and returns true; false if it is known.
    ///
    /// Throws if it is another one.
    @discardableResult
    package func record(_ url: String, sha256: String) throws -> Bool {
        let known = try state.withLock { state -> String? in
            guard Digest.isSHA256(sha256) else {
                throw Self.invalid("lock.invalid", "The digest of \(url) is not a SHA-256", sha256, path)
            }
            if let known = state.digests[url] { return known }
            state.digests[url] = sha256
            state.isChanged = true
            return nil
        }
        guard let known else { return true }
        guard known == sha256 else { throw changed(url, expected: known, found: sha256) }
        return false
    }

    /// Writes the file if something was recorded: the old or the new content, never a half.
    package func save() throws {
        let digests = state.withLock { state -> [String: String]? in
            guard state.isChanged else { return nil }
            state.isChanged = false
            return state.digests
        }
        guard let digests else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(Content(apiVersion: "martlet/v1", kind: "Lock", digests: digests))
        do throws(SystemError) {
            try DurableFile.write([UInt8](data) + [UInt8(ascii: "\n")], to: path)
        } catch {
            state.withLock { $0.isChanged = true }
            throw Diagnostic(
                code: "lock.unwritable", "Cannot write \(path)", detail: error.reason, exitCode: .lacking)
        }
    }

    /// The diagnostic for content that is no longer what it was.
    func changed(_ url: String, expected: String, found: String) -> Diagnostic {
        Diagnostic(
            code: "lock.digest-changed", "The content of \(url) is not what it was",
            detail: "locked sha256 \(expected)\nfound  sha256 \(found)",
            hint: "find out why; if the new content is wanted, remove the line from \(path) and run again",
            exitCode: .invalid)
    }

    private static func invalid(_ code: String, _ summary: String, _ detail: String, _ path: String) -> Diagnostic {
        Diagnostic(
            code: code, summary, detail: detail, location: SourceLocation(file: path, line: 1, column: 1),
            exitCode: .invalid)
    }
}
