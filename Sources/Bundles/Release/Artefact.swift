internal import Diagnostics

/// One file for a host: what it is, how to recognise it and where its bytes are on this machine.
package struct Artefact: Sendable, Hashable, Codable {
    /// A command's, plug-in's, package's or manifest's name; of an image the name of its file.
    package var name: String
    /// Free text; empty where the source states none.
    package var version: String
    /// 64 lower-case hexadecimal digits.
    package var sha256: String
    /// In bytes.
    package var size: UInt64
    package var content: Content

    package init(name: String, version: String, sha256: String, size: UInt64, content: Content) {
        self.name = name
        self.version = version
        self.sha256 = sha256
        self.size = size
        self.content = content
    }

    /// All bytes, into memory.
    ///
    /// - Throws: `bundle.unreadable`, `bundle.too-large`.
    package func bytes(limit: Int) throws -> [UInt8] {
        let (path, offset) = content.place
        guard size <= UInt64(limit) else {
            throw Diagnostic(code: "bundle.too-large", "\(path) is larger than \(limit) bytes", exitCode: .invalid)
        }
        do throws(SystemError) {
            return try ReadableFile(path, followingLinks: offset > 0).bytes(at: offset, count: Int(size))
        } catch {
            throw Diagnostic(
                code: "bundle.unreadable", "\(path) cannot be read", detail: error.reason, exitCode: .lacking)
        }
    }

    /// Where the bytes are.
    package enum Content: Sendable, Hashable, Codable {
        /// `size` bytes of a file on this machine, from `offset`; the offset is not zero for a member of a tar.
        case file(path: String, offset: UInt64)

        /// The file and the offset of the first byte in it.
        package var place: (path: String, offset: UInt64) {
            switch self {
            case .file(let path, let offset): (path, offset)
            }
        }
    }
}
