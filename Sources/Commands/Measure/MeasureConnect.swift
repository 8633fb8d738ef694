internal import ArgumentParser
internal import ClusterModel
internal import Execution
internal import Transports

/// Connects, verifies the hosts' keys, authenticates and closes: what a connection costs before anything is asked.
struct MeasureConnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Connect to hosts, authenticate and close.")

    @Option(name: [.customShort("f"), .customLong("file")], help: "A spec whose hosts are used.")
    var file: String?

    @Option(help: "As of exec.")
    var target: [String] = []

    func run() async throws {
        let hosts = try HostChoice(file: file, targets: target, patterns: [], role: nil).hosts()
        let fleet = Fleet(transport: SSHTransport(ask: PasswordPrompt.ask), hosts: hosts, lock: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for host in hosts { group.addTask { _ = try await fleet.connection(to: host.name) } }
            try await group.waitForAll()
        }
        await fleet.close()
        print("\(hosts.count) hosts")
    }
}
