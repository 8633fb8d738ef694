internal import Diagnostics
internal import Foundation

/// Files on this machine are written whole or not at all.
enum LocalWrite {
    /// Whether `replace` can write there, before there is anything to write: by writing a temporary file.
    /// - Throws: `Diagnostic` with code `file.unwritable`.
    static func check(_ path: String) throws(Diagnostic) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            errno = EISDIR
            throw problem(path)
        }
        let temporary = path + ".martlet-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw problem(path) }
        close(descriptor)
        unlink(temporary)
    }

    /// Temporary name in the same folder, fsync, rename.
    /// - Throws: `Diagnostic` with code `file.unwritable`.
    static func replace(_ path: String, with data: Data, mode: mode_t = 0o644) throws {
        let temporary = path + ".martlet-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw problem(path) }
        let isWritten = data.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
        let isSynced = isWritten && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        close(descriptor)
        guard isSynced, rename(temporary, path) == 0 else {
            let error = problem(path)
            unlink(temporary)
            throw error
        }
    }

    private static func problem(_ path: String) -> Diagnostic {
        Diagnostic(
            code: "file.unwritable", "\(path) cannot be written: \(String(cString: strerror(errno)))",
            hint: "check the folder, its owner and the free space", exitCode: .lacking)
    }
}
