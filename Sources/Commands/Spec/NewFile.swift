internal import Diagnostics
internal import Foundation

/// A file that did not exist before: written whole or not at all, and never over another.
enum NewFile {
    /// Temporary name in the same folder, fsync, then a hard link under the real name: unlike a rename it fails when
    /// somebody else was faster.
    static func create(_ path: String, _ text: String) throws {
        guard access(path, F_OK) != 0 else { throw exists(path) }
        let temporary = path + ".martlet-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw unwritable(path, errno) }
        defer { unlink(temporary) }
        let isWritten = writeAll(descriptor, Array(text.utf8)) && fsync(descriptor) == 0
        let failure = errno
        close(descriptor)
        guard isWritten else { throw unwritable(path, failure) }
        guard link(temporary, path) == 0 else { throw errno == EEXIST ? exists(path) : unwritable(path, errno) }
        syncFolder(of: path)
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func syncFolder(of path: String) {
        let descriptor = open(PathName.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func exists(_ path: String) -> Diagnostic {
        Diagnostic(
            code: "init.exists", "\(path) exists and is not overwritten",
            hint: "name another file with --output, or remove it", exitCode: .usage)
    }

    private static func unwritable(_ path: String, _ code: Int32) -> Diagnostic {
        Diagnostic(
            code: "file.unwritable", "\(path) cannot be written: \(String(cString: strerror(code)))",
            hint: "check the folder, its owner and the free space", exitCode: .lacking)
    }
}
