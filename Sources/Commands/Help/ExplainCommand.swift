internal import ArgumentParser
internal import Catalogue
internal import Diagnostics
internal import Planning
internal import Reporting

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a step does and why, or list all steps.",
        discussion: """
            Example:
              martlet explain
              martlet explain control-plane-join
            """)

    @Argument(
        help: "A step's id; what follows an @ does not matter.",
        completion: .list(ClusterCatalogue.definitions.map(\.id)))
    var step: String?

    func run() throws {
        guard let step else {
            print(
                TextTable.render(ClusterCatalogue.definitions.map { [$0.id, $0.phase.rawValue, $0.summary] }),
                terminator: "")
            return
        }
        let id = String(step.prefix { $0 != "@" })
        guard let definition = ClusterCatalogue.definition(of: id) else {
            let names = ClusterCatalogue.definitions.map(\.id)
            let nearest = Suggestion.nearest(to: id, in: names).map { "; did you mean \($0)?" } ?? ""
            throw Diagnostic(
                code: "explain.unknown-step", "there is no step \(id)\(nearest)",
                hint: "`martlet explain` lists all", exitCode: .usage)
        }
        print(
            "\(definition.id) (\(definition.phase.rawValue))\n\(definition.summary)\n\n\(TextWrap.wrap(definition.explanation, columns: 80))"
        )
    }
}
