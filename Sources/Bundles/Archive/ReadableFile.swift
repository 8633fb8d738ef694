#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// An open file for reading at positions; several threads may read at once.
final class ReadableFile: Sendable {
    let path: String
    let stamp: FileStamp
    private let descriptor: CInt

    /// Opens a regular file; a link as the last component is refused unless `followingLinks`.
    init(_ path: String, followingLinks: Bool = false) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { throw SystemError(errno, "open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = SystemError(errno, "stat", path)
            close(descriptor)
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw SystemError(status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL, "open", path)
        }
        self.path = path
        self.descriptor = descriptor
        stamp = FileStamp(status)
    }

    deinit { close(descriptor) }

    var size: UInt64 { stamp.size }

    /// Whether the open file is still as it was when it was opened.
    var isUnchanged: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && FileStamp(status) == stamp
    }

    /// Fills the buffer from `offset` as far as the file reaches; returns the number of bytes.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            guard let position = off_t(exactly: offset + UInt64(done)) else { break }
            let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, position)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError(errno, "read", path)
            }
            done += count
        }
        return done
    }

    /// Exactly `count` bytes from `offset`, or fewer at the end of the file.
    func bytes(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // The standard library's closure would lose the error's type.
        let outcome = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemError) in try read(at: offset, into: buffer) }
        }
        let done = try outcome.get()
        bytes.removeLast(count - done)
        return bytes
    }
}

/// What identifies a file's content without reading it: if any of it changes, the content may have.
struct FileStamp: Sendable, Hashable, Codable {
    var size: UInt64
    var device: UInt64
    var inode: UInt64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Nanoseconds since 1970; moves also when `modified` is set back by hand.
    var changed: Int64

    init(_ status: stat) {
        size = UInt64(clamping: status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
