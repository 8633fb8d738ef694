import Diagnostics
import Testing

@testable import Commands

@Suite("Commands that are none")
struct UnknownCommandTests {
    @Test(
        "Are answered with the one that was meant, in groups, too",
        arguments: [
            (["function", "remove", "x"], "`martlet function delete`"), (["function", "rm", "x"], "function delete`"),
            (["function", "ls"], "`martlet function list`"),
            (["function", "show", "x"], "`martlet function describe`"),
            (["function", "call", "x"], "`martlet function invoke`"), (["function", "lst"], "`martlet function list`"),
            (["function", "create", "x"], "`martlet function new`"),
            (["framework", "delete", "x"], "`martlet framework remove`"),
            (["framework", "uninstall", "x"], "`martlet framework remove`"),
            (["framework", "add", "x"], "`martlet framework install`"),
            (["framework", "describe", "x"], "`martlet framework show`"),
            (["hosts", "delete"], "`martlet hosts destroy`"),
            (["paln"], "`martlet plan`"), (["hepl"], "`martlet help`"),
        ])
    func meant(_ words: [String], _ text: String) throws {
        let problem = try #require(UnknownCommand.problem(words[...], root: MartletCommand.self))
        #expect(problem.code == "cli.unknown-command" && problem.exitCode == .usage)
        #expect(problem.summary.contains("did you mean"), "\(problem.summary)")
        #expect(problem.summary.contains(text), "\(problem.summary)")
    }

    @Test("Nothing is guessed where nothing is near; the group's help is named")
    func nothing() throws {
        let problem = try #require(UnknownCommand.problem(["function", "xyzzyplugh"], root: MartletCommand.self))
        #expect(problem.summary == "there is no command `martlet function xyzzyplugh`")
        #expect(problem.hint == "`martlet function --help` lists all")
        let root = try #require(UnknownCommand.problem(["xyzzyplugh"], root: MartletCommand.self))
        #expect(root.summary == "there is no command xyzzyplugh" && root.hint == "`martlet --help` lists all")
    }

    @Test(
        "Commands and their arguments are left alone",
        arguments: [
            [], ["--help"], ["function"], ["function", "--help"], ["function", "invoke", "remove"], ["help", "ls"],
            ["explain", "ls"], ["plan"], ["lab", "show", "E11"], ["exec", "--", "ls"], ["--version"],
        ])
    func known(_ words: [String]) {
        #expect(UnknownCommand.problem(words[...], root: MartletCommand.self) == nil)
    }
}
