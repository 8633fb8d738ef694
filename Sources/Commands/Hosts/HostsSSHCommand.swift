import ArgumentParser
import Diagnostics
import LocalHosts

struct HostsSSHCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh",
        abstract: "Log in to a host, or run a command on it.",
        discussion: """
            The host is named HOST, or FLEET/HOST if several fleets have one of that name. The exit status is the \
            command's own.

            Example:
              martlet hosts ssh cp-1
              martlet hosts ssh lab/worker-1 -- systemctl is-system-running
            """)

    @Argument(help: "HOST or FLEET/HOST.")
    var host: String

    @Argument(parsing: .captureForPassthrough, help: "The command, after --.")
    var command: [String] = []

    func run() async throws {
        try Prerequisites.requireRoot(for: "ssh")
        let store = FleetStore()
        let target = try FleetTarget.resolveHost(host, in: try store.records())
        try FleetShell.become(
            target, store: store, command: command.first == "--" ? Array(command.dropFirst()) : command)
    }
}
