internal import ArgumentParser
internal import Minikube

struct MinikubeStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop the machines of the cluster; what is stored in it stays.",
        discussion: """
            Example:
              martlet minikube stop -f cluster.yaml
            """)

    @OptionGroup var options: MinikubeOptions

    func run() async throws { try await MinikubeRun.perform(.stop, options) }
}

struct MinikubePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Freeze the cluster's processes; the machines go on.",
        discussion: """
            Example:
              martlet minikube pause -f cluster.yaml
            """)

    @OptionGroup var options: MinikubeOptions

    func run() async throws { try await MinikubeRun.perform(.pause, options) }
}

struct MinikubeUnpauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Let a paused cluster go on.",
        discussion: """
            Example:
              martlet minikube unpause -f cluster.yaml
            """)

    @OptionGroup var options: MinikubeOptions

    func run() async throws { try await MinikubeRun.perform(.unpause, options) }
}

struct MinikubeDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete the profile with all that is in it; asks for its name.",
        discussion: """
            The same as `martlet reset` with this spec.

            Example:
              martlet minikube delete -f cluster.yaml
              martlet minikube delete -f cluster.yaml --confirm demo
            """)

    @OptionGroup var options: MinikubeOptions

    @Option(help: "The profile's name, instead of being asked for it.")
    var confirm: String?

    func run() async throws { try await MinikubeRun.perform(.delete, options, confirm: confirm) }
}

struct MinikubeOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")], help: "The cluster's spec.",
        completion: .file(extensions: ["yaml", "yml"]))
    var file = "cluster.yaml"

    @Option(help: "Take over this profile, which martlet did not make.")
    var adopt: String?
}
