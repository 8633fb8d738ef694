package import Diagnostics

/// Everything that is needed to reach one host: a value, made from the spec, the command line or `SSHConfiguration`.
package struct SSHTarget: Sendable {
    /// Asks for the passphrase of a key file; nil means that there is none to be had.
    ///
    /// Asked once per file.
    package typealias PassphraseProvider = @Sendable (_ keyFile: String) async -> Secret<String>?

    /// The name that known_hosts entries and messages use, as the user wrote it.
    package var host: String
    /// What to connect to: a name or an IP literal.
    ///
    /// For a target behind a jump host the last jump resolves it.
    package var address: String
    package var port: UInt16
    package var user: String
    /// Private key files, tried in this order.
    package var identities: [String]
    package var passphrase: PassphraseProvider?
    /// The agent's socket (`SSH_AUTH_SOCK`), tried after the files; nil for none.
    package var agentSocket: String?
    /// Whether only those keys of the agent are offered that belong to `identities` (ssh's `IdentitiesOnly`).
    package var agentOnlyForIdentities: Bool
    /// Tried last, and only if given.
    package var password: Secret<String>?
    /// Hosts to go through, the first one first.
    ///
    /// Their own `jumps` are ignored.
    package var jumps: [SSHTarget]
    package var hostKeyPolicy: HostKeyPolicy
    /// Limit for the whole way to an authenticated session, retries included.
    package var connectTimeout: Duration
    /// Time without traffic after which the peer is asked for a sign of life; nil for never.
    ///
    /// A peer that says nothing for two of them is given up.
    package var keepaliveInterval: Duration?

    package init(
        host: String, address: String? = nil, port: UInt16 = 22, user: String, identities: [String] = [],
        passphrase: PassphraseProvider? = nil, agentSocket: String? = nil, agentOnlyForIdentities: Bool = false,
        password: Secret<String>? = nil, jumps: [SSHTarget] = [], hostKeyPolicy: HostKeyPolicy,
        connectTimeout: Duration = .seconds(30),
        keepaliveInterval: Duration? = .seconds(15)
    ) {
        self.host = host
        self.address = address ?? host
        self.port = port
        self.user = user
        self.identities = identities
        self.passphrase = passphrase
        self.agentSocket = agentSocket
        self.agentOnlyForIdentities = agentOnlyForIdentities
        self.password = password
        self.jumps = jumps
        self.hostKeyPolicy = hostKeyPolicy
        self.connectTimeout = connectTimeout
        self.keepaliveInterval = keepaliveInterval
    }

    /// The name under which known_hosts files keep the host: `name` or `[name]:port`.
    package var knownHostsName: String { KnownHosts.entryName(host: host, port: port) }
}

/// Which host keys are believed.
package enum HostKeyPolicy: Sendable, Equatable {
    /// A matching entry must be in one of the files; missing files count as empty.
    case knownHosts(files: [String])
    /// The key must have one of these fingerprints (`SHA256:...`, as `ssh-keygen -l` shows them).
    case pinned(fingerprints: [String])
    /// As `knownHosts`, but a host without any entry is believed once and written to `file`, a plain line, appended
    /// under a lock and fsynced. A key that differs from an entry is still refused.
    case acceptNew(file: String, alsoRead: [String])

    /// The files to be read, in order.
    var files: [String] {
        switch self {
        case .knownHosts(let files): files
        case .pinned: []
        case .acceptNew(let file, let others): [file] + others
        }
    }
}
