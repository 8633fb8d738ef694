internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Foundation
internal import Reporting
internal import Synchronization
internal import Transports

struct ExecCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command on all or selected hosts.",
        discussion: """
            Hosts come from a spec (-f) or from --target. Equal outputs are shown once, with the hosts that gave them; --stream \
            prints lines as hosts finish. The exit status is 0 only if the command ended with 0 on every host.

            Example:
              martlet exec -f cluster.yaml -- uptime
              martlet exec -f cluster.yaml --role worker --sudo -- systemctl is-active kubelet
              martlet exec --target root@192.0.2.11 --target root@192.0.2.12 --format json -- uname -r
            """)

    @Option(name: [.customShort("f"), .customLong("file")], help: "A spec whose hosts are used.", completion: .file())
    var file: String?

    @Option(help: "A host as [USER@]ADDRESS[:PORT]; may be given often, or @FILE with one host per line.")
    var target: [String] = []

    @Option(help: "Only these hosts, by name or pattern with *; may be given often.")
    var host: [String] = []

    @Option(help: "Only hosts with this role: control-plane or worker.")
    var role: String?

    @Flag(help: "Run as root through sudo, with the spec's sudoPassword if it has one.")
    var sudo = false

    @Option(help: "Connections under way at once.")
    var concurrency = 64

    @Option(help: "Seconds for the command on each host.")
    var timeout = 300

    @Option(help: "text or json.")
    var format: Format = .text

    @Flag(help: "Print results as they come, each line after its host's name.")
    var stream = false

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("Name a command after --, for example: martlet exec -- uptime")
        }
        guard concurrency > 0, timeout > 0 else {
            throw ValidationError("--concurrency and --timeout must be above zero")
        }
        guard role.map({ HostSpec.Role(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--role is control-plane or worker")
        }
    }

    func run() async throws {
        let hosts = try HostChoice(file: file, targets: target, patterns: host, role: role.flatMap(HostSpec.Role.init))
            .hosts()
        let results = Mutex<[FleetExecution.Outcome]>([])
        let isStreaming = stream && format == .text
        try await FleetExecution.run(
            command.count == 1 ? command[0] : command.map(Self.word).joined(separator: " "), on: hosts,
            concurrent: concurrency, asRoot: sudo, timeoutSeconds: timeout, ask: PasswordPrompt.ask
        ) { outcome in
            if isStreaming { ExecReport.stream(outcome) }
            results.withLock { $0.append(outcome) }
        }
        let report = ExecReport(results.withLock { $0 }, order: hosts.map(\.name))
        switch format {
        case .json: print(JSONOutput.text(report.payload), terminator: "")
        case .text where !isStreaming: print(report.text(on: .of(1)), terminator: "")
        case .text: break
        }
        if format == .text { Conversation.show(report.problems) }
        try ProgramExit.leave(with: report.exitCode)
    }

    /// Arguments keep their borders on the far side; a single argument is a shell command as it stands.
    private static func word(_ argument: String) -> String {
        "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
