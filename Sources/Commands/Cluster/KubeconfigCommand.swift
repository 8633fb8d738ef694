internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Foundation

struct KubeconfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubeconfig",
        abstract: "Fetch the administrator's kubeconfig.",
        discussion: """
            Prints it, writes it to a file, or merges it into one that has other clusters (0600, whole or not at all; a copy of \
            the old file stays beside it). Cluster, user and context are named after the spec.

            With --tunnel it leads through the SSH session of a host, for an API that is not reached from here (minikube on a remote \
            host listens on that host only): a port of this machine, as long as the command runs.

            Example:
              martlet kubeconfig --output demo.kubeconfig
              martlet kubeconfig --output demo.kubeconfig --tunnel
              martlet kubeconfig --merge ~/.kube/config && kubectl --context demo get nodes
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(name: [.short, .long], help: "Write to this file instead of standard output.", completion: .file())
    var output: String?

    @Option(help: "Merge into this file; entries of other clusters stay.", completion: .file())
    var merge: String?

    @Flag(help: "Write an address of this machine, forward it over SSH, and stay until interrupted; needs --output.")
    var tunnel = false

    func validate() throws {
        guard !tunnel || output != nil else { throw ValidationError("--tunnel needs --output") }
        guard output == nil || merge == nil else { throw ValidationError("--output and --merge exclude each other") }
    }

    func run() async throws {
        let session = try await ClusterSession.open(cluster, lock: nil, wantsKubeconfig: true)
        if tunnel, let output { return try await KubeconfigTunnel(session: session).serve(output) }
        await session.fleet.close()
        let text = try KubeconfigFile.asked(session)
        if let merge {
            try KubeconfigFile.merge(text, into: (merge as NSString).expandingTildeInPath)
        } else if let output {
            try LocalWrite.replace(output, with: Data(text.utf8), mode: 0o600)
        } else {
            print(text, terminator: "")
        }
        if let hint = await KubeconfigTunnel.hint(for: text, session) { Conversation.show([hint]) }
    }
}
