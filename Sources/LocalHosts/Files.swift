import Diagnostics
import Foundation
import Glibc

/// Small files and folders: what is needed, with modes, and without half-written results.
enum Files {
    /// Writes a file so that a reader sees the old content or the new one, never a part.
    ///
    /// Synced before the rename.
    static func writeAtomically(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        let temporary = "\(path).\(getpid()).new"
        unlink(temporary)
        try write(text, to: temporary, mode: mode, flags: O_CREAT | O_EXCL, sync: true)
        guard rename(temporary, path) == 0 else { throw SystemCall.failure("rename", on: path) }
    }

    /// Writes a file in place: for files of a host that does not run yet, and for control files of the kernel.
    static func write(
        _ text: String, to path: String, mode: mode_t = 0o644, flags: Int32 = O_CREAT | O_TRUNC, sync: Bool = false
    ) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, mode)
        guard descriptor >= 0 else { throw SystemCall.failure("open", on: path) }
        defer { close(descriptor) }
        if flags & O_CREAT != 0 { fchmod(descriptor, mode) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemCall.failure("write", on: path) }
            done += count
        }
        if sync, fsync(descriptor) != 0 { throw SystemCall.failure("fsync", on: path) }
    }

    /// The whole text of a file, also of one in /proc or /sys whose size reads 0; nil if it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Makes a folder and what is missing above it.
    ///
    /// The mode is for the last one.
    static func makeFolder(_ path: String, mode: mode_t = 0o755) throws {
        if mkdir(path, mode) == 0 {
            chmod(path, mode)
            return
        }
        if errno == EEXIST, isFolder(path) { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemCall.failure("mkdir", on: path)
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemCall.failure("mkdir", on: path) }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Names in a folder, sorted; empty if there is none.
    static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
    }

    /// Removes a tree without leaving its file system.
    ///
    /// A missing tree is fine.
    static func removeTree(_ path: String) async throws {
        let arguments = ["-rf", "--one-file-system", "--", path]
        var pause = Pause()
        for _ in 0..<5 {
            guard exists(path) else { return }
            // A writer that was killed a moment ago may still be at work.
            if try await LocalProgram.attempt("rm", arguments).status == 0 { return }
            try await pause.next()
        }
        try await LocalProgram.run("rm", arguments)
    }
}
