internal import ArgumentParser

/// The group `martlet lab`.
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Exercises on a real cluster, with checks that are proven.",
        discussion: """
            A lab tells what to do, looks at what you did, and says of each check what was expected, what was observed, why it matters \
            and what to look at next. Each lab is proven: its checks are red before the work, green after the solution, and red again \
            when it is broken.

            Example:
              martlet lab list
              martlet lab start E10
              martlet lab check E10
            """,
        subcommands: [
            LabListCommand.self, LabShowCommand.self, LabStartCommand.self, LabCheckCommand.self, LabHintCommand.self,
            LabAnswerCommand.self, LabSolutionCommand.self, LabResetCommand.self, LabCleanCommand.self,
            LabReportCommand.self, LabNextCommand.self, LabLintCommand.self, LabExplainCommand.self,
            LabProveCommand.self, LabGradeCommand.self, LabNewCommand.self,
        ])
}
