internal import Digests

internal import struct Crypto.SHA256

extension Digest {
    /// Hashes `size` bytes from `offset`; the second value is how many there were, fewer if the file ends before.
    ///
    /// Lets other tasks have the thread between the parts, and stops when the task is cancelled.
    @concurrent
    static func sha256(
        of file: ReadableFile, offset: UInt64, size: UInt64, progress: @Sendable (_ bytes: UInt64) -> Void
    ) async throws -> (digest: String, read: UInt64) {
        let chunk = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 4096)
        defer { buffer.deallocate() }
        var hash = SHA256()
        var done: UInt64 = 0
        while done < size {
            try Task.checkCancellation()
            let wanted = Int(min(UInt64(chunk), size - done))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<wanted])
            let count = try file.read(at: offset + done, into: part)
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: part[0..<count]))
            done += UInt64(count)
            progress(UInt64(count))
            if count < wanted { break }
            await Task.yield()
        }
        return (hexadecimal(hash.finalize()), done)
    }
}
