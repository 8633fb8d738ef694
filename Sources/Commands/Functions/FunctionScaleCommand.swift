internal import ArgumentParser
internal import Diagnostics
internal import Functions

struct FunctionScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Set how many instances of a function run.",
        discussion: """
            Frameworks that decide this themselves say so.

            Example:
              martlet function scale hello 3
            """)

    @Argument(help: "The function's name.")
    var name: String

    @Argument(help: "How many.")
    var replicas: Int

    @OptionGroup var options: FunctionOptions

    func validate() throws {
        guard (0...1000).contains(replicas) else { throw ValidationError("take a number from 0 to 1000") }
    }

    func run() async throws {
        let session = try FunctionSession(options)
        try await session.closing {
            try await session.platform(of: name).scale(name, to: replicas)
            Conversation.say("\(name): \(replicas) asked for")
        }
    }
}
