internal import ArgumentParser

/// The group `martlet framework`.
struct FrameworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "framework",
        abstract: "Serverless frameworks: how well they do what they promise.",
        discussion: """
            Example:
              martlet framework assess openfaas
            """,
        subcommands: [FrameworkAssessCommand.self])
}
