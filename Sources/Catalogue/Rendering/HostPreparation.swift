package import ClusterModel

/// Kernel modules and kernel settings of a host.
package enum HostPreparation {
    package static let modulesPath = "/etc/modules-load.d/martlet-kubernetes.conf"
    package static let sysctlPath = "/etc/sysctl.d/90-martlet-kubernetes.conf"

    /// The overlay file system of images, iptables on bridges, and connection tracking.
    package static let modules = ["overlay", "br_netfilter", "nf_conntrack"]

    package static func modulesFile() -> String { "# Written by martlet.\n" + modules.map { $0 + "\n" }.joined() }

    /// A kernel setting and the value that it shall have.
    package struct Setting: Sendable, Hashable {
        package let key: String
        package let value: String
        /// False: written if the host may write it, otherwise left alone.
        package let isRequired: Bool
    }

    /// The settings by profile.
    ///
    /// A container as a host has what its network namespace owns; the rest belongs to the machine around it.
    ///
    /// The `kernel.*` and `vm.*` values are those that the kubelet demands with `protectKernelDefaults`
    /// (pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables).
    package static func settings(profile: Profile, hostIsContainer: Bool) -> [Setting] {
        var settings = required([
            ("net.ipv4.ip_forward", "1"), ("net.bridge.bridge-nf-call-iptables", "1"),
            ("net.bridge.bridge-nf-call-ip6tables", "1"),
        ])
        let inotify = [("fs.inotify.max_user_instances", "8192"), ("fs.inotify.max_user_watches", "524288")]
        guard !hostIsContainer else { return settings + optional(inotify) }
        settings += required(inotify)
        if profile == .production {
            settings += required([
                ("vm.overcommit_memory", "1"), ("vm.panic_on_oom", "0"), ("kernel.panic", "10"),
                ("kernel.panic_on_oops", "1"), ("kernel.keys.root_maxkeys", "1000000"),
                ("kernel.keys.root_maxbytes", "25000000"),
            ])
        }
        return settings
    }

    /// Lines for systemd-sysctl and `sysctl --system`; both pass over the failure of a line that begins with `-`.
    package static func sysctlFile(profile: Profile, hostIsContainer: Bool) -> String {
        let lines = settings(profile: profile, hostIsContainer: hostIsContainer).map {
            ($0.isRequired ? "" : "-") + "\($0.key) = \($0.value)\n"
        }
        return "# Written by martlet.\n" + lines.joined()
    }

    private static func required(_ pairs: [(String, String)]) -> [Setting] {
        pairs.map { Setting(key: $0.0, value: $0.1, isRequired: true) }
    }

    private static func optional(_ pairs: [(String, String)]) -> [Setting] {
        pairs.map { Setting(key: $0.0, value: $0.1, isRequired: false) }
    }
}
