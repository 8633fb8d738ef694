import ConfigTree
import Diagnostics

/// What no single field can know: everything that is wrong between fields.
///
/// Pure; reports all at once.
///
/// Fields that could not be read are empty and are left out of these checks.
struct SpecValidation {
    let spec: ClusterSpec
    let partial: PartialSpec
    let source: SourceMap
    let decoder: ConfigDecoder

    /// Minor versions of Kubernetes 1 whose configuration martlet knows.
    static let supportedMinors = 20...36

    func run() {
        guard spec.kubernetes.driver == .kubeadm else {
            checkNetworks()
            guard let minikube = spec.kubernetes.minikube else { return }
            MinikubeValidation(spec: spec, minikube: minikube, partial: partial, source: source, decoder: decoder).run()
            return
        }
        checkVersion()
        checkEndpoint()
        checkNetworks()
        checkSources()
        checkComponents()
        checkHosts()
        checkPools()
        checkQuorum()
    }

    /// The node of a path, or of what encloses it.
    func node(_ path: String) -> ConfigNode { source.node(at: path) ?? source.document.root }

    private func location(of field: String, in node: ConfigNode) -> ConfigNode { node[field] ?? node }

    // MARK: Version and sources

    private func checkVersion() {
        guard let version = partial.kubernetes?.version else { return }
        let range = SpecValidation.supportedMinors
        guard version.major != 1 || !range.contains(version.minor) else { return }
        let isOlder = version.major < 1 || version.major == 1 && version.minor < range.lowerBound
        decoder.report(
            "version", at: node("kubernetes.version"),
            "Kubernetes \(version) is \(isOlder ? "older" : "newer") than what martlet can install",
            detail: "supported are v1.\(range.lowerBound) to v1.\(range.upperBound)",
            hint: isOlder ? "choose v1.\(range.lowerBound).2 or newer" : "choose v1.\(range.upperBound).0 or older")
    }

    private func checkSources() {
        guard let kubernetes = partial.kubernetes else { return }
        guard spec.packages.source == .bundle, case .upstream = kubernetes.source else { return }
        decoder.report(
            "packages-need-bundle", at: node("packages.source"),
            "`packages.source: bundle` needs a bundle, and `kubernetes.source` names none",
            hint: "set `kubernetes.source.bundle`, or take packages from the `distribution`")
    }

    // MARK: Endpoint

    private func checkEndpoint() {
        let controlPlanes = partial.hosts.count { $0.spec.isControlPlane }
        guard let endpoint = partial.endpoint else {
            if !partial.hasEndpoint, controlPlanes > 1 {
                decoder.report(
                    "missing-key", at: source.document.root,
                    "`endpoint` is missing, and there are \(controlPlanes) control planes",
                    detail: "with several control planes the API needs an address that outlives each of them",
                    hint: "add `endpoint:` with type keepalived or external")
            }
            return
        }
        guard let kind = endpoint.kind else { return }
        if kind != .host, !endpoint.hasAddress {
            decoder.report(
                "missing-key", at: node("endpoint.type"),
                "`endpoint.address` is missing, and \(kind.rawValue) needs it",
                hint: kind == .keepalived
                    ? "add a free address of the hosts' network" : "add the load balancer's address or name")
        }
        if kind != .keepalived {
            for extra in endpoint.keepalivedOnly {
                decoder.report(
                    "conflict", at: extra.key ?? extra, "`\(extra.path)` means nothing for \(kind.rawValue)",
                    detail: "it belongs to the type keepalived", hint: "remove it")
            }
        }
        switch kind {
        case .keepalived: checkKeepalived(endpoint)
        case .external: break
        case .host: checkHostEndpoint(endpoint, controlPlanes)
        }
        checkEndpointAddress(endpoint)
    }

    private func checkKeepalived(_ endpoint: PartialEndpoint) {
        if endpoint.port == 6443 {
            decoder.report(
                "endpoint-port", at: node("endpoint.port"), "`endpoint.port` must differ from 6443 with keepalived",
                detail: "haproxy listens there on the same hosts whose API servers already use 6443",
                hint: "leave the port out; it is 8443 then")
        }
        if let port = endpoint.port { checkTaken(port) }
        guard let address = endpoint.address, !address.isEmpty else { return }
        guard IPv4Address(address) != nil else {
            decoder.report(
                "endpoint-address", at: node("endpoint.address"),
                "`endpoint.address` must be an IPv4 address with keepalived, and `\(address)` is a name",
                hint: "write the virtual address itself")
            return
        }
        for host in partial.hosts where host.spec.address == address || host.spec.internalAddress == address {
            decoder.report(
                "endpoint-address", at: node("endpoint.address"),
                "`endpoint.address` is the address of host `\(host.spec.name)`, and keepalived needs a free one",
                detail: "the address moves between control planes, so that no host may own it",
                hint: "choose an unused address of the hosts' network", host: host.spec.name)
            return
        }
    }

    /// What listens on a control plane beside haproxy (Kubernetes' documentation, "Ports and Protocols"; for 10248 and 10249
    /// the defaults of KubeletConfiguration and KubeProxyConfiguration, for 2381 kubeadm's manifest of etcd).
    private static let takenPorts: [Int: String] = [
        2379: "etcd", 2380: "etcd", 2381: "etcd", 10248: "the kubelet", 10249: "kube-proxy", 10250: "the kubelet",
        10256: "kube-proxy", 10257: "the controller manager", 10259: "the scheduler",
    ]

    private func checkTaken(_ port: Int) {
        let sshPort = partial.hosts.first {
            $0.spec.isControlPlane && ($0.spec.ssh.port ?? partial.ssh?.port ?? 22) == port
        }
        if let user = SpecValidation.takenPorts[port] ?? sshPort.map({ "sshd of `\($0.spec.name)`" }) {
            decoder.report(
                "endpoint-port", at: node("endpoint.port"), "`endpoint.port` is \(port), where \(user) listens",
                detail: "haproxy listens at the port on the same hosts", hint: "leave the port out; it is 8443 then")
        } else if nodePorts.contains(port) {
            decoder.report(
                "endpoint-port", at: node("endpoint.port"),
                "`endpoint.port` (\(port)) lies within the node ports, \(nodePorts.lowerBound) to \(nodePorts.upperBound)",
                detail: "a service that is given the port would take the API's packets",
                hint: "leave the port out; it is 8443 then")
        }
    }

    /// What the API server gives to services of type NodePort (`--service-node-port-range`).
    private var nodePorts: ClosedRange<Int> {
        let usual = 30000...32767
        guard let text = spec.components.apiServer["service-node-port-range"] else { return usual }
        let bounds = text.split(separator: "-").compactMap { Int($0) }
        return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : usual
    }

    private func checkHostEndpoint(_ endpoint: PartialEndpoint, _ controlPlanes: Int) {
        if controlPlanes > 1 {
            decoder.report(
                "endpoint-type", at: node("endpoint.type"),
                "the endpoint `host` is for a single control plane, and there are \(controlPlanes)",
                detail: "the API would be gone with the first one, although the others live",
                hint: "use keepalived, or a load balancer as external")
        }
        if let port = endpoint.port, port != 6443 {
            decoder.report(
                "endpoint-port", at: node("endpoint.port"), "`endpoint.port` must be 6443 with type host",
                detail: "the API server itself answers, and it listens at 6443", hint: "remove the port")
        }
        guard let address = endpoint.address, IPv4Address(address) != nil, controlPlanes == 1 else { return }
        guard let host = partial.hosts.first(where: { $0.spec.isControlPlane })?.spec else { return }
        if !host.address.isEmpty, address != host.address, address != host.internalAddress {
            decoder.report(
                "endpoint-address", at: node("endpoint.address"),
                "`endpoint.address` is not an address of the control plane `\(host.name)`",
                hint: "remove the address, or write \(host.internalAddress)", host: host.name)
        }
    }

    private func checkEndpointAddress(_ endpoint: PartialEndpoint) {
        guard let text = endpoint.address, let address = IPv4Address(text) else { return }
        warnAboutPlaceholder(address, at: node("endpoint.address"))
        for (field, network) in clusterNetworks where network.contains(address) {
            decoder.report(
                "address-in-network", at: node("endpoint.address"),
                "`endpoint.address` lies within `\(field)` (\(network))",
                detail: "packets to it would stay inside the cluster", hint: "choose another network or address")
        }
    }

    // MARK: Networks

    private var clusterNetworks: [(field: String, network: IPv4Network)] {
        [("network.pods", spec.network.pods), ("network.services", spec.network.services)].compactMap { field, text in
            IPv4Network(text).map { (field, $0) }
        }
    }

    private func checkNetworks() {
        let place = partial.network == nil ? source.document.root : node("network")
        let pods = IPv4Network(spec.network.pods)
        let services = IPv4Network(spec.network.services)
        if let pods, let services, pods.overlaps(services) {
            decoder.report(
                "networks-overlap", at: place["services"] ?? place["pods"] ?? place,
                "`network.pods` (\(pods)) and `network.services` (\(services)) overlap",
                detail: "an address would belong to a pod and to a service",
                hint: "choose networks that share no address")
        }
        for (field, network) in clusterNetworks {
            guard let (special, meaning) = SpecValidation.special.first(where: { $0.network.overlaps(network) }) else {
                continue
            }
            decoder.report(
                "network-range", at: node(field), "`\(field)` (\(network)) overlaps \(special), and \(meaning)",
                detail: "no packet would reach such an address",
                hint: "use a private network, for example in 10.0.0.0/8")
        }
        if let services, services.prefix < 12 || services.prefix > 28 {
            decoder.report(
                "network-size", at: node("network.services"),
                "`network.services` must be from /12 to /28, and it is /\(services.prefix)",
                detail:
                    "the API server keeps a bit for each address and refuses more than 20 bits; the DNS service takes "
                    + "the tenth address")
        }
        guard let pods, !partial.hosts.isEmpty else { return }
        checkPodNetwork(pods, at: place["pods"] ?? place)
    }

    /// Addresses that are not carried from host to host (RFC 6890).
    private static let special: [(network: IPv4Network, meaning: String)] = [
        ("0.0.0.0/8", "these addresses are no destination"), ("127.0.0.0/8", "that is each host itself"),
        ("169.254.0.0/16", "link-local addresses are not forwarded"),
        ("224.0.0.0/3", "these are multicast and reserved addresses"),
    ].compactMap { text, meaning in IPv4Network(text).map { ($0, meaning) } }

    /// The controller manager gives each node a /24, unless told otherwise.
    private func checkPodNetwork(_ pods: IPv4Network, at place: ConfigNode) {
        // kubeadm and the controller manager keep a bit for each subnet, and stop at 16 (podSubnetNodeMaskMaxDiff).
        if pods.prefix < 8, spec.network.plugin != .routed {
            decoder.report(
                "network-size", at: place, "`network.pods` must be /8 or smaller, and it is /\(pods.prefix)",
                detail: "the controller manager counts no more than 65536 subnets of /24")
        }
        let parts = pods.count(ofPrefix: 24)
        let needed = partial.hosts.count
        guard parts < needed, spec.network.plugin != .none else { return }
        let bits = (needed - 1).leadingZeroBitCount
        let prefix = max(1, 24 - (Int.bitWidth - bits))
        let isRouted = spec.network.plugin == .routed
        decoder.report(
            "network-size", at: place,
            "`network.pods` (\(pods)) has room for \(parts == 1 ? "one host" : "\(parts) hosts"), and there are \(needed)",
            detail: "each host takes a /24 of it", hint: "use a /\(prefix) or larger",
            severity: isRouted ? .error : .warning)
    }

    // MARK: Hosts

    private func checkHosts() {
        let networks = clusterNetworks
        var names: [String: Int] = [:]
        var addresses: [String: Int] = [:]
        names.reserveCapacity(partial.hosts.count)
        addresses.reserveCapacity(partial.hosts.count)
        for (index, host) in partial.hosts.enumerated() {
            let spec = host.spec
            if !spec.name.isEmpty {
                if let first = names[spec.name] {
                    duplicate("name", of: host, first: first, value: spec.name)
                } else {
                    names[spec.name] = index
                }
            }
            checkUnique("address", spec.address, host, index, &addresses)
            if spec.internalAddress != spec.address {
                checkUnique("internalAddress", spec.internalAddress, host, index, &addresses)
            }
            checkAddresses(host, networks)
            if !spec.labels.isEmpty { checkLabels(host) }
            if !spec.taints.isEmpty { checkTaints(host) }
        }
    }

    private func checkUnique(
        _ field: String, _ address: String, _ host: PartialHost, _ index: Int, _ seen: inout [String: Int]
    ) {
        guard !address.isEmpty else { return }
        // A NAT gateway may forward several ports of one address: then the internal addresses tell hosts apart.
        let port = host.spec.ssh.port ?? 22
        let isForwarded = field == "address" && host.spec.internalAddress != address
        let key = isForwarded ? "\(address):\(port)" : address
        if let first = seen[key], first != index {
            duplicate(field, of: host, first: first, value: address)
        } else {
            seen[key] = index
        }
    }

    private func duplicate(_ field: String, of host: PartialHost, first: Int, value: String) {
        let other = partial.hosts[first]
        let line = location(of: field, in: other.node).location.line
        decoder.report(
            "duplicate-host", at: location(of: field, in: host.node),
            "`\(host.node.path).\(field)` is `\(value)`, which host `\(other.spec.name)` in line \(line) has already",
            hint: field == "name" ? "give each host a name of its own" : "give each host an address of its own",
            host: host.spec.name)
    }

    private func checkAddresses(_ host: PartialHost, _ networks: [(field: String, network: IPv4Network)]) {
        let inner = host.spec.internalAddress
        let hasInner = host.node["internalAddress"] != nil
        guard !inner.isEmpty else { return }
        guard let address = IPv4Address(inner) else {
            guard !hasInner else { return }
            decoder.report(
                "internal-address", at: location(of: "address", in: host.node),
                "`\(host.node.path).internalAddress` is missing, and the address `\(inner)` is not an IPv4 address",
                detail: "nodes know each other by IPv4 address; a name serves SSH only",
                hint: "add `internalAddress:` with the host's IPv4 address", host: host.spec.name)
            return
        }
        let place = location(of: hasInner ? "internalAddress" : "address", in: host.node)
        for (field, network) in networks where network.contains(address) {
            decoder.report(
                "address-in-network", at: place, "`\(place.path)` (\(address)) lies within `\(field)` (\(network))",
                detail: "packets to the host would be taken for the cluster's own",
                hint: "choose another network for `\(field)`", host: host.spec.name)
        }
        warnAboutPlaceholder(address, at: place, host: host.spec.name)
        let first = address.value >> 24
        if first == 127 || first == 0 || first >= 224 {
            decoder.report(
                "internal-address", at: place, "`\(place.path)` (\(address)) cannot be reached from other hosts",
                detail: first == 127 ? "127.0.0.0/8 is each host itself" : "the address belongs to no single host",
                hint: "write the host's address on the network", host: host.spec.name)
        }
    }

    /// Networks for documentation (RFC 5737): what the starter spec holds until it is filled in.
    private static let documentation = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"].compactMap {
        IPv4Network($0)
    }

    private func warnAboutPlaceholder(_ address: IPv4Address, at place: ConfigNode, host: String? = nil) {
        guard SpecValidation.documentation.contains(where: { $0.contains(address) }) else { return }
        decoder.report(
            "placeholder-address", at: place, "`\(place.path)` (\(address)) is an address for documentation",
            detail: "no machine has it", hint: "fill in the real address", host: host, severity: .warning)
    }

    private func checkLabels(_ host: PartialHost) {
        guard let labels = host.node["labels"] else { return }
        for (key, _) in labels.entries {
            guard let reason = NodeLabels.refusal(of: key.text) else { continue }
            decoder.report(
                "reserved-label", at: key,
                "the label `\(ConfigDecoder.shortened(key.text))` is set by Kubernetes itself",
                detail: reason, hint: "remove it", host: host.spec.name)
        }
    }

    private func checkTaints(_ host: PartialHost) {
        guard let taints = host.node["taints"], taints.count == host.spec.taints.count else { return }
        var seen: [String: Int] = [:]
        for (taint, node) in zip(host.spec.taints, taints.items) {
            let key = "\(taint.key):\(taint.effect.rawValue)"
            if seen[key] != nil {
                decoder.report(
                    "duplicate-taint", at: node["key"] ?? node,
                    "the taint `\(key)` stands twice at host `\(host.spec.name)`",
                    detail: "Kubernetes keeps one taint for a key and an effect", hint: "remove one of the two",
                    host: host.spec.name)
            }
            seen[key] = 1
            let isReserved =
                taint.key.hasPrefix("node-role.kubernetes.io/") || taint.key.hasPrefix("node.kubernetes.io/")
            if isReserved, taint.key.hasPrefix("node.kubernetes.io/") || host.spec.isControlPlane {
                decoder.report(
                    "reserved-taint", at: node["key"] ?? node, "the taint `\(taint.key)` is set by Kubernetes itself",
                    detail: taint.key.hasPrefix("node.")
                        ? "the node controller sets and removes it with the node's condition"
                        : "kubeadm sets it on control planes; the role worker beside control-plane takes it away",
                    hint: "remove it", host: host.spec.name)
            }
        }
    }

    // MARK: Quorum

    private func checkQuorum() {
        guard !partial.hasFaultyHosts else { return }
        let count = partial.hosts.count { $0.spec.isControlPlane }
        guard count > 0 else {
            if !partial.hosts.isEmpty {
                decoder.report(
                    "no-control-plane", at: node("hosts").key ?? node("hosts"), "no host is a control plane",
                    hint: "give one host, or three, `roles: [control-plane]`")
            }
            return
        }
        if count.isMultiple(of: 2) {
            let tolerance = count - (count / 2 + 1)
            decoder.report(
                "even-control-planes", at: node("hosts").key ?? node("hosts"),
                "\(count) control planes survive no more failures than \(count - 1)",
                detail:
                    "etcd needs a majority: of \(count) members \(count / 2 + 1) must live, so \(tolerance) may fail; "
                    + "of \(count - 1) members \(count / 2) must live, and \(tolerance) may fail too",
                hint: "use \(count - 1) or \(count + 1)", severity: .warning)
        }
        if count > 7 {
            decoder.report(
                "many-control-planes", at: node("hosts").key ?? node("hosts"),
                "\(count) control planes make etcd slow: every write waits for \(count / 2 + 1) of them",
                hint: "use 3 or 5", severity: .warning)
        }
        if spec.profile == .production, count == 1 {
            decoder.report(
                "single-control-plane", at: node("hosts").key ?? node("hosts"),
                "one control plane is a single point of failure",
                detail: "when it is lost, so are the API and etcd's data", hint: "use 3, or `profile: lab`",
                severity: .warning)
        }
    }
}
