import ArgumentParser
import Diagnostics
import LocalHosts

struct HostsStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Boot hosts that are stopped or dead.",
        discussion: """
            Also brings a fleet back after this machine has been rebooted.

            Example:
              martlet hosts start worker-1
              martlet hosts start --all
            """)

    @OptionGroup var selection: HostSelection

    @Option(help: "Seconds that the hosts may take to boot.")
    var timeout = 120

    func validate() throws {
        guard (1...86400).contains(timeout) else { throw ValidationError("--timeout is a number of seconds") }
    }

    func run() async throws {
        try Prerequisites.requireRoot(for: "start")
        let store = FleetStore()
        let targets = try selection.targets(in: try store.records())
        try await Interruption.guarding(hint: "run the command again to start the rest") {
            for target in targets {
                try await FleetControl(store: store, say: Conversation.say).start(target, deadline: .seconds(timeout))
            }
        }
    }
}
