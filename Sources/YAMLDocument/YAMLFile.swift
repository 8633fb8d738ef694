package import Diagnostics
import Glibc

/// Files on this machine, read whole and within a limit.
package enum YAMLFile {
    /// The bytes of the file at `path`; `-` is standard input.
    ///
    /// Throws `file.*` diagnostics with exit code `.invalid`.
    package static func bytes(at path: String, limit: Int = YAMLReader.Limits().bytes) throws(Diagnostic) -> [UInt8] {
        guard path != "-" else { return try read(0, path, sizeHint: 0, limit: limit) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Diagnostic(
                code: "file.is-folder", "`\(path)` is a folder, not a file",
                location: SourceLocation(file: path, line: 1, column: 1), exitCode: .invalid)
        }
        return try read(descriptor, path, sizeHint: Int(clamping: status.st_size), limit: limit)
    }

    /// Reads one byte more than the limit at most, so that the reader can say that it is too much.
    private static func read(
        _ descriptor: Int32, _ path: String, sizeHint: Int, limit: Int
    ) throws(Diagnostic) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(sizeHint, limit) + 1)
        while bytes.count <= limit {
            let wanted = max(65_536, min(sizeHint, limit) + 1 - bytes.count)
            var failure: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                var got = Glibc.read(descriptor, buffer.baseAddress, wanted)
                while got < 0, errno == EINTR { got = Glibc.read(descriptor, buffer.baseAddress, wanted) }
                failure = got < 0 ? errno : 0
                count = max(0, got)
            }
            guard failure == 0 else { throw unreadable(path, failure) }
            guard !chunk.isEmpty else { break }
            if bytes.isEmpty { bytes = chunk } else { bytes.append(contentsOf: chunk) }
        }
        return bytes
    }

    private static func unreadable(_ path: String, _ code: Int32) -> Diagnostic {
        Diagnostic(
            code: code == ENOENT ? "file.missing" : "file.unreadable",
            "`\(path)` cannot be read: \(String(cString: strerror(code)))",
            location: SourceLocation(file: path, line: 1, column: 1), exitCode: .invalid)
    }
}
