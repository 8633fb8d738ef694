import Diagnostics
import Glibc

/// Removes a fleet with everything that belongs to it, whole or half made, running or crashed.
///
/// May be repeated.
package struct FleetDestruction: Sendable {
    let store: FleetStore
    let say: Narrator

    package init(store: FleetStore, say: @escaping Narrator) {
        self.store = store
        self.say = say
    }

    package func run(_ name: String) async throws {
        try HostName.check(name, what: "fleet", limit: 40)
        let folder = store.folder(name)
        guard Files.isFolder(folder.path) else { return }
        try await store.lock(name).during { try await remove(name, folder) }
        say("fleet \(name) is gone")
    }

    private func remove(_ name: String, _ folder: FleetFolder) async throws {
        if let record = try store.record(of: name) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for host in record.hosts {
                    group.addTask { try await Machine(record: record, host: host, fleet: folder).clear() }
                }
                try await group.waitForAll()
            }
            try await Bridge(record).remove()
        }
        try MountTable.unmountAll(below: folder.path)
        // The record goes after what it describes, so that an interrupted removal can be taken up again.
        for entry in Files.names(in: folder.path) where !["fleet.json", "lock"].contains(entry) {
            try await Files.removeTree("\(folder.path)/\(entry)")
        }
        try await Files.removeTree(folder.path)
        rmdir(store.root)
    }
}
