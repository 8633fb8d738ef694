internal import Crypto

/// SHA-256 of bytes and of parts of files, in lower-case hexadecimal.
package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    /// True for 64 lower-case hexadecimal digits.
    package static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

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

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
