internal import Foundation
internal import Glibc

/// A file that has no name any more, and is gone with the last descriptor of it.
final class NamelessFile: Sendable {
    let descriptor: Int32

    /// - Parameter bytes: what a reader finds in it.
    init(_ bytes: [UInt8] = []) throws {
        let path = FileManager.default.temporaryDirectory.path + "/martlet-\(UUID().uuidString)"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        unlink(path)
        guard !bytes.isEmpty else { return }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try file.write(contentsOf: Data(bytes))
        try file.seek(toOffset: 0)
    }

    deinit { close(descriptor) }

    /// All that is in it now.
    var text: String {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return "" }
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            // Not by the offset, which belongs to who writes.
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
