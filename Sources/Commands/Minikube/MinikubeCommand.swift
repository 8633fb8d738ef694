internal import ArgumentParser

/// What a minikube cluster knows beside plan, apply, status and reset.
struct MinikubeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minikube", abstract: "Stop, pause, resume or delete a cluster of the driver minikube.",
        discussion: """
            A profile that martlet did not make is left alone unless --adopt names it. `martlet apply` starts and resumes.

            Example:
              martlet minikube stop -f cluster.yaml
            """,
        subcommands: [
            MinikubeStopCommand.self, MinikubePauseCommand.self, MinikubeUnpauseCommand.self,
            MinikubeDeleteCommand.self,
        ])
}
