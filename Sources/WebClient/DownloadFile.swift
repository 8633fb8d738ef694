#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// How far a download is, in bytes of the whole file.
package struct DownloadProgress: Sendable, Hashable {
    package var done: UInt64
    /// nil if the server does not say.
    package var total: UInt64?
}

/// The file a download goes to; keeps what is there if the server goes on behind it.
final class DownloadFile {
    let path: String
    /// Where this answer begins in the file.
    private(set) var start: UInt64
    private(set) var size: UInt64
    private let descriptor: CInt

    /// Opens or creates the file; without `resuming` what is in it is dropped when the answer comes.
    init(_ path: String, resuming: Bool) throws(WebError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        self.path = path
        let end = lseek(descriptor, 0, SEEK_END)
        start = resuming && end > 0 ? UInt64(end) : 0
        size = start
    }

    deinit { close(descriptor) }

    /// Called once before the first byte: 206 goes on at `start` if the server says so, all else starts over.
    func begin(status: Int, contentRange: String?) throws(WebError) {
        if status == 206 {
            guard let contentRange, contentRange.hasPrefix("bytes \(start)-") else {
                throw .interrupted(url: path, received: 0, reason: "the server sent another part than asked for")
            }
        } else {
            start = 0
        }
        size = start
        guard ftruncate(descriptor, off_t(start)) == 0, lseek(descriptor, off_t(start), SEEK_SET) >= 0 else {
            throw .file(path: path, reason: String(cString: strerror(errno)))
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WebError) {
        var done = 0
        while done < bytes.count {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            #else
                let count = Musl.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                throw .file(path: path, reason: String(cString: strerror(errno)))
            }
            done += count
        }
        size += UInt64(bytes.count)
    }

    func synchronise() throws(WebError) {
        guard fsync(descriptor) == 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
    }

    /// Empties the file.
    func reset() throws(WebError) { try begin(status: 200, contentRange: nil) }
}
