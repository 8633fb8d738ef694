internal import CLibSSH2
import Glibc

/// Sockets: making, connecting, asking.
enum SocketOptions {
    /// An address to connect to; `bytes` is a `sockaddr`.
    struct Address: Sendable, Equatable {
        var bytes: [UInt8]
        var family: Int32
        var text: String

        /// An IP literal; nil for a name.
        init?(literal: String, port: UInt16) {
            var v4 = in_addr()
            var v6 = in6_addr()
            if inet_pton(AF_INET, literal, &v4) == 1 {
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr = v4
                self.init(bytes: withUnsafeBytes(of: &address) { Array($0) }, family: AF_INET, text: literal)
            } else if inet_pton(AF_INET6, literal, &v6) == 1 {
                var address = sockaddr_in6()
                address.sin6_family = sa_family_t(AF_INET6)
                address.sin6_port = port.bigEndian
                address.sin6_addr = v6
                self.init(bytes: withUnsafeBytes(of: &address) { Array($0) }, family: AF_INET6, text: literal)
            } else {
                return nil
            }
        }

        init(bytes: [UInt8], family: Int32, text: String) {
            self.bytes = bytes
            self.family = family
            self.text = text
        }
    }

    /// A socket that is connecting, or the reason why not even that.
    static func startConnecting(to address: Address, timeoutMilliseconds: Int32) -> Result<Int32, LocalFile.Failure> {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return .failure(LocalFile.Failure(code: errno)) }
        set(descriptor, TCP_NODELAY, 1)
        set(descriptor, TCP_USER_TIMEOUT, timeoutMilliseconds)
        let status = address.bytes.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if status == 0 || errno == EINPROGRESS { return .success(descriptor) }
        let failure = LocalFile.Failure(code: errno)
        close(descriptor)
        return .failure(failure)
    }

    private static func set(_ descriptor: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The error that the kernel keeps for a socket; reading clears it.
    static func pendingError(of descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }

    /// Whether a connecting socket has come to a result, good or bad.
    static func isWritable(_ descriptor: Int32) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&item, 1, 0) > 0
    }

    /// The addresses of a name, in the order of preference of this machine; blocks.
    static func resolve(_ name: String, port: UInt16) -> Result<[Address], ResolutionFailure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, String(port), &hints, &list)
        guard status == 0 else {
            let reason =
                status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status).map { UnsafeMutablePointer(mutating: $0) }
            return .failure(ResolutionFailure(text: reason.map { String(cString: $0) } ?? "error \(status)"))
        }
        defer { freeaddrinfo(list) }
        var found: [Address] = []
        var next = list
        while let item = next {
            next = item.pointee.ai_next
            guard let address = item.pointee.ai_addr else { continue }
            let bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(item.pointee.ai_addrlen)))
            found.append(
                Address(bytes: bytes, family: item.pointee.ai_family, text: text(of: address, item.pointee.ai_addrlen)))
        }
        return .success(found)
    }

    struct ResolutionFailure: Error, Equatable {
        var text: String
    }

    private static func text(of address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t) -> String {
        var host = [CChar](repeating: 0, count: 1025)
        guard getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return "?"
        }
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
