import ArgumentParser
import TestSupport
import Testing

@testable import Commands

@Suite("Help")
struct HelpTests {
    /// Every command that help shows, by its words; the root is the empty text.
    static var commands: [(path: String, type: any ParsableCommand.Type)] {
        [("", MartletCommand.self)] + children(of: MartletCommand.self, path: "")
    }

    private static func children(
        of type: any ParsableCommand.Type, path: String
    ) -> [(path: String, type: any ParsableCommand.Type)] {
        type.configuration.subcommands.filter { $0.configuration.shouldDisplay }.flatMap {
            child -> [(path: String, type: any ParsableCommand.Type)] in
            let name = (path.isEmpty ? "" : path + " ") + (child.configuration.commandName ?? "")
            return [(name, child)] + children(of: child, path: name)
        }
    }

    @Test("Is what it was", arguments: commands.map(\.path))
    func golden(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        let text = MartletCommand.helpMessage(for: type, columns: 80)
        let words = ["martlet"] + path.split(separator: " ").map(String.init)
        try expectGolden(text + "\n", "help/\(words.joined(separator: "-")).txt")
    }

    @Test("Has an example that names the command", arguments: commands.map(\.path))
    func example(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        let isGroup = !type.configuration.subcommands.isEmpty
        let text = MartletCommand.helpMessage(for: type, columns: 200)
        #expect(!type.configuration.abstract.isEmpty)
        guard !isGroup || path.isEmpty else { return }
        #expect(text.contains("Example"))
        #expect(text.contains("  martlet \(path)".trimmingSuffixSpaces))
    }

    @Test("Every option and argument says what it is for", arguments: commands.map(\.path))
    func described(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        let text = MartletCommand.helpMessage(for: type, columns: 300)
        // A long name stands alone, its text on the next line.
        let lines = text.split(separator: "\n").filter { !$0.isEmpty }
        for (line, next) in zip(lines, lines.dropFirst()) where line.hasPrefix("  -") || line.hasPrefix("  <") {
            let isDescribed = line.dropFirst(2).contains("  ") || next.hasPrefix("          ")
            #expect(isDescribed, "\(path): \(line)")
        }
    }

    @Test("Names are unique, and the list of commands is complete")
    func names() {
        let paths = Self.commands.map(\.path)
        #expect(Set(paths).count == paths.count)
        #expect(
            Set(["plan", "apply", "status", "reset", "graph", "kubeconfig", "exec", "explain", "doctor"]).isSubset(
                of: paths))
    }

    @Test("The manual page has one section for every command, and none for hidden ones")
    func manual() {
        let page = ManualPage(root: MartletCommand.self).text
        #expect(page.hasPrefix(".TH MARTLET 1"))
        let sections = page.split(separator: "\n").filter { $0.hasPrefix(".SS ") }.map {
            String($0.dropFirst(".SS martlet ".count))
        }
        #expect(sections == Self.commands.map(\.path).filter { !$0.isEmpty })
    }
}

extension String {
    var trimmingSuffixSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
