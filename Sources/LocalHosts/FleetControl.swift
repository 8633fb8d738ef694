import Diagnostics
import Glibc

/// Stops and starts hosts of a fleet that exists.
package struct FleetControl: Sendable {
    let store: FleetStore
    let say: Narrator

    package init(store: FleetStore, say: @escaping Narrator) {
        self.store = store
        self.say = say
    }

    /// Powers hosts off, side by side.
    ///
    /// Their files stay.
    package func stop(_ target: FleetTarget) async throws {
        let (record, folder) = try find(target)
        try await store.lock(record.name).during {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for host in record.hosts where target.covers(host.name) {
                    group.addTask {
                        try await Machine(record: record, host: host, fleet: folder).stop()
                        say("\(host.name) is stopped")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Boots hosts that do not run, and waits for them.
    package func start(_ target: FleetTarget, deadline: Duration) async throws {
        try Prerequisites.check()
        let (record, folder) = try find(target)
        guard record.phase == .ready else {
            throw Diagnostic(
                code: "hosts.fleet-incomplete", "the creation of fleet \(record.name) has not finished",
                hint: "run the same `martlet hosts create` again, or `martlet hosts destroy \(record.name)`")
        }
        let hosts = record.hosts.filter { target.covers($0.name) }
        try await store.lock(record.name).during {
            try await Bridge(record).create()
            try await FleetCreation.boot(record, hosts: hosts, folder: folder, deadline: deadline, say: say)
        }
    }

    private func find(_ target: FleetTarget) throws -> (FleetRecord, FleetFolder) {
        guard let record = try store.record(of: target.fleet) else {
            throw FleetTarget.unknown(target.fleet, among: store.names())
        }
        return (record, store.folder(target.fleet))
    }
}
