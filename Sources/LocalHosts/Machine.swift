import Diagnostics
import Glibc

/// One host as it is on this machine: mounts, control groups, processes.
///
/// Every operation may be repeated.
struct Machine: Sendable {
    var record: FleetRecord
    var host: FleetRecord.Host
    var fleet: FleetFolder

    private var folder: HostFolder { fleet.host(host.name) }

    enum State: String, Sendable, Codable {
        case running
        /// Never started, or stopped by `hosts stop`.
        case stopped
        /// Its process has gone without having been told to.
        case dead
    }

    var process: ProcessIdentity? { Files.read(folder.process).flatMap { ProcessIdentity(record: $0) } }

    var state: State {
        if process?.isAlive == true { return .running }
        return Files.exists(folder.wanted) ? .dead : .stopped
    }

    /// Boots the host; returns as soon as its keeper runs.
    func start() async throws {
        if state == .running { return }
        try await clear()
        // As kubeadm would make etcd's, if it were not there already.
        for (name, _) in HostFolder.bound {
            try Files.makeFolder(folder.bound(name), mode: name == "etcd" ? 0o700 : 0o755)
        }
        for path in [folder.upper, folder.work, folder.root] { try Files.makeFolder(path) }
        try mountRoot()
        try await HostFiles(record: record, host: host, fleet: fleet).write()
        let groups = ControlGroups(host: host.machine)
        try groups.create(limits: record.limits)
        try Files.writeAtomically(lines(groups.keeperGroups), to: folder.keeperGroups)
        try Files.writeAtomically(lines(groups.machineGroups), to: folder.machineGroups)
        try Files.writeAtomically("", to: folder.wanted)
        try Task.checkCancellation()
        let arguments = Container.arguments(
            host: host, bridge: record.bridge, folder: folder, exists: { Files.exists($0) })
        _ = try Spawn.start(
            path: "/bin/sh", arguments: ["sh", "-c", Container.keeper, "martlet-keeper", folder.path] + arguments,
            environment: Container.environment, output: .file(folder.console), errors: .file(folder.console),
            session: .detached)
        var pause = Pause()
        let start = ContinuousClock.now
        while process?.isAlive != true {
            guard ContinuousClock.now - start < .seconds(10) else { throw failure("its keeper did not start") }
            try await pause.next()
        }
    }

    /// Asks the host to power off, waits, then ends what is left.
    ///
    /// Its files stay.
    func stop(patience: Duration = .seconds(30)) async throws {
        unlink(folder.wanted)
        if let process, process.isAlive {
            process.send(SIGTERM)
            var pause = Pause()
            let start = ContinuousClock.now
            while process.isAlive, ContinuousClock.now - start < patience { try await pause.next() }
        }
        try await clear()
    }

    /// Ends the host's processes at once and removes its mounts, links and control groups.
    ///
    /// Its files stay.
    func clear() async throws {
        let groups = ControlGroups(host: host.machine)
        let keeper = process
        try await groups.killAll(keeper: keeper?.isAlive == true ? keeper?.pid : nil)
        keeper?.send(SIGKILL)
        unlink(folder.process)
        removeDirectoryLock()
        try MountTable.unmountAll(below: folder.path)
        try await groups.remove()
        try await Bridge(record).removePort(of: host.machine)
        // nspawn makes this folder, and leaves it behind when it is killed.
        rmdir("/run/systemd/nspawn/propagate/\(host.machine)")
    }

    /// nspawn's lock of the root folder is named after its device and inode, and stays behind when nspawn is killed.
    private func removeDirectoryLock() {
        var root = stat()
        guard MountTable.current().contains(mountPoint: folder.root), stat(folder.root, &root) == 0 else { return }
        unlink("/run/systemd/nspawn/locks/inode-\(root.st_dev):\(root.st_ino)")
    }

    private func mountRoot() throws {
        let options =
            "lowerdir=\(fleet.tree),upperdir=\(folder.upper),workdir=\(folder.work)"
        guard mount("overlay", folder.root, "overlay", 0, options) == 0 else {
            var problem = SystemCall.failure("mount", on: folder.root)
            problem.host = host.name
            problem.hint =
                "the state folder must be on a file system that can carry an overlay (ext4, xfs, btrfs; not another overlay); XDG_STATE_HOME names another place"
            throw problem
        }
    }

    /// The last lines that the host wrote to its console, without colours.
    func consoleLines(_ count: Int = 15) -> [String] {
        ConsoleText.plain(Files.read(folder.console) ?? "").suffix(count)
    }

    func failure(_ reason: String) -> Diagnostic {
        Diagnostic(
            code: "hosts.boot-failed", "host \(host.name) of fleet \(record.name) did not come up: \(reason)",
            hint:
                "the whole console is in \(folder.console); `martlet hosts destroy \(record.name)` removes the fleet, creating it again continues",
            host: host.name, evidence: consoleLines())
    }

    private func lines(_ list: [String]) -> String { list.map { $0 + "\n" }.joined() }
}
