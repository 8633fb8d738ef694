internal import ArgumentParser
internal import Diagnostics
internal import Labs
internal import Reporting

struct LabListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "All labs, what they need and how far you are.",
        discussion: """
            Asks no cluster: the state is what earlier runs have found.

            Example:
              martlet lab list
              martlet lab list --format json
            """)

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    @Option(help: "text or json.")
    var format: LabFormat = .text

    func run() async throws {
        let library = try place.library()
        for entry in library.entries { Conversation.show(entry.reading.diagnostics.filter { $0.severity == .error }) }
        // Without a cluster there is a list all the same.
        let name = try? LabSession.clusterName(cluster)
        let states = LabSession.store.all().filter {
            name == nil || $0.cluster == name || $0.cluster == LabSession.thisMachine
        }
        let rows = library.labs.map { lab in
            LabRow(lab, state: states.filter { $0.id == lab.id }.map(\.state).max { $0.rank < $1.rank } ?? .new)
        }
        switch format {
        case .json: print(LabListView.json(rows), terminator: "")
        case .text: print(LabListView.text(rows, on: .of(1)), terminator: "")
        }
    }
}

extension LabProgress.State {
    fileprivate var rank: Int {
        switch self {
        case .new: 0
        case .started: 1
        case .passed: 2
        }
    }
}
