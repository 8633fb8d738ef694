internal import ArgumentParser
internal import Diagnostics
internal import Functions
internal import Reporting

struct FunctionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show all functions.",
        discussion: """
            Those of every installed framework, or of the one that is named.

            Example:
              martlet function list
              martlet function list --framework openfaas --format json
            """)

    @OptionGroup var options: FunctionOptions

    @Option(help: "text or json.")
    var format: FunctionFormat = .text

    func run() async throws {
        let session = try FunctionSession(options)
        try await session.closing {
            var records: [FunctionRecord] = []
            for site in try await session.sites() { records += try await session.platform(site).list() }
            if format == .json {
                print(FunctionViews.json(records), terminator: "")
            } else if records.isEmpty {
                Conversation.say("there is no function")
            } else {
                print(FunctionViews.table(records, on: .of(1)), terminator: "")
            }
        }
    }
}
