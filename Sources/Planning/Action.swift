/// A file of the bundle or cache, named by its content; where it lies on this machine is not part of a plan.
package struct Blob: Sendable, Hashable, Codable {
    package var name: String
    /// Lower-case hexadecimal.
    package var sha256: String
    /// In bytes.
    package var size: Int

    package init(name: String, sha256: String, size: Int) {
        self.name = name
        self.sha256 = sha256
        self.size = size
    }
}

/// A write, from a closed list.
///
/// Only the Runner performs one.
package enum Action: Sendable, Hashable, Codable {
    /// Written to a temporary name, synced, renamed; owner root.
    case putFile(path: String, mode: Int, text: String)
    /// Streamed with its checksum verified on the host; nothing is sent when the content is there already.
    case putBlob(path: String, mode: Int, blob: Blob)
    case script(Script)

    /// POSIX sh, run with `set -eu` in a subshell as root.
    package struct Script: Sendable, Hashable, Codable {
        /// One line of English in the imperative.
        package var summary: String
        package var text: String
        /// Given on standard input; may refer to slots, and is where secrets travel.
        package var input: String
        package var timeoutSeconds: Int
        /// Receives standard output, without trailing newlines.
        package var produces: Slot?

        package init(
            _ summary: String, _ text: String, input: String = "", timeoutSeconds: Int = 60, produces: Slot? = nil
        ) {
            self.summary = summary
            self.text = text
            self.input = input
            self.timeoutSeconds = timeoutSeconds
            self.produces = produces
        }
    }

    package var summary: String {
        switch self {
        case .putFile(let path, let mode, _): "write \(path) (mode \(String(mode, radix: 8)))"
        case .putBlob(let path, _, let blob): "copy \(blob.name) to \(path)"
        case .script(let script): script.summary
        }
    }
}
