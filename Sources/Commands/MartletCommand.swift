package import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Reporting
internal import SecureShell
internal import WebClient
internal import YAMLDocument

/// The root of the program.
package struct MartletCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Bare Linux machines become a production-ready Kubernetes cluster.",
        discussion: """
            Describe the machines in a spec, look at the plan, apply it. The hosts are the state: a run that was interrupted \
            anywhere is resumed by applying again.

            Example:
              martlet init --control-plane root@192.0.2.11 --worker root@192.0.2.12
              martlet plan
              martlet apply

            Exit status:
            \(ExitStatus.allCases.map { "  \($0.rawValue)\t\($0.meaning)" }.joined(separator: "\n"))
            """,
        // Libraries are asked for their versions only if somebody wants to know: libcurl is loaded for it.
        version: CommandLine.arguments.contains("--version") ? version : ProductVersion.text,
        subcommands: [MeasureCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Cluster",
                subcommands: [
                    PlanCommand.self, ApplyCommand.self, StatusCommand.self, HealthCommand.self, GraphCommand.self,
                    KubeconfigCommand.self, MinikubeCommand.self,
                    ResetCommand.self,
                ]),
            CommandGroup(name: "Spec", subcommands: [InitCommand.self, ValidateCommand.self, SchemaCommand.self]),
            CommandGroup(name: "Hosts", subcommands: [ExecCommand.self, HostsCommand.self, NodesCommand.self]),
            CommandGroup(name: "Labs", subcommands: [LabCommand.self]),
            CommandGroup(name: "Serverless", subcommands: [FrameworkCommand.self, FunctionCommand.self]),
            CommandGroup(name: "Bundles", subcommands: [BundleCommand.self]),
            CommandGroup(name: "Help", subcommands: [ExplainCommand.self, DoctorCommand.self, ManualCommand.self]),
        ])

    package init() {}

    /// The product's version and those of the libraries that do the talking.
    static var version: String {
        """
        martlet \(ProductVersion.text)
        libssh2 \(SecureShell.libraryVersion)
        libcurl \(WebClient.libraryVersion ?? "(missing)")
        libyaml \(YAMLReader.libraryVersion)
        """
    }

    /// Parses, runs, prints what went wrong and exits with the table's status.
    package static func runToExit() async -> Never {
        let code: ExitStatus
        do {
            if let problem = UnknownCommand.problem(CommandLine.arguments.dropFirst(), root: MartletCommand.self) {
                throw problem
            }
            var command = try parsed(CommandLine.arguments.dropFirst())
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            code = .done
        } catch let status as ProgramExit {
            code = status.code
        } catch let diagnostics as Diagnostics {
            complain(diagnostics.list)
            code = diagnostics.exitCode
        } catch let diagnostic as Diagnostic {
            complain([diagnostic])
            code = diagnostic.exitCode
        } catch is CancellationError {
            Conversation.say("interrupted; the hosts are consistent, run again to go on")
            code = .interrupted
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            complain([usage(error)])
            code = .usage
        }
        fflush(nil)
        _exit(code.rawValue)
    }

    /// The command that the leading words name is parsed by itself: the tree of all commands, with what each says of itself, is built
    /// only where help is asked for or something is wrong, for the words that say so.
    static func parsed(_ arguments: ArraySlice<String>) throws -> any ParsableCommand {
        var type: any ParsableCommand.Type = MartletCommand.self
        var rest = arguments
        while let word = rest.first,
            let next = type.configuration.subcommands.first(where: { $0.configuration.commandName == word })
        {
            type = next
            rest.removeFirst()
        }
        if type.configuration.subcommands.isEmpty, let command = try? type.parse(Array(rest)) { return command }
        return try parseAsRoot(Array(arguments))
    }

    /// A command line that makes no sense.
    private static func usage(_ error: any Error) -> Diagnostic {
        let lines = message(for: error).split(whereSeparator: \.isNewline).map(String.init)
        let rest = lines.dropFirst().joined(separator: "\n")
        return Diagnostic(
            code: "cli.usage", lines.first ?? "the command line is wrong", detail: rest.isEmpty ? nil : rest,
            hint: "`\(commandPath) --help` tells how it is used", exitCode: .usage)
    }

    /// The command that was called, as far as its words are known.
    private static var commandPath: String {
        var words = ["martlet"]
        var current: any ParsableCommand.Type = MartletCommand.self
        for word in CommandLine.arguments.dropFirst() {
            let all =
                current.configuration.subcommands + current.configuration.groupedSubcommands.flatMap(\.subcommands)
            guard let next = all.first(where: { $0.configuration.commandName == word }) else { break }
            words.append(word)
            current = next
        }
        return words.joined(separator: " ")
    }

    private static func complain(_ diagnostics: [Diagnostic]) {
        FileHandle.standardError.write(Data(DiagnosticView.text(diagnostics, on: .of(2)).utf8))
    }
}

/// A status that says it all; nothing more is printed.
struct ProgramExit: Error {
    var code: ExitStatus

    /// Returns only if the code is `.done`.
    static func leave(with code: ExitStatus) throws {
        guard code == .done else { throw ProgramExit(code: code) }
    }
}

enum ProductVersion {
    static let text = "0.1.0"
}
