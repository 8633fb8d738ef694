import Diagnostics
import Glibc

/// Keys of the client and of the hosts, and the files from which OpenSSH and martlet learn them.
struct FleetKeys {
    var folder: FleetFolder
    var record: FleetRecord

    static let kinds = ["ed25519", "ecdsa"]

    /// Makes the keys that are missing, then writes known_hosts and ssh_config.
    func provide() async throws {
        try await makeKey(at: folder.identity, kind: "ed25519", comment: "martlet fleet \(record.name)")
        for host in record.hosts {
            let keys = folder.host(host.name).hostKeys
            try Files.makeFolder(keys, mode: 0o700)
            for kind in Self.kinds {
                try await makeKey(at: "\(keys)/ssh_host_\(kind)_key", kind: kind, comment: "root@\(host.name)")
            }
        }
        try Files.writeAtomically(knownHosts(), to: folder.knownHosts, mode: 0o644)
        try Files.writeAtomically(Self.configuration(record, folder), to: folder.sshConfiguration, mode: 0o644)
    }

    private func makeKey(at path: String, kind: String, comment: String) async throws {
        // The public half is written last: with it, the key is complete.
        if Files.exists(path + ".pub") { return }
        unlink(path)
        try await LocalProgram.run("ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", comment, "-f", path])
    }

    private func knownHosts() -> String {
        var lines: [String] = []
        for host in record.hosts {
            for kind in Self.kinds {
                let key = Files.read("\(folder.host(host.name).hostKeys)/ssh_host_\(kind)_key.pub") ?? ""
                let words = key.split(whereSeparator: \.isWhitespace)
                if words.count >= 2 { lines.append("\(host.name),\(host.address) \(words[0]) \(words[1])") }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The fragment for `ssh -F`, one entry for each host by its name and its address.
    static func configuration(_ record: FleetRecord, _ folder: FleetFolder) -> String {
        var text = ""
        for host in record.hosts {
            text += """
                Host \(host.name) \(host.address)
                    HostName \(host.address)

                """
        }
        text += """
            Host *
                User \(record.user)
                IdentityFile \(folder.identity)
                IdentitiesOnly yes
                UserKnownHostsFile \(folder.knownHosts)
                StrictHostKeyChecking yes
                LogLevel ERROR

            """
        return text
    }
}
