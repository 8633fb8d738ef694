import Glibc

/// Speaks to an ssh-agent (draft-miller-ssh-agent): which keys it holds, and signatures.
///
/// On side threads, with a time limit.
enum AgentClient {
    struct Key: Sendable, Equatable {
        var blob: [UInt8]
        var comment: String
    }

    struct Failure: Error, Equatable {
        var text: String
    }

    /// An agent that asks its user to confirm may take this long.
    static let timeLimit = Duration.seconds(20)

    private enum Message {
        static let requestIdentities: UInt8 = 11
        static let identities: UInt8 = 12
        static let signRequest: UInt8 = 13
        static let signature: UInt8 = 14
    }

    static func keys(socket: String) async -> Result<[Key], Failure> {
        await BlockingPool.shared.run {
            exchange([Message.requestIdentities], socket: socket).flatMap { answer in
                var reader = WireReader(answer)
                guard reader.byte() == Message.identities, let count = reader.uint32(), count < 4096 else {
                    return .failure(Failure(text: "it did not list its keys"))
                }
                var keys: [Key] = []
                for _ in 0..<count {
                    guard let blob = reader.string(), let comment = reader.string() else {
                        return .failure(Failure(text: "its list of keys is cut short"))
                    }
                    keys.append(Key(blob: blob, comment: String(decoding: comment, as: UTF8.self)))
                }
                return .success(keys)
            }
        }
    }

    /// The bare signature over `data`, without the name of its algorithm.
    static func sign(_ data: [UInt8], with key: Key, socket: String) async -> Result<[UInt8], Failure> {
        await BlockingPool.shared.run {
            var request = WireWriter()
            request.append(Message.signRequest)
            request.append(string: key.blob)
            request.append(string: data)
            request.append(flags(for: data))
            return exchange(request.bytes, socket: socket).flatMap { answer in
                var reader = WireReader(answer)
                guard reader.byte() == Message.signature, let whole = reader.string() else {
                    return .failure(Failure(text: "it refused to sign"))
                }
                var inner = WireReader(whole)
                guard inner.string() != nil, let signature = inner.string() else {
                    return .failure(Failure(text: "its signature cannot be read"))
                }
                return .success(signature)
            }
        }
    }

    /// The data to sign names the algorithm (RFC 4252, section 7); for RSA the agent has to be told.
    private static func flags(for data: [UInt8]) -> UInt32 {
        var reader = WireReader(data)
        guard reader.string() != nil, reader.byte() != nil, reader.string() != nil, reader.string() != nil,
            reader.string() != nil, reader.byte() != nil, let algorithm = reader.string()
        else { return 0 }
        switch String(decoding: algorithm, as: UTF8.self) {
        case "rsa-sha2-256": return 2
        case "rsa-sha2-512": return 4
        default: return 0
        }
    }

    /// One message and its answer; blocks, at most `timeLimit`.
    private static func exchange(_ message: [UInt8], socket path: String) -> Result<[UInt8], Failure> {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .failure(Failure(text: String(cString: strerror(errno)))) }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return .failure(Failure(text: "the path of its socket is too long"))
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { return .failure(Failure(text: String(cString: strerror(errno)))) }
        var limit = timeval(tv_sec: Int(timeLimit.components.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var frame = WireWriter()
        frame.append(string: message)
        guard send(descriptor, frame.bytes, frame.bytes.count, Int32(MSG_NOSIGNAL)) == frame.bytes.count else {
            return .failure(Failure(text: "it does not take requests"))
        }
        guard let header = receive(4, from: descriptor) else { return .failure(Failure(text: "it does not answer")) }
        var reader = WireReader(header)
        guard let length = reader.uint32(), length > 0, length <= 1 << 20,
            let body = receive(Int(length), from: descriptor)
        else { return .failure(Failure(text: "its answer is cut short")) }
        return .success(body)
    }

    private static func receive(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let received = bytes.withUnsafeMutableBytes { buffer in
                recv(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, 0)
            }
            guard received > 0 else { return nil }
            filled += received
        }
        return bytes
    }
}
