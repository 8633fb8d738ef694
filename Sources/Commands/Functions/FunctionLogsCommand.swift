internal import ArgumentParser
internal import Diagnostics
internal import Functions
internal import Reporting

struct FunctionLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what a function wrote.",
        discussion: """
            Lines of all its instances; with --format json with time and instance.

            Example:
              martlet function logs hello
              martlet function logs hello --tail 500 --format json
            """)

    @Argument(help: "The function's name.")
    var name: String

    @Option(help: "Lines from the end, of each instance.")
    var tail = 100

    @OptionGroup var options: FunctionOptions

    @Option(help: "text or json (one document per line).")
    var format: FunctionFormat = .text

    func validate() throws {
        guard (1...100_000).contains(tail) else { throw ValidationError("--tail takes a number from 1 to 100000") }
    }

    func run() async throws {
        let session = try FunctionSession(options)
        try await session.closing {
            for line in try await session.platform(of: name).logs(name, tail: tail) {
                print(format == .json ? FunctionViews.json(line) : line.text + "\n", terminator: "")
            }
        }
    }
}
