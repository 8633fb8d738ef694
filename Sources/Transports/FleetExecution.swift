package import ClusterModel
package import Diagnostics
internal import SecureShell

/// One command on very many hosts, results as they come; nothing but the unfinished is held in memory.
package enum FleetExecution {
    package struct Outcome: Sendable {
        package var host: String
        /// Nil if the command could not be run or its end was not seen; then `problem` says why.
        package var status: Int32?
        package var output: String
        package var errorOutput: String
        package var problem: Diagnostic?
    }

    /// - Parameters:
    ///   - concurrent: connections under way at once.
    ///   - asRoot: through sudo where the user is not root.
    ///   - timeoutSeconds: for each host's command.
    package static func run(
        _ command: String, on hosts: [HostSpec], concurrent: Int, asRoot: Bool, timeoutSeconds: Int,
        ask: @escaping SSHTransport.Asking, onOutcome: @escaping @Sendable (Outcome) -> Void
    ) async throws {
        let resolver = TargetResolver(ask: ask)
        var targets: [SSHTarget] = []
        targets.reserveCapacity(hosts.count)
        for host in hosts { targets.append(try resolver.target(for: host)) }
        let names = hosts.map(\.name)
        var sudo: [SudoMode] = []
        // Asked for before the first connection: nobody is at the terminal in the middle of a thousand hosts.
        if asRoot, targets.contains(where: { $0.user != "root" }) {
            for (host, target) in zip(hosts, targets) {
                sudo.append(try await resolver.sudo(for: host, user: target.user))
            }
        }
        await FleetRunner().run(
            command, on: targets, concurrency: concurrent, sudo: sudo, deadline: .seconds(timeoutSeconds)
        ) { index, result in
            switch result {
            case .success(let result):
                onOutcome(
                    Outcome(
                        host: names[index], status: result.status,
                        output: String(decoding: result.stdout, as: UTF8.self),
                        errorOutput: String(decoding: result.stderr, as: UTF8.self), problem: nil))
            case .failure(let error):
                onOutcome(
                    Outcome(
                        host: names[index], status: nil, output: "", errorOutput: "",
                        problem: error.diagnostic(host: names[index])))
            }
        }
    }
}
