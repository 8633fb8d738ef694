internal import ArgumentParser
internal import Diagnostics
internal import Functions
internal import Reporting

struct FunctionDescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show one function, with the framework's own terms.",
        discussion: """
            Says why it is not ready, if it is not: exit status 1 then.

            Example:
              martlet function describe hello
              martlet function describe hello --format json
            """)

    @Argument(help: "The function's name.")
    var name: String

    @OptionGroup var options: FunctionOptions

    @Option(help: "text or json.")
    var format: FunctionFormat = .text

    func run() async throws {
        let session = try FunctionSession(options)
        try await session.closing {
            let platform = try await session.platform(of: name)
            let record = try await platform.describe(name)
            let text = format == .json ? FunctionViews.json(record) : FunctionViews.text(record, on: .of(1))
            print(text, terminator: "")
            guard record.state == .pending || record.state == .failed else { return }
            if let pods = platform.pods(name),
                let trouble = try await FunctionObjects(session.client.cluster).trouble(pods)
            {
                throw trouble.diagnostic(function: name)
            }
            throw ProgramExit(code: .failed)
        }
    }
}
