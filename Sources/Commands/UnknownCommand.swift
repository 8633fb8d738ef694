internal import ArgumentParser
internal import Diagnostics

/// A mistyped command is answered with the one that was probably meant, in groups of commands as well: the parser itself calls such words
/// unexpected arguments.
enum UnknownCommand {
    /// Words that elsewhere, and in other groups of this program, mean the same.
    private static let synonyms: [Set<String>] = [
        ["delete", "remove", "rm", "uninstall", "destroy", "del", "undeploy"], ["list", "ls", "get", "ps"],
        ["describe", "show", "inspect", "info", "get", "status"], ["invoke", "call", "run", "exec", "test"],
        ["install", "add", "create"], ["upgrade", "update"], ["new", "init", "create", "template"],
        ["deploy", "apply", "push", "up", "update", "create"], ["logs", "log", "tail"], ["lint", "validate", "check"],
        ["recommend", "suggest", "choose"], ["assess", "measure", "benchmark"], ["stop", "halt", "down"],
        ["start", "up", "resume"], ["unpause", "resume"], ["ssh", "login", "shell"], ["resize", "scale"],
    ]

    /// nil if the leading words are commands, as far as one can tell.
    static func problem(_ arguments: ArraySlice<String>, root: any ParsableCommand.Type) -> Diagnostic? {
        var type = root
        var path = root.configuration.commandName ?? ""
        for word in arguments {
            let commands = type.configuration.subcommands
            guard !commands.isEmpty, !word.hasPrefix("-") else { return nil }
            if let next = commands.first(where: { $0.configuration.commandName == word }) {
                type = next
                path += " \(word)"
                continue
            }
            // Of the root only; it takes words of its own.
            if type == root, word == "help" { return nil }
            let names = commands.filter { $0.configuration.shouldDisplay }.compactMap { $0.configuration.commandName }
            let meant = meant(word, among: type == root ? names + ["help"] : names)
            return Diagnostic(
                code: "cli.unknown-command",
                "there is no command \(path == root.configuration.commandName ? word : "`\(path) \(word)`")"
                    + (meant.map { "; did you mean `\(path) \($0)`?" } ?? ""),
                hint: "`\(path) --help` lists all", exitCode: .usage)
        }
        return nil
    }

    private static func meant(_ word: String, among names: [String]) -> String? {
        // Before spelling, by which `call` is nearest to `scale`; the first set that fits counts.
        for set in synonyms where set.contains(word.lowercased()) {
            if let name = names.first(where: set.contains) { return name }
        }
        return Suggestion.nearest(to: word, in: names)
    }
}
