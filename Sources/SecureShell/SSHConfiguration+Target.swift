package import Diagnostics
import Glibc

extension SSHConfiguration {
    /// What the caller knows better than the files.
    package struct Overrides: Sendable {
        package var user: String?
        package var port: UInt16?
        package var identities: [String]?
        package var passphrase: SSHTarget.PassphraseProvider?
        package var password: Secret<String>?
        package var hostKeyPolicy: HostKeyPolicy?
        /// Jump hosts as `[user@]host[:port]`, the first one first; empty for a direct connection.
        package var proxyJump: [String]?

        package init(
            user: String? = nil, port: UInt16? = nil, identities: [String]? = nil,
            passphrase: SSHTarget.PassphraseProvider? = nil, password: Secret<String>? = nil,
            hostKeyPolicy: HostKeyPolicy? = nil, proxyJump: [String]? = nil
        ) {
            self.user = user
            self.port = port
            self.identities = identities
            self.passphrase = passphrase
            self.password = password
            self.hostKeyPolicy = hostKeyPolicy
            self.proxyJump = proxyJump
        }
    }

    /// The user's and the system's configuration of this machine; missing files count as empty.
    ///
    /// Blocks for a moment.
    package static func load(user: LocalUser = .current) -> SSHConfiguration {
        var configuration = SSHConfiguration()
        for file in [user.home + "/.ssh/config", "/etc/ssh/ssh_config"] {
            guard let bytes = try? LocalFile.read(file) else { continue }
            configuration.add(String(decoding: bytes, as: UTF8.self), file: file, user: user, reader: Self.included)
        }
        return configuration
    }

    private static func included(_ pattern: String) -> [(path: String, text: String)] {
        LocalFile.matches(of: pattern).compactMap { path in
            (try? LocalFile.read(path)).map { (path, String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// The target for a name, with its jump hosts, defaults as OpenSSH has them.
    ///
    /// Looks which default key files exist.
    package func target(
        for alias: String, overrides: Overrides = Overrides(), user: LocalUser = .current,
        environment: [String: String]? = nil
    ) throws(SSHError) -> SSHTarget {
        try target(for: alias, overrides: overrides, user: user, agent: Self.agentSocket(environment), depth: 0)
    }

    private func target(
        for alias: String, overrides: Overrides, user: LocalUser, agent: String?, depth: Int
    ) throws(SSHError) -> SSHTarget {
        guard depth < 8 else { throw .invalidInput("the jump hosts of \(alias) go in a circle") }
        let options = options(for: alias, user: user)
        let hostName = options.hostName ?? alias
        var jumps: [SSHTarget] = []
        for (index, text) in (overrides.proxyJump ?? options.proxyJump ?? []).enumerated() {
            guard let jump = Jump(text) else { throw .invalidInput("the jump host `\(text)` cannot be read") }
            var hop = try target(
                for: jump.host,
                overrides: Overrides(user: jump.user, port: jump.port, passphrase: overrides.passphrase), user: user,
                agent: agent, depth: depth + 1)
            // Only the first hop may itself need one to be reached; the others are reached through those before them.
            if index == 0 { jumps += hop.jumps }
            hop.jumps = []
            jumps.append(hop)
        }
        var socket = agent
        if let own = options.identityAgent, own != "SSH_AUTH_SOCK" { socket = own.lowercased() == "none" ? nil : own }
        return SSHTarget(
            host: hostName, port: overrides.port ?? options.port ?? 22,
            user: overrides.user ?? options.user ?? user.name,
            identities: overrides.identities ?? Self.identities(options, user: user), passphrase: overrides.passphrase,
            agentSocket: socket, agentOnlyForIdentities: options.identitiesOnly ?? false, password: overrides.password,
            jumps: jumps, hostKeyPolicy: overrides.hostKeyPolicy ?? Self.policy(options, user: user),
            connectTimeout: options.connectTimeout ?? .seconds(30))
    }

    private static func identities(_ options: Options, user: LocalUser) -> [String] {
        guard options.identityFiles.isEmpty else { return options.identityFiles }
        let defaults = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(user.home)/.ssh/\($0)" }
        return defaults.filter { LocalFile.Stamp(of: $0) != nil }
    }

    private static func policy(_ options: Options, user: LocalUser) -> HostKeyPolicy {
        let own = options.userKnownHostsFiles ?? ["known_hosts", "known_hosts2"].map { "\(user.home)/.ssh/\($0)" }
        let all = own + ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
        switch options.strictHostKeyChecking {
        case .acceptNew, .no:
            guard let first = own.first else { return .knownHosts(files: all) }
            return .acceptNew(file: first, alsoRead: Array(all.dropFirst()))
        case .yes, nil: return .knownHosts(files: all)
        }
    }

    private static func agentSocket(_ environment: [String: String]?) -> String? {
        let value: String?
        if let environment {
            value = environment["SSH_AUTH_SOCK"]
        } else {
            value = getenv("SSH_AUTH_SOCK").map { String(cString: $0) }
        }
        return value == "" ? nil : value
    }
}

extension SSHConfiguration.LocalUser {
    /// Who runs this process, by the account database and `HOME`.
    package static var current: SSHConfiguration.LocalUser {
        let entry = getpwuid(getuid())
        let name = entry.map { String(cString: $0.pointee.pw_name) } ?? "root"
        let home = getenv("HOME").map { String(cString: $0) } ?? entry.map { String(cString: $0.pointee.pw_dir) } ?? "/"
        return SSHConfiguration.LocalUser(name: name, home: home)
    }
}
