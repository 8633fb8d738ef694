internal import ArgumentParser

/// The group `martlet framework`.
struct FrameworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "framework",
        abstract: "Serverless frameworks: choose, install, look after, remove.",
        discussion: """
            A framework is a folder of data with one or more channels, lines of releases that fit certain versions of Kubernetes. What \
            is installed is kept in the cluster and nowhere else.

            Example:
              martlet framework recommend
              martlet framework install openfaas
              martlet framework status
            """,
        subcommands: [
            FrameworkListCommand.self, FrameworkShowCommand.self, FrameworkRecommendCommand.self,
            FrameworkInstallCommand.self, FrameworkStatusCommand.self, FrameworkUpgradeCommand.self,
            FrameworkRemoveCommand.self, FrameworkAssessCommand.self, FrameworkLockCommand.self,
            FrameworkLintCommand.self,
        ])
}
