/// A machine to reach and the part it plays.
package struct HostSpec: Sendable, Hashable, Codable {
    /// The host's name and the node's name: a DNS label in lower case.
    package var name: String
    /// Where SSH connects to: an IP address or DNS name.
    package var address: String
    /// The address that Kubernetes uses between nodes; the same as `address` unless set.
    ///
    /// An IPv4 address.
    package var internalAddress: String
    package var roles: Set<Role>
    package var labels: [String: String]
    package var taints: [Taint]
    package var ssh: SSHSettings
    /// The pool whose spare it is; nil for a host that always is a node.
    package var pool: String?

    package init(
        name: String, address: String, internalAddress: String, roles: Set<Role>, labels: [String: String] = [:],
        taints: [Taint] = [], ssh: SSHSettings = SSHSettings(), pool: String? = nil
    ) {
        self.name = name
        self.address = address
        self.internalAddress = internalAddress
        self.roles = roles
        self.labels = labels
        self.taints = taints
        self.ssh = ssh
        self.pool = pool
    }

    package var isControlPlane: Bool { roles.contains(.controlPlane) }

    /// Where other hosts of the cluster fetch files from this one; nil if they must not, or know no address of it.
    package var peerAddress: String? {
        ssh.mayPassFiles && IPv4Address(internalAddress) != nil ? internalAddress : nil
    }

    package enum Role: String, Sendable, Hashable, Codable, CaseIterable {
        case controlPlane = "control-plane"
        /// With `control-plane` on the same host: no taint, workloads run there too.
        case worker
    }
}

package struct Taint: Sendable, Hashable, Codable {
    package var key: String
    package var value: String
    package var effect: Effect

    package init(key: String, value: String = "", effect: Effect) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    package enum Effect: String, Sendable, Hashable, Codable, CaseIterable {
        case noSchedule = "NoSchedule"
        case preferNoSchedule = "PreferNoSchedule"
        case noExecute = "NoExecute"
    }
}

/// How one host is reached.
///
/// What is nil comes from `~/.ssh/config`, then from OpenSSH's defaults.
package struct SSHSettings: Sendable, Hashable, Codable {
    package var user: String?
    package var port: Int?
    /// Relative to the spec's folder; `~` is the home folder.
    package var identityFile: String?
    /// `SHA256:...` as ssh-keygen -l prints it; pins the host's key and makes known_hosts unnecessary.
    package var hostKey: String?
    package var knownHostsFile: String?
    /// The bastion, `[user@]host[:port]`; several are passed in order, separated by commas; `none` switches one off.
    package var jump: String?
    /// Empty: root needs none and others use `sudo -n`.
    ///
    /// A password is asked for, or read from the named environment variable or file; it is never written in a spec.
    package var sudoPassword: PasswordSource?
    /// Whether large files of the bundle pass between this host and others; nil: they do.
    package var passFiles: Bool?

    package init(
        user: String? = nil, port: Int? = nil, identityFile: String? = nil, hostKey: String? = nil,
        knownHostsFile: String? = nil, jump: String? = nil, sudoPassword: PasswordSource? = nil,
        passFiles: Bool? = nil
    ) {
        self.user = user
        self.port = port
        self.identityFile = identityFile
        self.hostKey = hostKey
        self.knownHostsFile = knownHostsFile
        self.jump = jump
        self.sudoPassword = sudoPassword
        self.passFiles = passFiles
    }

    package var mayPassFiles: Bool { passFiles ?? true }

    package enum PasswordSource: Sendable, Hashable, Codable {
        case prompt
        case environment(String)
        case file(String)
    }
}
