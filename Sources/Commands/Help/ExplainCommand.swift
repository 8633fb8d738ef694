internal import ArgumentParser
internal import Catalogue
internal import Diagnostics
internal import Minikube
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
              martlet explain kubelet@worker-1
            """)

    @Argument(
        help: "A step's id; what follows an @ does not matter.",
        completion: .list(ClusterCatalogue.definitions.map(\.id) + MinikubeCatalogue.definitions.map(\.id)))
    var step: String?

    func run() throws {
        guard let step else {
            print(TextTable.render(Self.all.map { [$0.id, $0.phase.rawValue, $0.summary] }), terminator: "")
            return
        }
        let id = String(step.prefix { $0 != "@" })
        guard let definition = Self.definition(of: id) else {
            let names = Self.all.map(\.id) + ClusterCatalogue.otherSteps.values.flatMap { $0 }
            let nearest = Suggestion.nearest(to: id, in: names).map { "; did you mean \($0)?" } ?? ""
            throw Diagnostic(
                code: "explain.unknown-step", "there is no step \(id)\(nearest)",
                hint: "`martlet explain` lists all", exitCode: .usage)
        }
        print(
            "\(definition.id) (\(definition.phase.rawValue))\n\(definition.summary)\n\n\(TextWrap.wrap(definition.explanation, columns: 80))"
        )
    }

    private struct Definition {
        var id: String
        var phase: Phase
        var summary: String
        var explanation: String

        init(_ step: StepDefinition) {
            (id, phase, summary, explanation) = (step.id, step.phase, step.summary, step.explanation)
        }

        init(_ step: MinikubeStep) {
            (id, phase, summary, explanation) = (step.id, step.phase, step.summary, step.explanation)
        }
    }

    private static var all: [Definition] {
        ClusterCatalogue.definitions.map { Definition($0) } + MinikubeCatalogue.definitions.map { Definition($0) }
    }

    private static func definition(of id: String) -> Definition? {
        ClusterCatalogue.definition(of: id).map { Definition($0) }
            ?? MinikubeCatalogue.definition(of: id).map { Definition($0) }
    }
}
