internal import ArgumentParser
internal import Functions

struct FunctionDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a function with its triggers.",
        discussion: """
            Waits until the framework no longer knows it.

            Example:
              martlet function delete hello
            """)

    @Argument(help: "The function's name.")
    var name: String

    @OptionGroup var options: FunctionOptions

    func run() async throws {
        let session = try FunctionSession(options)
        try await session.closing {
            let platform = try await session.platform(of: name)
            WayMemory(options.identity).remember(nil, of: name)
            try await platform.remove(name)
            Conversation.say("\(name) deleted")
        }
    }
}
