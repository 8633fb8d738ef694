import Glibc
import Synchronization

/// A SOCKS proxy on this machine whose connections begin at a host: what `ssh -D` is, for one program.
///
/// Or one port of this machine whose connections end at one port that the host reaches: what `ssh -L` is.
///
/// It listens on a Unix socket that has no name: the file is gone as soon as it is bound, and only this process, or one with
/// its rights, finds it by its descriptor. So nothing is left behind by a process that is killed.
package final class ForwardingProxy: Sendable {
    private let session: SSHSession
    private let listener: Int32
    /// The socket's file, opened without rights (`O_PATH`), by which a client finds it.
    ///
    /// -1 for a port.
    private let handle: Int32
    /// Of a port, the end of every connection; nil: each client says by SOCKS where it wants to go.
    private let destination: SocksHandshake.Destination?
    /// By number, while they run.
    private let tasks = Mutex<[Int: Task<Void, Never>]>([:])
    private let isListening = Mutex(true)
    private let counter = Atomic(0)

    /// `O_PATH` of <fcntl.h>, which is hidden without _GNU_SOURCE; the same number on all of Linux's 64-bit architectures.
    private static let openPath: Int32 = 0o10000000

    /// As libcurl takes it since 7.84: names are resolved at the far end.
    package var url: String { "socks5h://localhost\(path)" }
    var path: String { "/proc/\(getpid())/fd/\(handle)" }

    /// The session must stay open as long as the proxy is used.
    package init(through session: SSHSession) throws(SSHError) {
        self.session = session
        // The end is mkdtemp's to choose.
        var folder = Array(("/tmp/martlet-" + String(repeating: "X", count: 6)).utf8CString)
        guard mkdtemp(&folder) != nil else { throw .invalidInput("no folder could be made in /tmp: errno \(errno)") }
        let name = String(decoding: folder.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(name) }
        let file = name + "/socket"
        destination = nil
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: file.utf8) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        let isReady = isBound && listen(listener, 64) == 0
        handle = open(file, Self.openPath | O_CLOEXEC)
        unlink(file)
        guard isReady, handle >= 0 else {
            let reason = errno
            Glibc.close(listener)
            if handle >= 0 { Glibc.close(handle) }
            throw .invalidInput("no socket could be made in /tmp: errno \(reason)")
        }
        accept()
    }

    /// A free port of 127.0.0.1.
    ///
    /// Whoever is on this machine can use it: it is for servers that ask who somebody is.
    package init(through session: SSHSession, toHost host: String, port: UInt16) throws(SSHError) {
        self.session = session
        destination = SocksHandshake.Destination(host: host, port: port)
        handle = -1
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else {
            let reason = errno
            Glibc.close(listener)
            throw .invalidInput("no port of 127.0.0.1 could be taken: errno \(reason)")
        }
        accept()
    }

    /// Of 127.0.0.1, for a proxy that listens there; 0 for others.
    package var port: UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) == 0 }
        }
        return isKnown && address.sin_family == sa_family_t(AF_INET) ? UInt16(bigEndian: address.sin_port) : 0
    }

    private func accept() {
        BlockingPool.startThread { [weak self, listener] in
            while true {
                let descriptor = Glibc.accept(listener, nil, nil)
                if descriptor < 0 {
                    guard errno == EINTR || errno == ECONNABORTED else { break }
                    continue
                }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                guard let self else {
                    Glibc.close(descriptor)
                    break
                }
                self.serve(LocalSocket(descriptor: descriptor))
            }
            // Whoever closes it, nobody uses its number afterwards.
            if let self { self.stopListening(closing: true) } else { Glibc.close(listener) }
        }
    }

    /// Wakes the thread that accepts, which closes the descriptor.
    private func stopListening(closing: Bool = false) {
        isListening.withLock { isListening in
            guard isListening else { return }
            shutdown(listener, Int32(SHUT_RDWR))
            guard closing else { return }
            isListening = false
            Glibc.close(listener)
        }
    }

    /// Ends the proxy and all that goes through it.
    package func close() {
        stopListening()
        for task in tasks.withLock({ $0.values }) { task.cancel() }
    }

    deinit {
        stopListening()
        if handle >= 0 { Glibc.close(handle) }
    }

    private func serve(_ socket: LocalSocket) {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        tasks.withLock { tasks in
            tasks[number] = Task { [session, destination, weak self] in
                if let destination {
                    await Self.carry(socket, to: destination, through: session)
                } else {
                    await Self.carry(socket, through: session)
                }
                socket.close()
                self?.tasks.withLock { $0[number] = nil }
            }
        }
    }

    private static func carry(
        _ socket: LocalSocket, to destination: SocksHandshake.Destination, through session: SSHSession
    ) async {
        await withTaskCancellationHandler {
            guard
                let stream = try? await session.openStream(
                    host: destination.host, port: destination.port, deadline: .seconds(10))
            else { return }
            await move([], socket, stream)
            await stream.close()
        } onCancel: {
            socket.shut()
        }
    }

    private static func carry(_ socket: LocalSocket, through session: SSHSession) async {
        await withTaskCancellationHandler {
            var handshake = SocksHandshake()
            var input = socket.input.makeAsyncIterator()
            while true {
                switch handshake.next() {
                case .needsMore:
                    guard let bytes = await input.next() else { return }
                    handshake.receive(bytes)
                case .reply(let bytes):
                    guard await socket.write(bytes) else { return }
                case .refuse(let bytes):
                    _ = await socket.write(bytes)
                    return
                case .connect(let destination):
                    guard
                        let stream = try? await session.openStream(
                            host: destination.host, port: destination.port, deadline: .seconds(10))
                    else {
                        _ = await socket.write(SocksHandshake.reply(.refused))
                        return
                    }
                    if await socket.write(SocksHandshake.reply(.connected)) {
                        await move(handshake.rest, socket, stream)
                    }
                    await stream.close()
                    return
                }
            }
        } onCancel: {
            socket.shut()
        }
    }

    /// Moves bytes both ways until one side ends.
    private static func move(_ first: [UInt8], _ socket: LocalSocket, _ stream: ByteStream) async {
        let answers = Task {
            while let bytes = try? await stream.read() {
                guard await socket.write(bytes) else { break }
            }
            socket.shut()
        }
        // A second iterator goes on where the one of the handshake stopped.
        var input = socket.input.makeAsyncIterator()
        var bytes: [UInt8]? = first
        while let piece = bytes {
            if !piece.isEmpty, (try? await stream.write(piece)) == nil { break }
            bytes = await input.next()
        }
        // The client has closed: whatever still comes from the far end is for nobody.
        socket.shut()
        // Wakes the one that reads.
        await stream.close()
        _ = await answers.value
    }
}

/// One accepted connection: read by a thread of its own, written on side threads.
private struct LocalSocket: Sendable {
    let descriptor: Int32
    let input: AsyncStream<[UInt8]>
    /// Ends with the reading thread; `input` ends with a cancelled reader, too.
    private let reading: AsyncStream<Never>

    init(descriptor: Int32) {
        self.descriptor = descriptor
        let (stream, feed) = AsyncStream.makeStream(of: [UInt8].self)
        input = stream
        let (reading, end) = AsyncStream.makeStream(of: Never.self)
        self.reading = reading
        BlockingPool.startThread {
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                feed.yield(Array(buffer.prefix(count)))
            }
            feed.finish()
            end.finish()
        }
    }

    /// false if nobody reads any more.
    func write(_ bytes: [UInt8]) async -> Bool {
        await BlockingPool.shared.run { [descriptor] in
            var offset = 0
            while offset < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    send(
                        descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset,
                        Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
    }

    /// Ends both directions; the reading thread ends with them.
    func shut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// After the reading thread has ended, or it would read from whatever gets the number next.
    func close() {
        shut()
        Task { [reading, descriptor] in
            for await _ in reading {}
            Glibc.close(descriptor)
        }
    }
}
