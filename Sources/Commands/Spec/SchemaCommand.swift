internal import ArgumentParser
internal import ClusterModel
internal import Frameworks
internal import Labs

/// The command `martlet schema`.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a file format, for editors, or its fields as text.",
        discussion: """
            Editors complete and check a spec with it; many find it by this first line of the spec:
              # yaml-language-server: $schema=cluster.schema.json
            What stands between fields only `martlet validate` knows.

            Example:
              martlet schema cluster > cluster.schema.json
              martlet schema cluster --format text | less
              martlet schema lab > lab.schema.json
              martlet schema framework > framework.schema.json
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case cluster
        case lab
        case framework
    }

    @Argument(help: "The format: cluster, lab or framework.")
    var kind: Kind = .cluster

    @Option(help: "json (the schema) or text (a line for each field and what it means).")
    var format: SpecFormat = .json

    func run() async throws { print(text, terminator: "") }

    var text: String {
        switch (kind, format) {
        case (.cluster, .json): SpecSchema.text
        case (.cluster, .text): SpecSchema.reference
        case (.lab, .json): LabSchema.text
        case (.lab, .text): LabSchema.reference
        case (.framework, .json): FrameworkSchema.text
        case (.framework, .text): FrameworkSchema.reference
        }
    }
}
