/// Where a fleet keeps its things.
struct FleetFolder: Sendable {
    var path: String

    var record: String { path + "/fleet.json" }
    var lock: String { path + "/lock" }
    var identity: String { path + "/id_ed25519" }
    var knownHosts: String { path + "/known_hosts" }
    var sshConfiguration: String { path + "/ssh_config" }
    /// The fleet's own copy (hard links) of the base tree, so that the cache may be emptied at any time.
    var tree: String { path + "/tree" }
    var hosts: String { path + "/hosts" }

    func host(_ name: String) -> HostFolder { HostFolder(path: "\(hosts)/\(name)") }
}

/// Where one host keeps its things.
struct HostFolder: Sendable {
    var path: String

    /// The overlay, mounted while the host runs.
    var root: String { path + "/root" }
    var upper: String { path + "/upper" }
    var work: String { path + "/work" }
    var console: String { path + "/console.log" }
    /// Written by the keeper: its stat line and the machine's boot.
    var process: String { path + "/process" }
    var keeperGroups: String { path + "/groups.keeper" }
    var machineGroups: String { path + "/groups.machine" }
    /// Exists once the host's files are complete.
    var prepared: String { path + "/prepared" }
    /// Exists while a boot is wanted: tells a host that ended by itself from one that was stopped.
    var wanted: String { path + "/wanted" }
    var hostKeys: String { path + "/keys" }

    /// Folders that an overlay cannot carry (another overlay, databases): plain ones, by their place in the host.
    static let bound: [(name: String, target: String)] = [
        ("containerd", "/var/lib/containerd"), ("kubelet", "/var/lib/kubelet"), ("etcd", "/var/lib/etcd"),
        ("log", "/var/log"),
    ]

    func bound(_ name: String) -> String { "\(path)/bound/\(name)" }
}
