/// The command line of systemd-nspawn for one host, and the keeper that runs it.
enum Container {
    /// Read by nspawn itself: /sys and /proc/sys are writable, and the host has a control group namespace.
    static let environment = ["SYSTEMD_NSPAWN_API_VFS_WRITABLE": "1", "SYSTEMD_NSPAWN_USE_CGNS": "1"]

    /// Devices and folders of this machine that a host sees where they exist; `true` is read-only.
    static let shared: [(path: String, readOnly: Bool)] = [
        ("/dev/kmsg", false), ("/dev/fuse", false), ("/lib/modules", true),
    ]

    /// System calls that nspawn refuses by default and that a Kubernetes node makes.
    static let systemCalls = "@keyring @module @raw-io @privileged @clock @swap @pkey bpf perf_event_open"

    static func arguments(
        host: FleetRecord.Host, bridge: String, folder: HostFolder, exists: (String) -> Bool
    ) -> [String] {
        var arguments = [
            "--quiet", "--boot", "--directory=\(folder.root)", "--machine=\(host.machine)", "--hostname=\(host.name)",
            "--register=no", "--keep-unit", "--settings=no", "--capability=all", "--private-network",
            "--network-bridge=\(bridge)", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
            "--console=read-only", "--system-call-filter=\(systemCalls)",
        ]
        arguments += HostFolder.bound.map { "--bind=\(folder.bound($0.name)):\($0.target)" }
        arguments += shared.filter { exists($0.path) }.map { ($0.readOnly ? "--bind-ro=" : "--bind=") + $0.path }
        return arguments
    }

    /// Runs as `sh -c keeper martlet-keeper FOLDER NSPAWN-ARGUMENTS...`, detached from martlet.
    ///
    /// It records who it is before it does anything else, enters the host's control groups, and starts nspawn again
    /// when the host reboots: with --keep-unit nspawn then ends with status 133. SIGTERM asks the host to power off.
    static let keeper = """
        set -u
        cd /
        folder=$1
        shift
        { cat "/proc/$$/stat" /proc/sys/kernel/random/boot_id; } > "$folder/process.new" || exit 1
        mv "$folder/process.new" "$folder/process" || exit 1
        while read -r group; do echo 0 > "$group/cgroup.procs" || exit 1; done < "$folder/groups.keeper"
        machine() {
            while read -r group; do echo 0 > "$group/cgroup.procs" || exit 1; done < "$folder/groups.machine"
            exec systemd-nspawn "$@"
        }
        trap 'kill -TERM "$child"' TERM
        while :; do
            machine "$@" &
            child=$!
            wait "$child"
            status=$?
            while kill -0 "$child" 2> /dev/null; do
                wait "$child"
                status=$?
            done
            [ "$status" = 133 ] || exit "$status"
            while read -r group; do
                find "$group" -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null
            done < "$folder/groups.machine"
        done
        """
}
