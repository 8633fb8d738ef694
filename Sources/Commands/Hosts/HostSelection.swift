import ArgumentParser
import Diagnostics
import LocalHosts

/// The hosts that `stop` and `start` work on.
struct HostSelection: ParsableArguments {
    @Argument(help: "FLEET, HOST or FLEET/HOST, any number.")
    var names: [String] = []

    @Flag(help: "All hosts of all fleets.")
    var all = false

    func validate() throws {
        guard all != !names.isEmpty else { throw ValidationError("name fleets or hosts, or say --all") }
    }

    /// One target for each fleet, in the order of their names.
    func targets(in records: [FleetRecord]) throws -> [FleetTarget] {
        if all { return records.map { FleetTarget(fleet: $0.name) } }
        var merged: [String: FleetTarget] = [:]
        for target in try names.map({ try FleetTarget.resolve($0, in: records) }) {
            if let hosts = target.hosts, let known = merged[target.fleet] {
                merged[target.fleet]?.hosts = known.hosts.map { $0.union(hosts) }
            } else {
                merged[target.fleet] = target
            }
        }
        return merged.values.sorted { $0.fleet < $1.fleet }
    }
}
