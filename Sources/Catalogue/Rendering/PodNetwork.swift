import ClusterModel

/// The `routed` pod network: a bridge on every host, one subnet for each host, one route for each other host.
///
/// The hosts share a network segment, so that every host is the next hop of its own pods. Reverse-path filtering may be
/// strict: pods' packets come in on the interface that the route back uses.
package enum PodNetwork {
    package static let pluginFolder = "/opt/cni/bin"
    package static let configurationFolder = "/etc/cni/net.d"
    package static let configurationName = "10-martlet.conflist"
    package static let configurationPath = configurationFolder + "/" + configurationName
    /// CNI plug-ins that the network needs; `loopback` is called by the runtime itself.
    package static let plugins = ["bridge", "host-local", "loopback", "portmap"]
    package static let bridge = "cni0"

    /// Shell that does something with each `$name` of a configuration that the runtime would take instead of ours.
    ///
    /// It takes the first by name of those that end so (libcni `ConfFiles`, go-cni `loadFromConfDir`); what another tool left,
    /// `10-flannel.conflist` for example, would silently give this host's pods another network.
    static func earlier(_ action: String) -> String {
        """
        cd \(configurationFolder) 2>/dev/null || exit 0
        for name in *.conf *.conflist *.json; do
          if [ -e "$name" ] && [ "$name" \\< \(configurationName) ]; then \(action); fi
        done
        """
    }

    /// Every host gets a subnet of this size, as the controller manager would give it.
    static let hostPrefix = 24

    /// The CNI configuration of one host.
    ///
    /// Masquerading is not left to the plug-in: it would hide pods from pods of other hosts. Allocations are kept in
    /// memory because no pod outlives a restart of its host.
    ///
    /// - Parameter mtu: nil leaves the bridge's default.
    package static func conflist(podCIDR: String, mtu: Int? = nil) -> String {
        var bridge: OrderedMap = [
            "type": "bridge", "bridge": .string(bridge), "isGateway": true, "isDefaultGateway": true, "ipMasq": false,
            "hairpinMode": true,
        ]
        if let mtu { bridge["mtu"] = .int(mtu) }
        bridge["ipam"] = [
            "type": "host-local", "dataDir": "/run/martlet/ipam", "ranges": [[["subnet": .string(podCIDR)]]],
        ]
        return JSONWriter.text(of: [
            "cniVersion": "0.4.0",
            "name": "martlet",
            "plugins": [.map(bridge), ["type": "portmap", "capabilities": ["portMappings": true]]],
        ])
    }

    /// The subnet at an index of the pods' network; nil if it has no such subnet.
    package static func podCIDR(index: Int, pods: String) -> String? {
        guard let network = IPv4Network(pods), network.prefix <= hostPrefix, index >= 0 else { return nil }
        guard let base = network.address(at: index << (32 - hostPrefix)) else { return nil }
        return "\(base)/\(hostPrefix)"
    }

    /// A subnet for every host.
    ///
    /// A host keeps what it has if that lies in the pods' network and is its alone; the others get the lowest free ones
    /// in the order of the hosts.
    ///
    /// - Parameter existing: host name to subnet; hosts that are not in `hosts` free theirs.
    package static func assign(
        existing: [String: String], hosts: [String], pods: String
    ) throws(PodNetworkError) -> [String: String] {
        guard let network = IPv4Network(pods), network.prefix <= hostPrefix else { throw .unusable(pods: pods) }
        var result: [String: String] = [:]
        var taken: Set<IPv4Network> = []
        for host in hosts {
            guard let kept = existing[host].flatMap({ IPv4Network($0) }), kept.prefix == hostPrefix,
                network.contains(kept), taken.insert(kept).inserted
            else { continue }
            result[host] = kept.description
        }
        var index = 0
        for host in hosts where result[host] == nil {
            while let candidate = podCIDR(index: index, pods: pods) {
                index += 1
                guard let subnet = IPv4Network(candidate), taken.insert(subnet).inserted else { continue }
                result[host] = candidate
                break
            }
            guard result[host] != nil else { throw .exhausted(pods: pods, hosts: hosts.count) }
        }
        return result
    }
}

/// Why hosts cannot be given subnets.
package enum PodNetworkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No IPv4 network, or one without room for a single subnet.
    case unusable(pods: String)
    case exhausted(pods: String, hosts: Int)

    package var description: String {
        switch self {
        case .unusable(let pods): "\(pods) is not an IPv4 network of /24 or wider"
        case .exhausted(let pods, let hosts): "\(pods) has no /24 left for each of \(hosts) hosts"
        }
    }
}
