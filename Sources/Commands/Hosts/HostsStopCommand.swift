import ArgumentParser
import Diagnostics
import LocalHosts

struct HostsStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Power hosts off; their files stay.",
        discussion: """
            Example:
              martlet hosts stop worker-1
              martlet hosts stop lab
              martlet hosts stop --all
            """)

    @OptionGroup var selection: HostSelection

    func run() async throws {
        try Prerequisites.requireRoot(for: "stop")
        let store = FleetStore()
        let targets = try selection.targets(in: try store.records())
        try await Interruption.guarding(hint: "run the command again to stop the rest") {
            for target in targets { try await FleetControl(store: store, say: Conversation.say).stop(target) }
        }
    }
}
