/// Everything that can go wrong between here and a host.
///
/// What a command says by its exit status is no error.
package enum SSHError: Error, Sendable, Equatable {
    /// What was being done.
    package enum Phase: String, Sendable {
        case connecting
        case handshake
        case authentication
        case channel = "opening a channel"
        case command
        case batch
        case upload
        case stream
        case closing
    }

    /// The name does not resolve, or no address answers.
    case unreachable(address: String, reason: String)
    /// Something answers at the address and refuses: no SSH server listens there.
    case refused(address: String)
    /// A deadline passed. `sent` tells whether the host may have acted: then its state is unknown.
    case timedOut(phase: Phase, sent: Bool)
    /// The task was cancelled, and the session closed with it.
    case cancelled
    /// No entry and no pin speaks for the host's key.
    case hostKeyUnknown(HostKeyFinding)
    /// The host shows a key that differs from what is recorded or pinned.
    case hostKeyMismatch(HostKeyFinding)
    /// The host shows a key that a known_hosts file marks as revoked.
    case hostKeyRevoked(HostKeyFinding)
    /// The host and this library share no algorithm.
    case noCommonAlgorithm(detail: String)
    /// The server accepted none of what was offered; `offered` says what, `accepts` which methods it would take.
    case authenticationFailed(user: String, offered: [String], accepts: [String])
    /// The server knows the key, and refuses the account nevertheless.
    case accountRefused(user: String, key: String)
    /// An RSA key was refused, and the library can only make signatures that today's servers refuse.
    case rsaUnsupported(user: String, key: String)
    /// A key file cannot be used: it needs a passphrase, or the one given is wrong.
    case passphrase(key: String, reason: String)
    /// There is nothing to authenticate with; `detail` says what was looked at.
    case noIdentity(detail: String)
    case sudoPasswordRequired(user: String)
    case sudoWrongPassword(user: String)
    case sudoRefused(user: String, message: String)
    /// The connection broke. `sent` tells whether a command was under way: then its outcome is unknown.
    case connectionLost(sent: Bool, detail: String)
    /// The server refused a channel or the execution of a command.
    case channelRefused(detail: String)
    /// No shell ever spoke: the account has none, or something else answers in its place; `detail` is what that said.
    case noShell(detail: String)
    /// The remote shell ended in the middle of a batch; the command after the `completed` first ones is in doubt.
    case shellEnded(completed: Int, detail: String)
    /// An upload failed on either side.
    case uploadFailed(path: String, reason: String)
    /// The caller asked for something that cannot be sent, such as a script with a NUL byte.
    case invalidInput(String)
    /// The peer or the library did something that makes no sense.
    case protocolViolation(phase: Phase, detail: String)
    /// What happened at a jump host.
    indirect case jump(host: String, SSHError)

    /// Whether the command in hand may have run: the caller has to look, not to assume.
    package var leavesOutcomeUnknown: Bool {
        switch self {
        case .timedOut(_, let sent), .connectionLost(let sent, _): sent
        case .shellEnded, .noShell, .cancelled: true
        default: false
        }
    }

    /// Whether the connection itself failed in a way that a later attempt may not meet.
    package var isTransient: Bool {
        switch self {
        case .unreachable, .refused, .timedOut, .connectionLost: true
        case .jump(_, let error): error.isTransient
        default: false
        }
    }
}

/// What was seen and what was expected when a host key was refused.
package struct HostKeyFinding: Sendable, Equatable {
    /// As in known_hosts: `name` or `[name]:port`.
    package var host: String
    /// For example `ssh-ed25519`.
    package var keyType: String
    /// `SHA256:...` of the key that the host showed.
    package var seen: String
    /// `SHA256:...` of the keys that are recorded or pinned.
    package var expected: [String]
    /// `file:line` of the entries concerned.
    package var places: [String]
    /// The files that were read.
    package var files: [String]

    package init(
        host: String, keyType: String, seen: String, expected: [String] = [], places: [String] = [],
        files: [String] = []
    ) {
        self.host = host
        self.keyType = keyType
        self.seen = seen
        self.expected = expected
        self.places = places
        self.files = files
    }
}
