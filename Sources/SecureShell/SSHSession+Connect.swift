internal import CLibSSH2
import Glibc

extension SSHSession {
    /// Connects, verifies the host's key and authenticates.
    ///
    /// `deadline` bounds everything after the admission to the endpoint (`target.connectTimeout` by default). A server that
    /// drops the connection before its greeting, as it does when too many are waiting, is tried again after a random pause.
    package static func connect(
        to target: SSHTarget, loop: EventLoop = .shared, deadline: Duration? = nil
    ) async throws(SSHError) -> SSHSession {
        let endpoint = target.admissionEndpoint
        await Admission.shared.enter(endpoint)
        defer { Admission.shared.leave(endpoint) }
        let limit = MonotonicTime.after(deadline ?? target.connectTimeout)
        var pause = Duration.milliseconds(50)
        while true {
            if Task.isCancelled { throw .cancelled }
            let session = SSHSession(target: target, loop: loop)
            let carrier = try await StreamCarrier.open(to: target, loop: loop, until: limit)
            do throws(SSHError) {
                try await session.establish(through: carrier, until: limit)
                return session
            } catch {
                let isWorthARetry = await session.wasDroppedBeforeGreeting && MonotonicTime.now + pause < limit
                await session.fail(error)
                await carrier?.finish()
                guard isWorthARetry else { throw error }
                try? await Task.sleep(for: pause * Double.random(in: 0.5...1.5))
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    /// Everything between the value and the authenticated session.
    private func establish(
        through carrier: StreamCarrier?, until limit: MonotonicTime
    ) async throws(SSHError) {
        try await cancellable { () async throws(SSHError) in
            registration = loop.register(self)
            arm(limit)
            if let carrier {
                self.carrier = carrier
                carrier.attach(to: link) { [weak self] in await self?.carrierMoved() }
            } else {
                try await openSocket(until: limit)
            }
            try await shakeHands(until: limit)
            try await authenticate(until: limit)
            startKeepalive()
        }
    }

    /// The bytes below this were only a greeting or a refusal in plain text.
    private var wasDroppedBeforeGreeting: Bool {
        guard case .connectionLost = lost else { return false }
        return link.pointee.received < 256
    }

    /// Bytes came in, or went out, through the jump host.
    func carrierMoved() {
        link.pointee.readable = 1
        wakeAll()
    }

    // MARK: TCP

    private func openSocket(until limit: MonotonicTime) async throws(SSHError) {
        let addresses = try await addresses()
        let userTimeout = Int32(clamping: (target.keepaliveInterval ?? .seconds(15)).wholeNanoseconds / 500_000)
        var pending: [(descriptor: Int32, address: SocketOptions.Address)] = []
        defer { for attempt in pending { Glibc.close(attempt.descriptor) } }
        var failure: LocalFile.Failure?
        var next = 0
        // The next address gets its turn when this one is silent for so long (RFC 8305 proposes 250 ms).
        var nextStart = MonotonicTime.now
        while true {
            if next < addresses.count, pending.isEmpty || MonotonicTime.now >= nextStart {
                switch SocketOptions.startConnecting(to: addresses[next], timeoutMilliseconds: userTimeout) {
                case .success(let descriptor):
                    pending.append((descriptor, addresses[next]))
                    if let registration { loop.watch(descriptor, for: registration) }
                case .failure(let reason): failure = reason
                }
                next += 1
                nextStart = .after(.milliseconds(250))
                if next < addresses.count { arm(nextStart) }
            }
            for attempt in pending where SocketOptions.isWritable(attempt.descriptor) {
                pending.removeAll { $0.descriptor == attempt.descriptor }
                let code = SocketOptions.pendingError(of: attempt.descriptor)
                guard code != 0 else {
                    descriptor = attempt.descriptor
                    return
                }
                Glibc.close(attempt.descriptor)
                failure = LocalFile.Failure(code: code)
            }
            if pending.isEmpty, next == addresses.count { throw connectError(failure) }
            guard !pending.isEmpty else { continue }
            _ = await wait(until: next < addresses.count ? min(limit, nextStart) : limit)
            if let lost { throw lost }
            if MonotonicTime.now >= limit { throw .timedOut(phase: .connecting, sent: false) }
        }
    }

    private func connectError(_ failure: LocalFile.Failure?) -> SSHError {
        let address = "\(target.address):\(target.port)"
        return switch failure?.code {
        case ECONNREFUSED: .refused(address: address)
        case .some: .unreachable(address: address, reason: failure?.text ?? "")
        case nil: .unreachable(address: address, reason: "the name has no address")
        }
    }

    private func addresses() async throws(SSHError) -> [SocketOptions.Address] {
        if let address = SocketOptions.Address(literal: target.address, port: target.port) { return [address] }
        let (name, port) = (target.address, target.port)
        switch await BlockingPool.shared.run({ SocketOptions.resolve(name, port: port) }) {
        case .success(let addresses): return addresses
        case .failure(let failure): throw .unreachable(address: name, reason: failure.text)
        }
    }

    // MARK: SSH

    private func shakeHands(until limit: MonotonicTime) async throws(SSHError) {
        if let lost { throw lost }
        let algorithms = try KnownHostsStore.shared.algorithms(for: target)
        guard let session = martlet_session_new(link) else {
            throw .protocolViolation(phase: .handshake, detail: "out of memory")
        }
        self.session = session
        libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, algorithms.joined(separator: ","))
        if SecureShell.signsModernRSA {
            // From 1.11 on the library knows a cipher that costs a third; it would not choose it by itself.
            libssh2_session_method_pref(session, LIBSSH2_METHOD_CRYPT_CS, Self.ciphers)
            libssh2_session_method_pref(session, LIBSSH2_METHOD_CRYPT_SC, Self.ciphers)
        }
        let socket = descriptor >= 0 ? descriptor : loop.wakeDescriptor
        let code = try await drive(.handshake, until: limit) { Int(libssh2_session_handshake(session, socket)) }
        guard code == 0 else { throw handshakeError(code) }
        var length = 0
        var type: Int32 = 0
        guard let bytes = libssh2_session_hostkey(session, &length, &type),
            let key = HostKey(blob: Array(UnsafeRawBufferPointer(start: bytes, count: length)))
        else { throw .protocolViolation(phase: .handshake, detail: "the server showed no key") }
        try KnownHostsStore.shared.verify(key, of: target)
    }

    private static let ciphers = """
        aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,chacha20-poly1305@openssh.com
        """

    private func handshakeError(_ code: Int) -> SSHError {
        switch Int32(code) {
        case LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_METHOD_NONE, LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
            let offered = (try? KnownHostsStore.shared.algorithms(for: target)) ?? []
            return .noCommonAlgorithm(
                detail: "\(lastMessage); host key types asked for: \(offered.joined(separator: ", "))")
        default:
            return error(code: code, phase: .handshake, sent: false)
        }
    }
}

extension SSHTarget {
    /// What admission counts by: where the bytes really go first.
    var admissionEndpoint: String {
        guard let bastion = jumps.first else { return "\(address):\(port)" }
        return "\(bastion.address):\(bastion.port)>\(address):\(port)"
    }
}
