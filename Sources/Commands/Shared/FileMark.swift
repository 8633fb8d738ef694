internal import Foundation
internal import YAMLDocument

/// Tells whether a file is still what it was: cheap, for caches; no proof of anything.
enum FileMark {
    /// FNV-1a.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }

    /// The path as it is from everywhere, and the content; nil for what can be read only once, as standard input and pipes.
    ///
    /// - Parameter limit: what is read of it, in bytes.
    static func of(_ path: String, limit: Int = 16 << 20) -> String? {
        // The first URL of a program costs more than the rest of this.
        let absolute = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        var status = stat()
        guard path != "-" else { return nil }
        guard stat(path, &status) == 0 else { return absolute + " none" }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard let bytes = try? YAMLFile.bytes(at: path, limit: limit) else { return absolute + " none" }
        return "\(absolute) \(bytes.count) \(text(bytes))"
    }
}
