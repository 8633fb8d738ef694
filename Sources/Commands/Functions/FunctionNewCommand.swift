internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Frameworks
internal import Functions
internal import Planning

struct FunctionNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a function that says hello.",
        discussion: """
            Makes a folder with one file, as the framework calls functions: handler(event, context) for Kubeless and Knative, \
            main(params) for OpenWhisk, a web request for Fission, standard input and output for OpenFaaS. Asks no cluster.

            Example:
              martlet function new hello --runtime python --framework knative
              martlet function new hello --runtime nodejs --framework openwhisk --output functions/hello
            """)

    @Argument(help: "The function's name: a DNS label.")
    var name: String

    @Option(help: "python, nodejs or shell, as far as the framework has it (default: the framework's own).")
    var runtime: String?

    @Option(help: ArgumentHelp("The framework: one of `martlet framework list`.", valueName: "name"))
    var framework = "kubeless"

    @OptionGroup var place: FrameworkPlace

    @Option(name: [.short, .long], help: "The folder (default: the name).", completion: .directory)
    var output: String?

    func run() async throws {
        try FunctionName.check(name)
        let assets = FunctionAssets(folder: try AssetLocator.standard.find("manifests").get() + "/functions")
        let known = try place.catalogue().framework(named: framework)
        guard let section = known.function else {
            throw Diagnostic(code: "function.framework", "\(known.title) runs no functions", exitCode: .usage)
        }
        let adapter = FunctionAdapter(rawValue: section.adapter.rawValue) ?? .kubeless
        let hello = try HelloChoice.make(
            runtime, known: try HelloChoice.runtimes(known, section), adapter: adapter, framework: framework,
            assets: assets)
        let folder = output ?? name
        let ending = hello.file.drop { $0 != "." }
        let path = "\(folder)/handler\(ending)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(
                code: "file.exists", "\(path) is there already", hint: "choose another folder with --output",
                exitCode: .usage)
        }
        let text = try assets.text("hello/\(hello.file)")
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Diagnostic(
                code: "file.unwritable", "the folder \(folder) cannot be made: \(error.localizedDescription)",
                exitCode: .lacking)
        }
        try LocalWrite.replace(path, with: Data(text.utf8))
        print(path)
        let words = ["martlet", "function", "deploy", name, "--source", path, "--framework", framework]
        let own = place.frameworks.map { ["--frameworks", $0] } ?? []
        Conversation.say(
            "deploy it with `\((words + own + hello.deployWords).map(Shell.quote).joined(separator: " "))`")
    }
}
