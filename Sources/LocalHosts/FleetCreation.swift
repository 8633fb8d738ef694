import Diagnostics

/// Makes a fleet, or continues one whose creation was interrupted: every step looks first at what is there.
package struct FleetCreation: Sendable {
    let store: FleetStore
    let request: FleetRequest
    let say: Narrator

    package init(store: FleetStore, request: FleetRequest, say: @escaping Narrator) {
        self.store = store
        self.request = request
        self.say = say
    }

    /// Returns the record of the running fleet.
    ///
    /// On cancellation nothing is undone; what exists is on record.
    package func run() async throws -> FleetRecord {
        try HostName.check(request.name, what: "fleet", limit: 40)
        try Prerequisites.check()
        try store.checkPath()
        let folder = store.folder(request.name)
        try Files.makeFolder(folder.path, mode: 0o700)
        return try await store.lock(request.name).during { try await create(in: folder) }
    }

    private func create(in folder: FleetFolder) async throws -> FleetRecord {
        var record = try await allocate()
        await Self.loadModules()
        try await BaseTree(cache: store.cache, say: say).provide(at: folder.tree)
        try await FleetKeys(folder: folder, record: record).provide()
        try await Bridge(record).create()
        say("booting \(record.hosts.count) hosts")
        try await Self.boot(record, hosts: record.hosts, folder: folder, deadline: request.deadline, say: say)
        record.phase = .ready
        try store.save(record)
        return record
    }

    /// Finds the fleet's record, or chooses a network and writes one before anything is made.
    private func allocate() async throws -> FleetRecord {
        if let existing = try store.record(of: request.name) {
            let same =
                existing.hosts.map(\.name) == request.hosts.map(\.name)
                && existing.hosts.map(\.roles) == request.hosts.map(\.roles)
            guard same, existing.phase == .creating else {
                throw Diagnostic(
                    code: "hosts.fleet-exists", "the fleet \(request.name) exists already",
                    detail: "hosts: \(existing.hosts.map(\.name).joined(separator: ", "))",
                    hint:
                        "`martlet hosts list` shows it, `martlet hosts destroy \(request.name)` removes it, --name makes another"
                )
            }
            say("continuing the fleet \(request.name)")
            return existing
        }
        // One lock for the whole machine, so that two users cannot take the same network.
        let lock = try await FileLock.acquire(
            "/run/martlet-hosts.lock", patience: .seconds(60), subject: "the choice of networks")
        defer { withExtendedLifetime(lock) {} }
        let taken =
            try await NetworkChoice.routes() + NetworkChoice.reserved
            + store.records().compactMap { IPv4Network($0.network) }
        let network =
            if let wanted = request.network {
                try NetworkChoice.check(wanted, taken: taken)
            } else {
                try NetworkChoice.choose(taken: taken)
            }
        let record = FleetRecord(
            name: request.name, phase: .creating, network: network, user: request.user,
            memoryBytes: request.memoryBytes, cpus: request.cpus, hosts: request.hosts)
        try store.save(record)
        try await Bridge(record).create()
        return record
    }

    /// Containers cannot load modules; what a node needs is loaded here where it is not built in.
    private static func loadModules() async {
        _ = try? await LocalProgram.attempt(
            "modprobe", ["-a", "-q", "overlay", "br_netfilter", "nf_conntrack", "ip_vs", "vxlan"])
    }

    /// Boots hosts side by side and waits until all answer.
    ///
    /// All failures are reported, not the first alone.
    static func boot(
        _ record: FleetRecord, hosts: [FleetRecord.Host], folder: FleetFolder, deadline: Duration,
        say: @escaping Narrator
    ) async throws {
        var failures: [Diagnostic] = []
        var other: (any Error)?
        await withTaskGroup(of: Result<Void, any Error>.self) { group in
            for host in hosts {
                group.addTask {
                    do {
                        let machine = Machine(record: record, host: host, fleet: folder)
                        let start = ContinuousClock.now
                        let wasRunning = machine.state == .running
                        try await machine.start()
                        let failed = try await Readiness(machine: machine, deadline: deadline).wait()
                        let seconds = (ContinuousClock.now - start) / .seconds(1)
                        let tenths = Int((seconds * 10).rounded())
                        let time = wasRunning ? "runs" : "is up after \(tenths / 10).\(tenths % 10) s"
                        say("\(host.name) \(host.address) \(time)")
                        if !failed.isEmpty { say("\(host.name): failed units: \(failed.joined(separator: ", "))") }
                        return .success(())
                    } catch {
                        return .failure(error)
                    }
                }
            }
            for await result in group {
                guard case .failure(let error) = result else { continue }
                if let problem = error as? Diagnostic { failures.append(problem) } else { other = error }
            }
        }
        if let other { throw other }
        if !failures.isEmpty { throw Diagnostics(failures.sorted { ($0.host ?? "") < ($1.host ?? "") }) }
    }
}
