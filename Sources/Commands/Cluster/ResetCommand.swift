internal import ArgumentParser
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Minikube
internal import Planning
internal import Transports

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Take the cluster down and leave the hosts as they were.",
        discussion: """
            Everything in the cluster is lost, the data of etcd included. Workers go first, the first control plane last. What \
            martlet wrote and installed is taken away; what was there before stays.

            Example:
              martlet reset -f cluster.yaml
              martlet reset -f cluster.yaml --confirm demo
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The cluster's name, instead of being asked for it.")
    var confirm: String?

    @Option(help: "Only these hosts (they should have left the cluster before); may be given often.")
    var host: [String] = []

    func run() async throws {
        try await Interruption.guarding(hint: "run `martlet reset` again to go on") { try await reset() }
    }

    private func reset() async throws {
        let loaded = try SpecLoading.load(cluster.file)
        let spec = loaded.spec
        if spec.kubernetes.driver == .minikube {
            guard host.isEmpty else {
                throw Diagnostic(
                    code: "reset.unknown-host", "a minikube cluster is deleted as a whole", hint: "leave --host out",
                    exitCode: .usage)
            }
            return try await MinikubeRun.run(.delete, cluster.file, adopt: cluster.adopt, confirm: confirm)
        }
        try cluster.refuseMinikubeOptions()
        let hosts = host.isEmpty ? spec.hosts : spec.hosts.filter { host.contains($0.name) }
        if let unknown = host.first(where: { name in !spec.hosts.contains { $0.name == name } }) {
            throw Diagnostic(code: "reset.unknown-host", "the spec names no host \(unknown)", exitCode: .usage)
        }
        try approve(spec, hosts)
        let fleet = Fleet(transport: SSHTransport(ask: PasswordPrompt.ask), hosts: hosts, lock: LockHolder.current())
        let plan = ResetCatalogue.plan(spec, hosts: hosts)
        let report = await ClusterRun.run(
            plan, of: spec.name, fleet, explainer: FailureExplainer(causes: KnownCauses.all))
        await fleet.close()
        Conversation.show(report.entries.compactMap(\.outcome.diagnostic))
        if report.wasCancelled { throw CancellationError() }
        print("\(report.count { $0.isGood }) of \(report.entries.count) hosts are as they were")
        try ProgramExit.leave(with: report.exitCode)
    }

    private func approve(_ spec: ClusterSpec, _ hosts: [HostSpec]) throws {
        let names = hosts.map(\.name).joined(separator: ", ")
        try NameConfirmation.require(
            spec.name, given: confirm,
            warning: "This destroys the cluster \(spec.name) on \(names), with all that is stored in it.", code: "reset"
        )
    }
}
