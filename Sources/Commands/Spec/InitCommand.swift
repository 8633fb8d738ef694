internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Foundation

/// The command `martlet init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented spec to start from.",
        discussion: """
            The spec is complete: with the addresses given, or filled in later, it can be applied. An existing file is never \
            overwritten.

            Example:
              martlet init
              martlet init --name shop --control-plane root@10.0.0.11 --worker admin@10.0.0.21 --worker admin@10.0.0.22
              martlet init --bundle ./kubernetes-bundle --output - | less
            """)

    @Option(help: "Where to write; - is standard output.", completion: .file(extensions: ["yaml", "yml"]))
    var output = "cluster.yaml"

    @Option(help: "Name of the cluster: lower-case letters, digits and dashes.")
    var name = "demo"

    @Option(help: ArgumentHelp("A control plane; say it once, or three times.", valueName: "[user@]address"))
    var controlPlane: [String] = []

    @Option(help: ArgumentHelp("A worker; any number.", valueName: "[user@]address"))
    var worker: [String] = []

    @Option(help: "Address of the API: a free one for keepalived, or the name of a load balancer.")
    var endpoint: String?

    @Option(help: "Version of Kubernetes; with --bundle the bundle's own.")
    var version: String?

    @Option(help: "Folder or tar with everything the hosts need.", completion: .file())
    var bundle: String?

    func run() async throws {
        let text = try starterText()
        guard output != "-" else { return print(text) }
        try NewFile.create(output, text + "\n")
        let toFill = ClusterSpecReader.decode(
            Array(text.utf8), file: output, context: .init(specPath: output)
        ).diagnostics.filter { $0.code == "spec.placeholder-address" }
        Conversation.say("wrote \(output)")
        Conversation.show(toFill)
        Conversation.say(toFill.isEmpty ? "next: martlet validate -f \(output)" : "next: fill in the addresses above")
    }

    func starterText() throws -> String {
        let starter = StarterSpec(
            name: name, version: try chosenVersion(), bundle: bundle, endpoint: endpoint,
            controlPlanes: try logins(controlPlane, "--control-plane"), workers: try logins(worker, "--worker"))
        let text = starter.text
        // Names and versions come from the command line: what the spec would refuse is refused here.
        let file = output == "-" ? "the spec" : output
        let reading = ClusterSpecReader.decode(Array(text.utf8), file: file, context: .init(specPath: output))
        guard !reading.hasErrors else { throw Diagnostics(reading.diagnostics) }
        return text
    }

    private func chosenVersion() throws -> String {
        if let version { return version }
        guard let bundle else { return StarterSpec().version }
        switch LocalBundle.look(at: bundle) {
        case .version(let version): return version
        case .archive, .faulty, .missing: return StarterSpec().version
        }
    }

    private func logins(_ texts: [String], _ option: String) throws -> [StarterSpec.Login] {
        try texts.map { text in
            guard let login = StarterSpec.Login(text) else {
                throw ValidationError("\(option) takes [user@]address, and `\(text)` is something else")
            }
            return login
        }
    }
}
