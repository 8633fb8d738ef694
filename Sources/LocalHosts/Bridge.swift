import Diagnostics

/// The network device that joins the hosts of a fleet.
///
/// Its hardware address is derived from the fleet's name and set in the very call that makes it: a device with another
/// address is somebody else's and never touched.
struct Bridge {
    var name: String
    var fleet: String
    /// Address of the machine on the bridge, with prefix length.
    var address: String

    init(_ record: FleetRecord) {
        name = record.bridge
        fleet = record.name
        address = record.gateway + "/24"
    }

    /// Locally administered, individual.
    var hardwareAddress: String {
        let hash = Fingerprint.of("martlet fleet \(fleet)")
        let octets = (0..<5).map { UInt8(truncatingIfNeeded: hash >> (8 * UInt64($0))) }
        return ([0x02] + octets).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    private var folder: String { "/sys/class/net/\(name)" }

    /// Makes the device, or completes one of ours that a crash left half made.
    func create() async throws {
        if !Files.exists(folder) {
            try await LocalProgram.run(
                "ip", ["link", "add", "name", name, "address", hardwareAddress, "type", "bridge"])
        } else if !isOurs {
            throw Diagnostic(
                code: "hosts.bridge-taken", "the network device \(name) exists and does not belong to fleet \(fleet)",
                hint: "destroy the fleet and create it anew: it will get another network")
        }
        try await LocalProgram.run("ip", ["address", "replace", address, "dev", name])
        try await LocalProgram.run("ip", ["link", "set", "dev", name, "up"])
        // A machine with Docker drops what it forwards, and that includes frames between the ports of a bridge.
        if try await LocalProgram.attempt("iptables", ["-w", "-C"] + rule).status != 0 {
            _ = try await LocalProgram.attempt("iptables", ["-w", "-I"] + rule)
        }
    }

    /// Removes the device and its firewall rule; nothing to do is fine.
    func remove() async throws {
        while try await LocalProgram.attempt("iptables", ["-w", "-D"] + rule).status == 0 {}
        if isOurs { try await LocalProgram.run("ip", ["link", "delete", "dev", name]) }
    }

    /// Removes the machine's end of a host's link, if it still exists on this bridge.
    func removePort(of machine: String) async throws {
        let device = "vb-\(machine)"
        guard isOurs, Files.exists("\(folder)/brif/\(device)") else { return }
        // It goes by itself with the host's network namespace, perhaps at this very moment.
        _ = try await LocalProgram.attempt("ip", ["link", "delete", "dev", device])
    }

    private var rule: [String] {
        ["FORWARD", "-i", name, "-o", name, "-m", "comment", "--comment", "martlet \(fleet)", "-j", "ACCEPT"]
    }

    private var isOurs: Bool {
        (Files.read("\(folder)/address") ?? "").filter { !$0.isWhitespace } == hardwareAddress
    }
}
