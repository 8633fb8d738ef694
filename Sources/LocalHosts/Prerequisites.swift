import Diagnostics
import Glibc

/// What this machine needs before it can carry hosts.
package enum Prerequisites {
    /// Program to Debian package.
    static let packages: [String: String] = [
        "systemd-nspawn": "systemd-container",
        "debootstrap": "debootstrap",
        "ssh": "openssh-client",
        "ssh-keygen": "openssh-client",
        "ip": "iproute2",
        "iptables": "iptables",
        "unshare": "util-linux",
        "setpriv": "util-linux",
    ]

    /// Throws unless this process may make hosts: it must be root.
    package static func requireRoot(for command: String) throws {
        guard geteuid() == 0 else {
            throw Diagnostic(
                code: "hosts.root-needed", "`martlet hosts \(command)` has to run as root",
                detail: "local hosts are containers with mounts, network devices and control groups of their own",
                hint: "run it again with sudo", exitCode: .lacking)
        }
    }

    /// Throws one diagnostic that names every missing program with the line that installs them.
    package static func check() throws {
        let absent = packages.keys.filter { LocalProgram.find($0) == nil }.sorted()
        if !absent.isEmpty { throw missing(absent) }
    }

    /// Installs what is missing, with the machine's own package manager.
    package static func install(say: Narrator) async throws {
        let absent = packages.keys.filter { LocalProgram.find($0) == nil }
        guard !absent.isEmpty else { return }
        let wanted = Set(absent.compactMap { packages[$0] }).sorted()
        say("installing \(wanted.joined(separator: ", "))")
        try await LocalProgram.run("apt-get", ["update"])
        try await LocalProgram.run(
            "apt-get", ["install", "--yes", "--no-install-recommends"] + wanted,
            environment: ["DEBIAN_FRONTEND": "noninteractive"])
    }

    static func missing(_ programs: [String]) -> Diagnostic {
        let wanted = Set(programs.compactMap { packages[$0] }).sorted()
        return Diagnostic(
            code: "hosts.program-missing",
            programs.count == 1
                ? "this machine lacks the program \(programs[0])"
                : "this machine lacks the programs \(programs.joined(separator: ", "))",
            hint: wanted.isEmpty
                ? "install it and run this again"
                : "apt-get install --yes \(wanted.joined(separator: " "))   (or run `martlet hosts create --install`)",
            exitCode: .lacking)
    }

    /// Whether processes here may lower `oom_score_adj` and raise hard limits: CAP_SYS_RESOURCE, bit 24.
    package static var hasSystemResourceCapability: Bool {
        guard let status = Files.read("/proc/self/status") else { return true }
        return Self.hasSystemResourceCapability(inStatus: status)
    }

    static func hasSystemResourceCapability(inStatus status: String) -> Bool {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapBnd:") }),
            let bits = UInt64(line.dropFirst(7).filter { !$0.isWhitespace }, radix: 16)
        else { return true }
        return bits & (1 << 24) != 0
    }
}

/// Receives one line of progress.
package typealias Narrator = @Sendable (String) -> Void
