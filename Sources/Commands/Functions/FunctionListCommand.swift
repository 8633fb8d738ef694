internal import ArgumentParser
internal import Diagnostics
internal import Functions
internal import Reporting

struct FunctionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show all functions.",
        discussion: """
            Those of every installed framework, or of the one that is named. A framework that does not answer hides no others: what is \
            wrong with it is said, and the exit status is 1.

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
            let listing = try await FunctionListing.of(try await session.sites().map { try session.platform($0) })
            Conversation.show(listing.failures)
            let records = listing.records
            if format == .json {
                print(FunctionViews.json(records), terminator: "")
            } else if records.isEmpty, listing.failures.isEmpty {
                Conversation.say("there is no function")
            } else {
                print(FunctionViews.table(records, on: .of(1)), terminator: "")
            }
            guard listing.failures.isEmpty else { throw ProgramExit(code: .failed) }
        }
    }
}
