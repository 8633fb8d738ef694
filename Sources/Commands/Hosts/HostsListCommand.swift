import ArgumentParser
import Diagnostics
import Foundation
import LocalHosts

struct HostsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show fleets and their hosts.",
        discussion: """
            A host is running, stopped (by `hosts stop`), or dead: its process has gone by itself.

            Example:
              martlet hosts list
              martlet hosts list --format json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: "text or json.")
    var format = Format.text

    func run() async throws {
        let status = try FleetStatus(store: FleetStore())
        switch format {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(status), as: UTF8.self))
        case .text:
            if status.fleets.isEmpty {
                Conversation.say("no fleets; `martlet hosts create` makes one")
            } else {
                print(status.table, terminator: "")
            }
            status.notes.forEach { Conversation.say("note: \($0)") }
        }
    }
}
