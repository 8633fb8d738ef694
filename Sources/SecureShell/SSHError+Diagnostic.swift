package import Diagnostics

extension SSHError {
    /// What the user is told: a stable code, the cause, and what to do.
    ///
    /// `host` is the name from the spec.
    package func diagnostic(host: String) -> Diagnostic {
        if case .jump(let bastion, let error) = self {
            var diagnostic = error.diagnostic(host: host)
            diagnostic.summary = "Jump host \(bastion): " + diagnostic.summary
            return diagnostic
        }
        return Diagnostic(
            code: code, summary, detail: detail, hint: hint, host: host, evidence: evidence, exitCode: exitCode)
    }

    /// The stable code, for example `ssh.host-key-mismatch`.
    package var code: String {
        switch self {
        case .unreachable: "ssh.unreachable"
        case .refused: "ssh.refused"
        case .timedOut: "ssh.timeout"
        case .cancelled: "ssh.cancelled"
        case .hostKeyUnknown: "ssh.host-key-unknown"
        case .hostKeyMismatch: "ssh.host-key-mismatch"
        case .hostKeyRevoked: "ssh.host-key-revoked"
        case .noCommonAlgorithm: "ssh.no-common-algorithm"
        case .authenticationFailed: "ssh.auth.failed"
        case .accountRefused: "ssh.auth.account-refused"
        case .rsaUnsupported: "ssh.auth.rsa-unsupported"
        case .passphrase: "ssh.auth.passphrase"
        case .noIdentity: "ssh.auth.no-identity"
        case .sudoPasswordRequired: "ssh.sudo.password-required"
        case .sudoWrongPassword: "ssh.sudo.wrong-password"
        case .sudoRefused: "ssh.sudo.refused"
        case .connectionLost: "ssh.connection-lost"
        case .channelRefused: "ssh.channel-refused"
        case .noShell: "ssh.no-shell"
        case .shellEnded: "ssh.shell-ended"
        case .uploadFailed: "ssh.upload-failed"
        case .invalidInput: "ssh.invalid-input"
        case .protocolViolation: "ssh.protocol"
        case .jump(_, let error): error.code
        }
    }

    private var exitCode: ExitStatus {
        switch self {
        case .cancelled: .interrupted
        case .uploadFailed, .shellEnded: .failed
        case .invalidInput: .invalid
        default: .unreachable
        }
    }

    private var summary: String {
        switch self {
        case .unreachable(let address, _): "\(address) cannot be reached"
        case .refused(let address): "\(address) refuses connections"
        case .timedOut(let phase, _): "The time limit passed during: \(phase.rawValue)"
        case .cancelled: "The operation was cancelled"
        case .hostKeyUnknown(let finding): "The key of \(finding.host) is not known"
        case .hostKeyMismatch(let finding): "The key of \(finding.host) is not the one on record"
        case .hostKeyRevoked(let finding): "The key of \(finding.host) is revoked"
        case .noCommonAlgorithm: "The host and this machine's libssh2 share no algorithm"
        case .authenticationFailed(let user, _, _): "The host accepts none of the keys offered for user \(user)"
        case .accountRefused(let user, let key): "The host knows the key \(key), and does not let \(user) in"
        case .rsaUnsupported(_, let key):
            "The RSA key \(key) was refused, and libssh2 \(SecureShell.libraryVersion) is the reason"
        case .passphrase(let key, _): "The private key \(key) cannot be decrypted"
        case .noIdentity: "There is nothing to authenticate with"
        case .sudoPasswordRequired(let user): "sudo asks \(user) for a password"
        case .sudoWrongPassword(let user): "sudo does not accept the password of \(user)"
        case .sudoRefused(let user, _): "sudo does not let \(user) become root"
        case .connectionLost(let sent, _):
            sent ? "The connection was lost in the middle of a command" : "The connection was lost"
        case .channelRefused: "The server refuses to run a command"
        case .noShell: "The host gives no shell to work in"
        case .shellEnded: "The remote shell ended in the middle of its work"
        case .uploadFailed(let path, _): "The upload to \(path) failed"
        case .invalidInput: "The request cannot be sent"
        case .protocolViolation(let phase, _): "The SSH protocol was violated during: \(phase.rawValue)"
        case .jump(let host, let error): "Jump host \(host): \(error.summary)"
        }
    }

    private var detail: String? {
        switch self {
        case .unreachable(_, let reason): reason
        case .timedOut(_, true): "The command was sent; whether it ran is not known."
        case .hostKeyUnknown(let finding): Self.describe(finding, missing: true)
        case .hostKeyMismatch(let finding), .hostKeyRevoked(let finding): Self.describe(finding, missing: false)
        case .noCommonAlgorithm(let detail), .noIdentity(let detail), .channelRefused(let detail): detail
        case .invalidInput(let detail), .protocolViolation(_, let detail): detail
        case .authenticationFailed(_, let offered, let accepts):
            "Offered: \(offered.joined(separator: ", "))."
                + (accepts.isEmpty ? "" : " The server accepts: \(accepts.joined(separator: ", ")).")
        case .rsaUnsupported:
            "libssh2 before 1.11 can sign with an RSA key only by SHA-1, which OpenSSH servers refuse since 8.8."
        case .passphrase(_, let reason): reason
        case .connectionLost(let sent, let detail): detail + (sent ? "; whether the command ran is not known" : "")
        case .noShell(let detail): "instead of one it said: \(detail)"
        case .shellEnded(let completed, let detail): "\(completed) commands were completed before: \(detail)"
        case .uploadFailed(_, let reason): reason
        case .jump(_, let error): error.detail
        default: nil
        }
    }

    private static func describe(_ finding: HostKeyFinding, missing: Bool) -> String {
        var lines = ["The host shows    \(finding.seen) (\(finding.keyType))"]
        for (index, expected) in finding.expected.enumerated() {
            lines.append(
                "expected is       \(expected)" + (index < finding.places.count ? "  \(finding.places[index])" : ""))
        }
        if finding.expected.isEmpty, !finding.places.isEmpty {
            let meaning = missing ? "certificate authority, which says nothing about plain keys:" : "marked in"
            lines.append("\(meaning) \(finding.places.joined(separator: ", "))")
        }
        if missing { lines.append("no entry in       \(finding.files.joined(separator: ", "))") }
        return lines.joined(separator: "\n")
    }

    private var hint: String? {
        switch self {
        case .unreachable: "Check the address in the spec, the name server and the network, and that the machine is up."
        case .refused: "Check the port in the spec and that sshd runs on the machine."
        case .timedOut(.connecting, _), .timedOut(.handshake, _):
            "A firewall may drop the packets; try `ssh` from this machine, or raise the connect timeout."
        case .timedOut:
            "Look at the host's state before anything is repeated; raise the limit if the work is just long. At the first contact a "
                + "login script (~/.bashrc) that waits for input or starts another shell has this effect, too."
        case .hostKeyUnknown(let finding):
            "Compare the fingerprint with the machine's own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its "
                + "console), then pin it in the spec or add it with `ssh-keyscan\(Self.scanArguments(finding.host))`."
        case .hostKeyMismatch(let finding):
            finding.places == ["pinned"]
                ? "If the machine was reinstalled, compare the fingerprint on its console and change the pin; otherwise "
                    + "somebody is in between."
                : "If the machine was reinstalled, compare the fingerprint on its console and remove the old line with "
                    + "`ssh-keygen -R '\(finding.host)'`; otherwise somebody is in between."
        case .hostKeyRevoked: "Do not connect; if the mark is a mistake, remove that line."
        case .noCommonAlgorithm:
            "The recorded key may be of a type that the host no longer has; compare `ssh-keyscan` with the known_hosts file."
        case .authenticationFailed(let user, _, _):
            "Add the public key to ~/.ssh/authorized_keys of \(user) on the host, or configure the right key or user"
                + (user == "root" ? "; sshd's PermitRootLogin must allow root, too." : ".")
        case .accountRefused(let user, _):
            "See \(user == "root" ? "PermitRootLogin, " : "")AllowUsers and DenyUsers in its sshd_config, and whether the account is "
                + "locked; or connect as another user."
        case .rsaUnsupported: "Use an ed25519 or ECDSA key (`ssh-keygen -t ed25519`), or libssh2 1.11 or later."
        case .passphrase: "Give the passphrase when asked, or load the key into an agent with `ssh-add`."
        case .noIdentity: "Name a key file in the spec or in ~/.ssh/config, or start an agent and `ssh-add` a key."
        case .sudoPasswordRequired(let user):
            "Give the password, or allow it without one: `\(user) ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d."
        case .sudoWrongPassword: "Give the right password; sudo counts the attempts."
        case .sudoRefused(let user, _): "Allow \(user) to use sudo on the host, or connect as root."
        case .connectionLost: "Run again: what was done is found by looking, not by assumption."
        case .channelRefused: "The account's shell or the server's limits (MaxSessions) may forbid it."
        case .noShell:
            "Log in with `ssh`: the account's login shell (nologin), `command=` in its authorized_keys or ForceCommand in "
                + "sshd_config may forbid it; perhaps another user may log in."
        case .shellEnded: "Look at the host's state before anything is repeated."
        case .uploadFailed: "Run again: the part that arrived is used if its checksum fits."
        case .protocolViolation: "Try `ssh -v` to the same host; if that works, report this message."
        case .jump(_, let error): error.hint
        case .cancelled, .invalidInput: nil
        }
    }

    /// `[name]:port` as arguments of ssh-keyscan.
    private static func scanArguments(_ host: String) -> String {
        guard host.hasPrefix("["), let end = host.lastIndex(of: "]") else { return " \(host)" }
        let name = host[host.index(after: host.startIndex)..<end]
        let port = host[host.index(after: end)...].dropFirst()
        return " -p \(port) \(name)"
    }

    private var evidence: [String] {
        if case .sudoRefused(_, let message) = self { return [message] }
        return []
    }
}
