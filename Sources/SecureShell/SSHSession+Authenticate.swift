internal import CLibSSH2
internal import Diagnostics

extension SSHSession {
    /// A server gives up after six refusals by default; one is left for whatever it counts by itself.
    private static let mostTries = 5

    /// What happened so far in one authentication.
    private struct Attempts {
        var offered: [String] = []
        var refusedRSA: String?
        /// A key with which the server would have let somebody in, and then did not.
        var knownKey: String?
        /// Why keys could not be used at all.
        var unusable: [SSHError] = []
    }

    /// Offers key files, then the agent's keys, then the password, until the server accepts one.
    func authenticate(until limit: MonotonicTime) async throws(SSHError) {
        var attempts = Attempts()
        do throws(SSHError) {
            if try await offerFiles(&attempts, until: limit) { return }
            if try await offerAgent(&attempts, until: limit) { return }
            if try await offerPassword(&attempts, until: limit) { return }
        } catch .connectionLost where !attempts.offered.isEmpty {
            // A server that has seen enough refusals hangs up.
            throw refusal(attempts, accepts: [])
        }
        guard !attempts.offered.isEmpty else {
            if let reason = attempts.unusable.first { throw reason }
            throw .noIdentity(detail: "no key file, no agent and no password is configured")
        }
        throw refusal(attempts, accepts: (try? await methods(until: limit)) ?? [])
    }

    private func refusal(_ attempts: Attempts, accepts: [String]) -> SSHError {
        if let key = attempts.refusedRSA, !SecureShell.signsModernRSA {
            return .rsaUnsupported(user: target.user, key: key)
        }
        if let key = attempts.knownKey { return .accountRefused(user: target.user, key: key) }
        // A key that could not be decrypted is the likelier cause than the one that was refused.
        for reason in attempts.unusable {
            if case .passphrase = reason { return reason }
        }
        return .authenticationFailed(user: target.user, offered: attempts.offered, accepts: accepts)
    }

    private func offerFiles(_ attempts: inout Attempts, until limit: MonotonicTime) async throws(SSHError) -> Bool {
        for path in target.identities where attempts.offered.count < Self.mostTries {
            let key: PrivateKey
            do throws(SSHError) {
                key = try await IdentityStore.shared.key(at: path, passphrase: target.passphrase)
            } catch {
                attempts.unusable.append(error)
                continue
            }
            let code = try await offer(key, until: limit)
            guard code != 0 else { return true }
            switch Int32(code) {
            case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
                attempts.offered.append(path)
                if key.isRSA { attempts.refusedRSA = path }
            case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED where !key.isRSA && lastMessage.contains("Invalid signature"):
                // The library's word for a refusal after the server had said that it knows the key.
                attempts.offered.append(path)
                attempts.knownKey = path
            case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, LIBSSH2_ERROR_FILE, LIBSSH2_ERROR_METHOD_NOT_SUPPORTED,
                LIBSSH2_ERROR_KEYFILE_AUTH_FAILED, LIBSSH2_ERROR_SOCKET_NONE:
                // The server would take the key, or was not asked: it is the file that does not open.
                IdentityStore.shared.forget(path)
                if key.isRSA, !key.isEncrypted, code == Int(LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
                    attempts.offered.append(path)
                    attempts.refusedRSA = path
                } else if key.isEncrypted {
                    attempts.unusable.append(.passphrase(key: path, reason: "the passphrase is wrong"))
                } else {
                    attempts.unusable.append(.noIdentity(detail: "\(path): \(lastMessage)"))
                }
            case LIBSSH2_ERROR_PROTO where key.publicLine == nil:
                // The library's word for a key file in a format that it does not know.
                attempts.unusable.append(.noIdentity(detail: "\(path): \(lastMessage)"))
            default:
                throw error(code: code, phase: .authentication, sent: false)
            }
        }
        return false
    }

    private func offer(_ key: PrivateKey, until limit: MonotonicTime) async throws(SSHError) -> Int {
        guard let session else { throw lost ?? .cancelled }
        let user = target.user
        let contents = key.contents.reveal()
        let passphrase = key.passphrase?.reveal()
        return try await drive(.authentication, until: limit) {
            contents.withUnsafeBytes { secret in
                (key.publicLine ?? []).withUnsafeBytes { line in
                    let secretText = secret.bindMemory(to: CChar.self)
                    let lineText = line.bindMemory(to: CChar.self)
                    return Int(
                        libssh2_userauth_publickey_frommemory(
                            session, user, user.utf8.count, line.isEmpty ? nil : lineText.baseAddress, line.count,
                            secretText.baseAddress, secret.count, passphrase))
                }
            }
        }
    }

    private func offerAgent(_ attempts: inout Attempts, until limit: MonotonicTime) async throws(SSHError) -> Bool {
        guard let socket = target.agentSocket, attempts.offered.count < Self.mostTries else { return false }
        let keys: [AgentClient.Key]
        switch await AgentClient.keys(socket: socket) {
        case .success(let list): keys = list
        case .failure(let failure):
            attempts.unusable.append(.noIdentity(detail: "the agent at \(socket): \(failure.text)"))
            return false
        }
        if keys.isEmpty { attempts.unusable.append(.noIdentity(detail: "the agent at \(socket) holds no keys")) }
        let own = target.agentOnlyForIdentities ? await publicBlobs() : nil
        for key in keys where own?.contains(key.blob) != false && attempts.offered.count < Self.mostTries {
            guard let name = HostKey(blob: key.blob)?.type, !name.contains("-cert-"), !name.hasPrefix("sk-") else {
                continue
            }
            if name == "ssh-rsa", !SecureShell.signsModernRSA {
                // The agent would sign in a modern way, which this library then labels as the old one.
                attempts.refusedRSA = "agent: \(key.comment)"
                attempts.offered.append("agent: \(key.comment)")
                continue
            }
            let code = try await sign(with: key, socket: socket, until: limit)
            guard code != 0 else { return true }
            attempts.offered.append("agent: \(key.comment)")
            guard [LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED].contains(Int32(code)) else {
                throw error(code: code, phase: .authentication, sent: false)
            }
        }
        return false
    }

    /// The public halves of the configured key files, as far as they can be read without a passphrase.
    private func publicBlobs() async -> Set<[UInt8]> {
        let paths = target.identities
        return await BlockingPool.shared.run {
            Set(
                paths.compactMap { path in
                    let line =
                        (try? LocalFile.read(path + ".pub"))
                        ?? (try? LocalFile.read(path)).flatMap {
                            PrivateKey(path: path, contents: $0).publicLine
                        }
                    let fields = line?.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") } ?? []
                    return fields.count > 1 ? Base64.decode(fields[1]) : nil
                })
        }
    }

    /// Authenticates with a key of the agent: the library says what to sign, a side thread asks the agent.
    private func sign(
        with key: AgentClient.Key, socket: String, until limit: MonotonicTime
    ) async throws(SSHError) -> Int {
        guard let session else { throw lost ?? .cancelled }
        let signer = UnsafeMutablePointer<martlet_signer>.allocate(capacity: 1)
        signer.initialize(to: martlet_signer())
        var signature: UnsafeMutablePointer<UInt8>?
        defer {
            free(signer.pointee.data)
            signature?.deallocate()
            signer.deinitialize(count: 1)
            signer.deallocate()
        }
        let user = target.user
        while true {
            let code = try await drive(.authentication, until: limit) {
                // A wanted signature is not the socket's business: leave the loop to fetch it.
                let code = Int(martlet_auth_agent(session, user, key.blob, key.blob.count, signer))
                return code == Self.again && signer.pointee.data != nil && signer.pointee.signature == nil ? 1 : code
            }
            guard code == 1 else { return code }
            let data = Array(UnsafeBufferPointer(start: signer.pointee.data, count: signer.pointee.data_length))
            switch await AgentClient.sign(data, with: key, socket: socket) {
            case .success(let bytes):
                let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
                copy.initialize(from: bytes, count: bytes.count)
                signature = copy
                signer.pointee.signature = UnsafePointer(copy)
                signer.pointee.signature_length = bytes.count
            case .failure: signer.pointee.failed = 1
            }
        }
    }

    private func offerPassword(_ attempts: inout Attempts, until limit: MonotonicTime) async throws(SSHError) -> Bool {
        guard let password = target.password?.reveal(), let session, attempts.offered.count < Self.mostTries else {
            return false
        }
        let user = target.user
        let accepts = try await methods(until: limit)
        var code = Int(LIBSSH2_ERROR_AUTHENTICATION_FAILED)
        if accepts.isEmpty || accepts.contains("password") {
            code = try await drive(.authentication, until: limit) {
                Int(
                    martlet_auth_password(
                        session, user, UInt32(user.utf8.count), password, UInt32(password.utf8.count)))
            }
            attempts.offered.append("password")
        }
        if code == Int(LIBSSH2_ERROR_AUTHENTICATION_FAILED), accepts.contains("keyboard-interactive") {
            let bytes = password.utf8CString
            let answer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { answer[index] = byte }
            defer {
                link.pointee.answer = nil
                answer.deallocate()
            }
            link.pointee.answer = UnsafePointer(answer)
            link.pointee.answer_length = UInt32(bytes.count - 1)
            code = try await drive(.authentication, until: limit) {
                Int(martlet_auth_interactive(session, user, UInt32(user.utf8.count)))
            }
            attempts.offered.append("keyboard-interactive")
        }
        switch Int32(code) {
        case 0: return true
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PASSWORD_EXPIRED: return false
        default: throw error(code: code, phase: .authentication, sent: false)
        }
    }

    /// The methods that the server would still accept; one round trip, so only asked when something failed.
    private func methods(until limit: MonotonicTime) async throws(SSHError) -> [String] {
        guard let session else { throw lost ?? .cancelled }
        let user = target.user
        var found: [String] = []
        _ = try await drive(.authentication, until: limit) {
            guard let list = libssh2_userauth_list(session, user, UInt32(user.utf8.count)) else {
                return Int(libssh2_session_last_errno(session))
            }
            found = String(cString: list).split(separator: ",").map(String.init)
            return 0
        }
        return found
    }
}
