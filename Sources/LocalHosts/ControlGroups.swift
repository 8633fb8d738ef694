import Diagnostics
import Glibc

/// The control groups of one host: a group of its own in every hierarchy of this machine, version 1, 2 or both.
///
/// Version 1 (and hybrid): nspawn itself must sit in the host's group of every controller before it starts, so that the
/// host's control group namespace is rooted there. Version 2: a group with processes cannot pass controllers on, so the
/// keeper and the machine sit in two children.
struct ControlGroups {
    struct Hierarchy: Hashable {
        var mountPoint: String
        var isUnified: Bool
        /// Controllers of version 1, or `name=systemd`.
        var controllers: [String]
    }

    /// What a host may use; nil is everything.
    struct Limits: Hashable {
        var memoryBytes: UInt64?
        var cpus: Double?
    }

    var hierarchies: [Hierarchy]
    var name: String

    init(host machine: String, mounts: MountTable = .current()) {
        name = "martlet-\(machine)"
        hierarchies = Self.hierarchies(in: mounts)
    }

    /// Every hierarchy once, by its first mount.
    static func hierarchies(in mounts: MountTable) -> [Hierarchy] {
        let ignored: Set<String> = ["rw", "ro", "xattr", "nsdelegate", "memory_recursiveprot", "clone_children"]
        var found: [Hierarchy] = []
        for entry in mounts.entries {
            let hierarchy: Hierarchy
            switch entry.type {
            case "cgroup":
                let controllers = entry.options.filter { !ignored.contains($0) && !$0.hasPrefix("release_agent=") }
                hierarchy = Hierarchy(mountPoint: entry.mountPoint, isUnified: false, controllers: controllers.sorted())
            case "cgroup2":
                hierarchy = Hierarchy(mountPoint: entry.mountPoint, isUnified: true, controllers: [])
            default:
                continue
            }
            let known = found.contains {
                $0.isUnified == hierarchy.isUnified && $0.controllers == hierarchy.controllers
            }
            if !known { found.append(hierarchy) }
        }
        return found
    }

    /// Groups of the keeper process, one of each hierarchy.
    var keeperGroups: [String] { hierarchies.map { group($0) + ($0.isUnified ? "/keeper" : "") } }

    /// Groups in which nspawn starts, one of each hierarchy.
    var machineGroups: [String] { hierarchies.map { group($0) + ($0.isUnified ? "/machine" : "") } }

    private func group(_ hierarchy: Hierarchy) -> String { "\(hierarchy.mountPoint)/\(name)" }

    /// Makes the groups and sets the limits.
    ///
    /// Groups that exist are kept.
    func create(limits: Limits = Limits()) throws {
        for hierarchy in hierarchies {
            let group = group(hierarchy)
            try Files.makeFolder(group)
            if hierarchy.isUnified {
                passControllersOn(from: hierarchy.mountPoint)
                passControllersOn(from: group)
                try Files.makeFolder(group + "/keeper")
                try Files.makeFolder(group + "/machine")
            } else if hierarchy.controllers.contains("cpuset") {
                for file in ["cpuset.cpus", "cpuset.mems"] {
                    try setControl("\(group)/\(file)", Files.read("\(hierarchy.mountPoint)/\(file)") ?? "")
                }
                try setControl("\(group)/cgroup.clone_children", "1")
            }
            try apply(limits, to: hierarchy, in: group)
        }
    }

    private func apply(_ limits: Limits, to hierarchy: Hierarchy, in group: String) throws {
        if let bytes = limits.memoryBytes {
            if hierarchy.isUnified, Files.exists("\(group)/memory.max") {
                try setControl("\(group)/memory.max", String(bytes))
            } else if hierarchy.controllers.contains("memory") {
                try setControl("\(group)/memory.limit_in_bytes", String(bytes))
            }
        }
        if let cpus = limits.cpus {
            let quota = Int((cpus * 100_000).rounded())
            if hierarchy.isUnified, Files.exists("\(group)/cpu.max") {
                try setControl("\(group)/cpu.max", "\(quota) 100000")
            } else if hierarchy.controllers.contains("cpu") {
                try setControl("\(group)/cpu.cfs_period_us", "100000")
                try setControl("\(group)/cpu.cfs_quota_us", String(quota))
            }
        }
    }

    /// One by one: a controller that is not available must not keep the others away.
    private func passControllersOn(from group: String) {
        let available = (Files.read("\(group)/cgroup.controllers") ?? "").split(whereSeparator: \.isWhitespace)
        for controller in available {
            try? setControl("\(group)/cgroup.subtree_control", "+\(controller)")
        }
    }

    private func setControl(_ file: String, _ value: String) throws {
        try Files.write(value, to: file, flags: 0)
    }

    /// Every process in the host's groups.
    func processes() -> Set<Int32> {
        var found: Set<Int32> = []
        for hierarchy in hierarchies {
            for folder in Self.foldersDeepestFirst(group(hierarchy)) {
                let text = Files.read("\(folder)/cgroup.procs") ?? ""
                found.formUnion(text.split(separator: "\n").compactMap { Int32($0) })
            }
        }
        // 0 stands for a process of another pid namespace, which cannot be addressed from here.
        found.remove(0)
        found.remove(getpid())
        return found
    }

    /// Ends every process in the groups and waits until they are gone.
    ///
    /// - Parameter keeper: gets a second to collect its child and to end by itself.
    func killAll(keeper: Int32?, deadline: Duration = .seconds(20)) async throws {
        let start = ContinuousClock.now
        var pause = Pause(longest: .milliseconds(200))
        while true {
            let left = processes()
            if left.isEmpty { return }
            let spared = ContinuousClock.now - start < .seconds(1) ? keeper : nil
            for process in left where process != spared { kill(process, SIGKILL) }
            guard ContinuousClock.now - start < deadline else {
                throw Diagnostic(
                    code: "hosts.leftovers", "processes in the control group \(name) do not end",
                    evidence: left.sorted().map { "process \($0)" })
            }
            try await pause.next()
        }
    }

    /// Removes the groups with all below them.
    ///
    /// The kernel may take a moment to let go of dead processes.
    func remove(deadline: Duration = .seconds(10)) async throws {
        let start = ContinuousClock.now
        var pause = Pause(longest: .milliseconds(200))
        while true {
            for hierarchy in hierarchies {
                for folder in Self.foldersDeepestFirst(group(hierarchy)) { rmdir(folder) }
            }
            let left = hierarchies.map(group).filter { Files.exists($0) }
            if left.isEmpty { return }
            guard ContinuousClock.now - start < deadline else {
                throw Diagnostic(code: "hosts.leftovers", "control groups cannot be removed", evidence: left)
            }
            try await pause.next()
        }
    }

    private static func foldersDeepestFirst(_ folder: String) -> [String] {
        guard Files.isFolder(folder) else { return [] }
        let below = Files.names(in: folder).map { "\(folder)/\($0)" }.filter(Files.isFolder)
        return below.flatMap(foldersDeepestFirst) + [folder]
    }
}
