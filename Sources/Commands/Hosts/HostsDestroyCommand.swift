import ArgumentParser
import Diagnostics
import Glibc
import LocalHosts

struct HostsDestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Remove a fleet: processes, mounts, network, control groups and files.",
        discussion: """
            Works on a fleet in any state, also one whose creation crashed. Doing it twice does no harm. Without a name \
            it means the only fleet there is.

            Example:
              martlet hosts destroy lab
              martlet hosts destroy --all --yes
            """)

    @Argument(help: "Names of fleets.")
    var fleets: [String] = []

    @Flag(help: "All fleets.")
    var all = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    func validate() throws {
        guard !all || fleets.isEmpty else { throw ValidationError("name fleets or say --all, not both") }
    }

    func run() async throws {
        try Prerequisites.requireRoot(for: "destroy")
        let store = FleetStore()
        let chosen = try choose(from: store.names())
        guard !chosen.isEmpty else {
            Conversation.say("nothing to destroy")
            return
        }
        if !yes { try confirm(chosen) }
        try await Interruption.guarding(hint: "run the command again to remove the rest") {
            for fleet in chosen { try await FleetDestruction(store: store, say: Conversation.say).run(fleet) }
        }
    }

    private func choose(from names: [String]) throws -> [String] {
        if all { return names }
        if !fleets.isEmpty {
            let absent = fleets.filter { !names.contains($0) }
            absent.forEach { Conversation.say("there is no fleet \($0)") }
            return fleets.filter { names.contains($0) }
        }
        guard names.count < 2 else {
            throw Diagnostic(
                code: "hosts.ambiguous", "there are several fleets: \(names.joined(separator: ", "))",
                hint: "name one, or say --all", exitCode: .usage)
        }
        return names
    }

    private func confirm(_ fleets: [String]) throws {
        guard isatty(0) == 1 else {
            throw Diagnostic(
                code: "hosts.not-confirmed", "destroying needs a yes and there is no terminal to ask on",
                hint: "say --yes", exitCode: .usage)
        }
        Conversation.say("Destroy \(fleets.joined(separator: ", ")) with all hosts and files? [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
            throw Diagnostic(code: "hosts.not-confirmed", "nothing was destroyed", exitCode: .usage)
        }
    }
}
