import Foundation

/// What is known of a fleet: written before anything is made, so that it can be removed after a crash at any moment.
package struct FleetRecord: Codable, Sendable, Hashable {
    package enum Phase: String, Codable, Sendable {
        /// `create` has not finished; running it again continues.
        case creating
        case ready
    }

    package struct Host: Codable, Sendable, Hashable {
        package var name: String
        /// `control-plane`, `worker`.
        package var roles: [String]
        package var address: String
        /// The name of the container, its control groups and its network device; unique on this machine.
        package var machine: String
    }

    package var formatVersion = 1
    package var name: String
    package var phase: Phase
    /// A /24; the machine itself has its first address.
    package var network: String
    /// The network device that joins the hosts.
    package var bridge: String
    /// The user that the specification and `hosts ssh` name.
    package var user: String
    package var memoryBytes: UInt64?
    package var cpus: Double?
    package var hosts: [Host]

    package init(
        name: String, phase: Phase, network: IPv4Network, user: String, memoryBytes: UInt64?, cpus: Double?,
        hosts: [(name: String, roles: [String])]
    ) {
        let octets = network.octets
        self.name = name
        self.phase = phase
        self.network = network.description
        self.bridge = "martlet-\(octets[1])-\(octets[2])"
        self.user = user
        self.memoryBytes = memoryBytes
        self.cpus = cpus
        self.hosts = hosts.enumerated().map { index, host in
            Host(
                name: host.name, roles: host.roles, address: network.member(11 + index),
                machine: "m\(octets[1])-\(octets[2])-\(11 + index)")
        }
    }

    /// The first address of the network, held by the bridge.
    var gateway: String { (IPv4Network(network) ?? IPv4Network(address: 0, prefix: 24)).member(1) }

    /// An address that no host has: for the cluster's virtual address.
    package var virtualAddress: String { (IPv4Network(network) ?? IPv4Network(address: 0, prefix: 24)).member(100) }

    var limits: ControlGroups.Limits { ControlGroups.Limits(memoryBytes: memoryBytes, cpus: cpus) }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    init(decoding text: String) throws {
        self = try JSONDecoder().decode(FleetRecord.self, from: Data(text.utf8))
    }
}
