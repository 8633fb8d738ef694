@testable import LocalHosts

/// Records that several tests use.
enum Samples {
    static func record(_ name: String = "lab", third: Int = 1, hosts: [(String, [String])]? = nil) -> FleetRecord {
        let standard: [(String, [String])] = [
            ("cp-1", ["control-plane"]), ("cp-2", ["control-plane"]), ("cp-3", ["control-plane"]),
            ("worker-1", ["worker"]),
        ]
        return FleetRecord(
            name: name, phase: .ready,
            network: IPv4Network(address: 10 << 24 | 66 << 16 | UInt32(third) << 8, prefix: 24),
            user: "root", memoryBytes: nil, cpus: nil, hosts: (hosts ?? standard).map { (name: $0.0, roles: $0.1) })
    }

    static let store = FleetStore(environment: ["XDG_STATE_HOME": "/state", "XDG_CACHE_HOME": "/cache"])
}
