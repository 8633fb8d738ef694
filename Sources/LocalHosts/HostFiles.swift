import Diagnostics
import Foundation
import Glibc

/// What distinguishes one host from the tree: written once, through the mounted overlay, before its first boot.
struct HostFiles {
    var record: FleetRecord
    var host: FleetRecord.Host
    var fleet: FleetFolder

    private var folder: HostFolder { fleet.host(host.name) }

    func write() async throws {
        if Files.exists(folder.prepared) { return }
        let root = folder.root
        guard let publicKey = Files.read(fleet.identity + ".pub") else {
            throw SystemCall.failure("read", on: fleet.identity + ".pub")
        }
        try Files.write(host.name + "\n", to: root + "/etc/hostname")
        try Files.write(Self.hostsFile(record), to: root + "/etc/hosts")
        try Files.write(Self.machineIdentifier(), to: root + "/etc/machine-id", mode: 0o444)
        unlink(root + "/etc/resolv.conf")
        try Files.write("# a martlet host has no name server\n", to: root + "/etc/resolv.conf")
        try Files.makeFolder(root + "/etc/martlet")
        try Files.write(
            "ADDRESS=\(host.address)/24\nGATEWAY=\(record.gateway)\n", to: root + "/etc/martlet/network")
        for kind in FleetKeys.kinds {
            let name = "ssh_host_\(kind)_key"
            for (suffix, mode) in [("", mode_t(0o600)), (".pub", mode_t(0o644))] {
                let text = Files.read("\(folder.hostKeys)/\(name)\(suffix)") ?? ""
                try Files.write(text, to: "\(root)/etc/ssh/\(name)\(suffix)", mode: mode)
            }
        }
        for home in ["/root", "/home/martlet"] { try authorize(publicKey, in: root + home) }
        // Folders that lie under /var/log in the tree are hidden by the bound one.
        try await LocalProgram.run("cp", ["-a", "--", root + "/var/log/.", folder.bound("log")])
        try Files.makeFolder(folder.bound("log") + "/journal")
        try Files.write("", to: folder.prepared, mode: 0o600)
    }

    /// Lets the fleet's key in, with the ownership of the home folder.
    private func authorize(_ publicKey: String, in home: String) throws {
        var owner = stat()
        guard stat(home, &owner) == 0 else { throw SystemCall.failure("stat", on: home) }
        try Files.makeFolder(home + "/.ssh", mode: 0o700)
        try Files.write(publicKey, to: home + "/.ssh/authorized_keys", mode: 0o600)
        for path in [home + "/.ssh", home + "/.ssh/authorized_keys"]
        where lchown(path, owner.st_uid, owner.st_gid) != 0 {
            throw SystemCall.failure("chown", on: path)
        }
    }

    static func hostsFile(_ record: FleetRecord) -> String {
        let lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
        return (lines + record.hosts.map { "\($0.address) \($0.name)" }).joined(separator: "\n") + "\n"
    }

    private static func machineIdentifier() -> String {
        UUID().uuidString.lowercased().filter { $0 != "-" } + "\n"
    }
}
