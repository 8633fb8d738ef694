import ConfigTree

/// The commented spec that `martlet init` writes.
///
/// What is not given is an address for documentation (RFC 5737), which validation names as still to be filled in.
package struct StarterSpec: Sendable {
    package var name: String
    package var version: String
    /// Folder or tar of the bundle; nil means upstream releases.
    package var bundle: String?
    /// nil: to be filled in, when it is needed.
    package var endpoint: String?
    package var controlPlanes: [Login]
    package var workers: [Login]

    /// `[user@]address`.
    package struct Login: Sendable, Hashable {
        package var user: String?
        package var address: String

        /// nil when the user or the address cannot be one.
        package init?(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
            guard parts.count <= 2, let address = parts.last, SpecFormats.address.check(address) == nil else {
                return nil
            }
            if parts.count == 2 {
                guard SpecFormats.user.check(parts[0]) == nil else { return nil }
                user = parts[0]
            }
            self.address = address
        }

        init(address: String) { self.address = address }
    }

    package init(
        name: String = "demo", version: String = "v1.31.4", bundle: String? = nil, endpoint: String? = nil,
        controlPlanes: [Login] = [], workers: [Login] = []
    ) {
        self.name = name
        self.version = version
        self.bundle = bundle
        self.endpoint = endpoint
        self.controlPlanes = controlPlanes.isEmpty ? [Login(address: "192.0.2.11")] : controlPlanes
        let needsWorker = workers.isEmpty && controlPlanes.isEmpty
        self.workers = needsWorker ? [Login(address: "192.0.2.21")] : workers
    }

    package var text: String {
        """
        # A Kubernetes cluster, described for martlet. Check it with `martlet validate`, look at `martlet plan`, and
        # `martlet apply` it. All fields: `martlet schema cluster --format text`.
        apiVersion: \(SpecFields.apiVersionText)
        kind: Cluster
        name: \(StarterSpec.scalar(name))

        # lab: small machines, nothing hardened. production: kubeadm's defaults with the gaps closed.
        profile: \(controlPlanes.count == 1 ? "lab" : "production")

        kubernetes:
          version: \(version)
          source:
        \(source)
        # The address under which the API is reached.
        endpoint:
        \(endpointLines)
        network:
          # Each host takes a /24 of the pods' network. Neither network may hold an address of a host.
          pods: 10.244.0.0/16
          services: 10.96.0.0/12
          # routed: routes between hosts on one network segment. Elsewhere: { preset: flannel, version: v0.26.1 }
          plugin: routed

        \(packages)# How all hosts are reached. What is left out comes from ~/.ssh/config. A host can say otherwise.
        ssh:
          user: \(StarterSpec.scalar(commonUser))
          # identityFile: ~/.ssh/id_ed25519
          # jump: admin@bastion.example
          # sudoPassword: prompt

        # With three control planes one may fail. A host with both roles runs workloads too.
        hosts:
        \(hostLines)
        """
    }

    private var source: String {
        guard let bundle else {
            return "    # Release binaries from the internet; a bundle works without: { bundle: ./kubernetes-bundle }\n"
                + "    upstream: {}\n"
        }
        return "    bundle: \(StarterSpec.scalar(bundle))\n"
    }

    private var packages: String {
        bundle == nil
            ? ""
            : "packages:\n  # bundle: the hosts need no package archive. distribution: their own.\n  source: bundle\n\n"
    }

    private var endpointLines: String {
        if controlPlanes.count == 1, endpoint == nil {
            return
                "  # host: the only control plane itself. With several: keepalived (a free address) or external (a load balancer).\n"
                + "  type: host\n"
        }
        let isFree = endpoint.map { IPv4Address($0) != nil } ?? true
        let address = endpoint ?? "192.0.2.100"
        return isFree
            ? "  # keepalived: a free address of the hosts' network. external: a load balancer that you run.\n"
                + "  type: keepalived\n  address: \(address)\n"
            : "  type: external\n  address: \(address)\n"
    }

    /// The user of most hosts.
    private var commonUser: String {
        var counts: [String: Int] = [:]
        for login in controlPlanes + workers { counts[login.user ?? "root", default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "root"
    }

    private var hostLines: String {
        let common = commonUser
        let groups = [("cp", "control-plane", controlPlanes), ("worker", "worker", workers)]
        return groups.flatMap { prefix, role, logins in
            // Workloads need a place: a lone control plane works, too.
            let roles = workers.isEmpty && role == "control-plane" ? "\(role), worker" : role
            return logins.enumerated().map { index, login in
                var lines = [
                    "  - name: \(prefix)-\(index + 1)", "    address: \(StarterSpec.scalar(login.address))",
                    "    roles: [\(roles)]",
                ]
                if IPv4Address(login.address) == nil {
                    lines.insert("    internalAddress: 192.0.2.\(prefix == "cp" ? 11 + index : 21 + index)", at: 2)
                }
                let user = login.user ?? "root"
                if user != common { lines.append("    ssh: { user: \(StarterSpec.scalar(user)) }") }
                return lines.joined(separator: "\n")
            }
        }.joined(separator: "\n")
    }

    /// Plain where every reader of YAML sees the same text, in double quotes elsewhere.
    static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            SpecFormats.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x2F || $0 == 0x5F
        }
        let first = text.utf8.first.map { SpecFormats.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2F } ?? false
        return isPlain && first && ScalarMeaning(of: Array(text.utf8)[...]) == .text ? text : JSONText.quoted(text)
    }
}
