#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// The name of a download that is not whole yet; one process at a time goes on with it.
final class PartFile {
    let path: String
    /// Holds the lock; -1 where another process has it, and this one starts a part of its own.
    private let descriptor: CInt

    init(folder: String, name: String) throws(SystemError) {
        let lock = "\(folder)/\(name).lock"
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(errno, "open", lock) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            self.descriptor = descriptor
            path = "\(folder)/\(name).part"
        } else {
            close(descriptor)
            self.descriptor = -1
            path = "\(folder)/\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).part"
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) } else { unlink(path) }
    }

    /// What is there already, in bytes.
    var size: UInt64 {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(clamping: status.st_size) : 0
    }

    func remove() { unlink(path) }
}
