internal import ArgumentParser
internal import Execution
internal import Reporting

struct GraphCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case dot
        case mermaid
    }

    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw the pending steps and what they wait for.",
        discussion: """
            Example:
              martlet graph | dot -Tsvg > plan.svg
              martlet graph --format mermaid
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "dot or mermaid.")
    var format: Format = .dot

    func run() async throws {
        let session = try await ClusterSession.open(cluster, lock: nil)
        await session.fleet.close()
        print(format == .dot ? GraphView.dot(session.plan) : GraphView.mermaid(session.plan), terminator: "")
    }
}
