internal import ArgumentParser
internal import Diagnostics
internal import Frameworks
internal import Reporting

struct FrameworkListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the frameworks of the catalogue.",
        discussion: """
            Asks no cluster; `martlet framework status` says what is installed. Of a framework whose file is wrong that is said, and the \
            exit status is 65.

            Example:
              martlet framework list --format json
            """)

    @OptionGroup var place: FrameworkPlace

    @Option(help: "text or json.")
    var format: FrameworkFormat = .text

    func run() async throws {
        let readable = ReadableFrameworks(try place.catalogue())
        let rows = readable.frameworks.map { FrameworkRow($0) }
        Conversation.show(readable.faults)
        switch format {
        case .json: print(FrameworkListView.json(rows), terminator: "")
        case .text: print(FrameworkListView.text(rows, on: .of(1)), terminator: "")
        }
        try ProgramExit.leave(with: Diagnostics(readable.faults).exitCode)
    }
}

/// The frameworks of a catalogue, and what is wrong with those that cannot be read.
struct ReadableFrameworks {
    var frameworks: [Framework] = []
    var faults: [Diagnostic] = []

    init(_ catalogue: FrameworkCatalogue) {
        for entry in catalogue.entries {
            if let framework = entry.reading.framework {
                frameworks.append(framework)
            } else {
                faults += entry.reading.diagnostics
            }
        }
    }
}

struct FrameworkShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a framework: channels and their bounds, parameters, licence, known issues.",
        discussion: """
            Example:
              martlet framework show openfaas
            """)

    @Argument(help: "The framework's name.")
    var name: String

    @OptionGroup var place: FrameworkPlace

    @Option(help: "text or json.")
    var format: FrameworkFormat = .text

    func run() async throws {
        let framework = try place.catalogue().framework(named: name)
        print(
            format == .json
                ? FrameworkShowView.json(framework, installed: nil)
                : FrameworkShowView.text(framework, installed: nil, on: .of(1)), terminator: "")
    }
}

struct FrameworkLintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check framework files: everything that is wrong, with line and column.",
        discussion: """
            Reads the framework's file and those that it names, asks nobody and runs nothing.

            Example:
              martlet framework lint manifests/openfaas
              martlet framework lint --all
            """)

    @Argument(help: "Folders with a \(FrameworkReader.fileName).", completion: .directory)
    var folders: [String] = []

    @Flag(help: "All of the catalogue.")
    var all = false

    @OptionGroup var place: FrameworkPlace

    func validate() throws {
        guard all || !folders.isEmpty else { throw ValidationError("name a folder, or --all") }
    }

    func run() async throws {
        var found: [Diagnostic] = []
        var count = 0
        let catalogue = try place.catalogue()
        for folder in folders + (all ? catalogue.entries.map(\.folder) : []) {
            let reading = FrameworkReader.read(folder: folder)
            found += reading.diagnostics
            count += 1
        }
        Conversation.show(found)
        let errors = Diagnostics(found)
        if !errors.hasErrors { print("\(count) framework\(count == 1 ? " is" : "s are") as it should be") }
        try ProgramExit.leave(with: errors.exitCode)
    }
}
