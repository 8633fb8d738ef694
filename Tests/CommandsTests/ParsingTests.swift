import ArgumentParser
import Testing

@testable import Commands

/// The leaf of the tree of commands is parsed alone; nobody may notice.
@Suite("Which command is meant") struct ParsingTests {
    @Test(arguments: [
        ["function", "invoke", "hello", "--data", "Eva", "--header", "A: b"], ["plan", "-f", "a.yaml"],
        ["hosts", "list"], ["exec", "--target", "root@a", "--", "uname", "plan"], ["explain", "plan"],
        ["framework", "list", "--format", "json"], ["lab", "list"], ["nodes", "list"],
    ]) func isTheSame(_ words: [String]) throws {
        var alone = ""
        var root = ""
        dump(try MartletCommand.parsed(words[...]), to: &alone)
        dump(try MartletCommand.parseAsRoot(words), to: &root)
        #expect(alone == root && !alone.isEmpty)
    }

    @Test(arguments: [
        [], ["--help"], ["function"], ["function", "nonsense"], ["function", "invoke"], ["help", "function", "invoke"],
        ["function", "invoke", "a", "--timeout", "0"], ["function", "invoke", "a", "--nonsense"], ["plan", "--help"],
        ["function", "invoke", "a", "b"], ["function", "--data", "x", "invoke"], ["hosts", "stop"],
    ]) func whatIsWrongIsSaidAlike(_ words: [String]) {
        #expect(said { try MartletCommand.parsed(words[...]) } == said { try MartletCommand.parseAsRoot(words) })
    }

    /// Status and text of the program's end; a group without a command prints its help when it is run.
    private func said(_ parse: () throws -> any ParsableCommand) -> String {
        do {
            var command = try parse()
            if command is any AsyncParsableCommand { return "\(type(of: command))" }
            try command.run()
            return "\(type(of: command))"
        } catch {
            return "\(MartletCommand.exitCode(for: error).rawValue) \(MartletCommand.fullMessage(for: error))"
        }
    }
}
