internal import ArgumentParser
internal import Foundation
internal import Reporting

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the manual page.",
        discussion: """
            Made from the same texts as --help. Shell completions: martlet --generate-completion-script bash

            Example:
              martlet manual | man -l -
              martlet manual > /usr/local/share/man/man1/martlet.1
            """)

    func run() throws {
        print(ManualPage(root: MartletCommand.self).text, terminator: "")
    }
}

/// A page for man(1), from the commands' own help.
struct ManualPage {
    var root: any ParsableCommand.Type

    var text: String {
        var page =
            ".TH MARTLET 1 \"\" \"martlet \(ProductVersion.text)\" \"User Commands\"\n.SH NAME\nmartlet \\- \(Self.escaped(root.configuration.abstract))\n"
        page += ".SH DESCRIPTION\n" + Self.verbatim(root.helpMessage(columns: 76))
        page += ".SH COMMANDS\n"
        for command in Self.leaves(of: root) {
            page +=
                ".SS \(Self.escaped(command.path))\n" + Self.verbatim(root.helpMessage(for: command.type, columns: 76))
        }
        return page
    }

    private static func leaves(of type: any ParsableCommand.Type, path: String = "martlet") -> [(
        path: String, type: any ParsableCommand.Type
    )] {
        // `subcommands` holds those of the groups, too.
        let children = type.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        return children.flatMap { child -> [(path: String, type: any ParsableCommand.Type)] in
            let name = "\(path) \(child.configuration.commandName ?? "")"
            return [(name, child)] + leaves(of: child, path: name)
        }
    }

    private static func verbatim(_ text: String) -> String {
        ".nf\n"
            + text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }.joined(
                separator: "\n") + "\n.fi\n"
    }

    private static func escaped(_ text: String) -> String {
        let text = text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\e")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }
}
