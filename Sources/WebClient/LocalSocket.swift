internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// The end of a stream of bytes whose other end libcurl makes, when it is told the name instead of opening a connection.
///
/// Not by a pair of sockets, one of which is lent to libcurl: 7.88, which Debian 12 has, connects it although it is told that it is
/// connected (curl/curl#10626). Only this process gets in, and there is no file. Closed with the last who holds it.
package final class LocalSocket: Sendable {
    /// In the abstract namespace of unix(7).
    package let name: String
    private let state: Mutex<State>

    private struct State {
        /// -1 once it is closed.
        var descriptor: CInt
        /// Until libcurl has come.
        var isListening = true

        /// Somebody may have come meanwhile.
        mutating func accept() {
            guard isListening, descriptor >= 0 else { return }
            let other = LocalSocket.accepted(by: descriptor)
            guard other >= 0 else { return }
            LocalSocket.close(descriptor)
            descriptor = other
            isListening = false
        }
    }

    package init() throws(WebError) {
        let descriptor = Self.opened()
        guard descriptor >= 0, let name = Self.named(descriptor) else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { Self.close(descriptor) }
            throw .unreachable(url: "", reason: reason)
        }
        self.name = name
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { close() }

    package func close() {
        let old = state.withLock { state in
            defer { state.descriptor = -1 }
            return state.descriptor
        }
        if old >= 0 { Self.close(old) }
    }

    private static func close(_ descriptor: CInt) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Musl.close(descriptor)
        #endif
    }

    private static func opened() -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        return socket(AF_UNIX, kind, 0)
    }

    /// The kernel finds a name that is free: an address without one is bound (unix(7), Autobind feature).
    private static func named(_ descriptor: CInt) -> String? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let start = socklen_t(MemoryLayout<sa_family_t>.size)
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                bind(descriptor, pointer, start) == 0, listen(descriptor, 8) == 0,
                getsockname(descriptor, pointer, &length) == 0, length > start + 1
            else { return nil }
            // Abstract names begin with a zero, which libcurl adds.
            return String(decoding: bytes[Int(start + 1)..<Int(length)], as: UTF8.self)
        }
    }

    /// The connection of this process; whoever else comes is sent away.
    ///
    /// - Returns: -1 if nobody has come yet.
    private static func accepted(by listener: CInt) -> CInt {
        while true {
            let other = accept(listener, nil, nil)
            guard other >= 0 else { return -1 }
            // struct ucred, which the headers keep for GNU sources.
            var peer: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)
            var length = socklen_t(MemoryLayout<(pid_t, uid_t, gid_t)>.size)
            if getsockopt(other, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer.pid == getpid(),
                fcntl(other, F_SETFD, FD_CLOEXEC) == 0, fcntl(other, F_SETFL, O_NONBLOCK) == 0
            {
                return other
            }
            close(other)
        }
    }

    /// To wait on; -1 if there is nothing to wait for.
    var number: CInt { state.withLock { $0.descriptor } }

    /// Bytes that are there now, empty at the end; nil when none have come.
    package func receive() -> [UInt8]? {
        state.withLock { state in
            state.accept()
            guard !state.isListening else { return nil }
            let descriptor = state.descriptor
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
        state.withLock { state in
            state.accept()
            guard !state.isListening else { return 0 }
            let descriptor = state.descriptor
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
