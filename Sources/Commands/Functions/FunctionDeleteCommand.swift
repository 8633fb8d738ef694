internal import ArgumentParser
internal import Diagnostics
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
            try await platform.delete(name)
            WayMemory(options.identity).remember(nil, of: name)
            let clock = ContinuousClock()
            let end = clock.now + .seconds(60)
            while try await platform.find(name) != nil {
                guard clock.now < end else {
                    throw Diagnostic(
                        code: "function.not-deleted", "\(name) is still there after 60 s",
                        hint: "a finalizer may hold it: `martlet framework status \(platform.site.framework)`")
                }
                try await clock.sleep(for: .milliseconds(200))
            }
            Conversation.say("\(name) deleted")
        }
    }
}
