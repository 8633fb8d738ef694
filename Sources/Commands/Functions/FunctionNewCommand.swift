internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Functions

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

    @Option(help: "python, nodejs or shell, as far as the framework has it.")
    var runtime = "python"

    @Option(help: ArgumentHelp("openfaas, openwhisk, knative, fission or kubeless.", valueName: "name"))
    var framework = FunctionAdapter.kubeless

    @Option(name: [.short, .long], help: "The folder (default: the name).", completion: .directory)
    var output: String?

    func run() async throws {
        try FunctionName.check(name)
        let assets = FunctionAssets(folder: try AssetLocator.standard.find("manifests").get() + "/functions")
        let style = CallingStyle(framework)
        let files = assets.names("hello/\(style.rawValue)")
        let languages = files.map { String($0.prefix { $0 != "." }) }
        let runtimes = languages.map { FunctionRuntime(id: $0, language: $0) }
        let chosen = try RuntimeChoice.choose(runtime, language: nil, of: runtimes, framework: framework.rawValue)
        guard let file = files.first(where: { $0.hasPrefix(chosen.language + ".") }) else {
            throw Diagnostic(code: "function.asset", "martlet lacks a hello for \(chosen.language)", exitCode: .lacking)
        }
        let folder = output ?? name
        let ending = file.drop { $0 != "." }
        let path = "\(folder)/handler\(ending)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(
                code: "file.exists", "\(path) is there already", hint: "choose another folder with --output",
                exitCode: .usage)
        }
        let text = try assets.text("hello/\(style.rawValue)/\(file)")
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Diagnostic(
                code: "file.unwritable", "the folder \(folder) cannot be made: \(error.localizedDescription)",
                exitCode: .lacking)
        }
        try LocalWrite.replace(path, with: Data(text.utf8))
        print(path)
        Conversation.say(
            "deploy it with `martlet function deploy \(name) --source \(path) --framework \(framework.rawValue)`")
    }
}

extension FunctionAdapter: ExpressibleByArgument {}
