import Diagnostics

/// What `hosts list` shows; its JSON form is versioned.
package struct FleetStatus: Encodable, Sendable {
    package struct Fleet: Encodable, Sendable {
        package var name: String
        /// `ready`; `creating` if `create` has not finished; `incomplete` if it did not even get to its record.
        package var phase: String
        package var network: String?
        package var hosts: [Host]
    }

    package struct Host: Encodable, Sendable {
        package var name: String
        package var roles: [String]
        package var address: String
        /// `running`, `stopped` or `dead`.
        package var state: String
        /// The process that keeps the container, while it runs.
        package var pid: Int32?
        package var uptimeSeconds: Int?
    }

    package var formatVersion = 1
    package var fleets: [Fleet]
    /// Remarks on this machine that explain how hosts on it behave.
    package var notes: [String]

    package init(store: FleetStore) throws {
        fleets = try store.names().map { name in
            guard let record = try store.record(of: name) else {
                return Fleet(name: name, phase: "incomplete", network: nil, hosts: [])
            }
            let folder = store.folder(name)
            let hosts = record.hosts.map { host in
                let machine = Machine(record: record, host: host, fleet: folder)
                let process = machine.state == .running ? machine.process : nil
                return Host(
                    name: host.name, roles: host.roles, address: host.address, state: machine.state.rawValue,
                    pid: process?.pid, uptimeSeconds: process?.uptime)
            }
            return Fleet(name: name, phase: record.phase.rawValue, network: record.network, hosts: hosts)
        }
        notes = []
        if !Prerequisites.hasSystemResourceCapability {
            notes.append(
                "CAP_SYS_RESOURCE is missing on this machine: hosts cannot lower oom_score_adj or raise hard limits; containerd needs restrict_oom_score_adj"
            )
        }
    }
}
