internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// One end of a stream of bytes that is there already, for requests that libcurl must not open a connection for.
///
/// Closed with the last who holds it, unless somebody took its descriptor over.
package final class ConnectedSocket: Sendable {
    /// -1 once it is closed or somebody else's.
    private let descriptor: Mutex<CInt>

    private init(_ descriptor: CInt) { self.descriptor = Mutex(descriptor) }

    deinit { close() }

    /// Both ends of a stream inside this process (socketpair(2)), which nobody else can reach.
    ///
    /// Neither end blocks.
    package static func pair() throws(WebError) -> (near: ConnectedSocket, far: ConnectedSocket) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .unreachable(url: "", reason: String(cString: strerror(errno)))
        }
        return (ConnectedSocket(ends[0]), ConnectedSocket(ends[1]))
    }

    package func close() {
        let old = takeOver()
        #if canImport(Glibc)
            if old >= 0 { _ = Glibc.close(old) }
        #else
            if old >= 0 { _ = Musl.close(old) }
        #endif
    }

    /// Who asks has to close it.
    func takeOver() -> CInt {
        descriptor.withLock { descriptor in
            defer { descriptor = -1 }
            return descriptor
        }
    }

    /// To wait on; -1 if there is nothing to wait for.
    var number: CInt { descriptor.withLock { $0 } }

    /// Bytes that are there now, empty at the end; nil when none have come.
    package func receive() -> [UInt8]? {
        descriptor.withLock { descriptor in
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 32 << 10) { buffer, filled in
                repeat {
                    count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                } while count < 0 && errno == EINTR
                filled = max(0, count)
            }
            return count < 0 && errno == EAGAIN ? nil : bytes
        }
    }

    /// How many it took; nil when the other end listens no more.
    package func send(_ bytes: ArraySlice<UInt8>) -> Int? {
        descriptor.withLock { descriptor in
            var count = 0
            bytes.withUnsafeBytes { buffer in
                repeat {
                    count = Self.write(descriptor, buffer)
                } while count < 0 && errno == EINTR
            }
            if count >= 0 { return count }
            return errno == EAGAIN ? 0 : nil
        }
    }

    private static func write(_ descriptor: CInt, _ buffer: UnsafeRawBufferPointer) -> Int {
        let flags = CInt(MSG_NOSIGNAL)
        #if canImport(Glibc)
            return Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags)
        #else
            return Musl.send(descriptor, buffer.baseAddress, buffer.count, flags)
        #endif
    }
}
