internal import ArgumentParser

/// The group `martlet function`.
struct FunctionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "function",
        abstract: "Functions on whichever framework the cluster has.",
        discussion: """
            One surface over OpenFaaS, OpenWhisk, Knative, Fission and Kubeless, through their own APIs. Credentials come from the \
            cluster's Secret, or from MARTLET_FUNCTION_AUTH (name:password); never from the command line.

            Example:
              martlet function new hello --runtime python
              martlet function deploy hello --source hello
              martlet function invoke hello --data Eva
            """,
        subcommands: [
            FunctionNewCommand.self, FunctionDeployCommand.self, FunctionListCommand.self,
            FunctionDescribeCommand.self, FunctionInvokeCommand.self, FunctionLogsCommand.self,
            FunctionScaleCommand.self, FunctionDeleteCommand.self,
        ])
}
