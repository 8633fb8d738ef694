internal import CLibSSH2
import Glibc

extension LocalFile {
    /// As `piece`, but only what the kernel holds in memory, so that it never blocks; empty if that is nothing.
    static func cachedPiece(of path: String, at offset: Int, count: Int) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, martlet_read_cached(descriptor, buffer.baseAddress, count, offset))
        }
    }
}
