import ArgumentParser
import Diagnostics
import Foundation
import LocalHosts

struct HostsCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a fleet of hosts and print a cluster specification for it.",
        discussion: """
            The first time a base tree is built from this machine's own Debian archive (about a minute); it is kept in \
            the cache. If creation is interrupted, the same command continues, and `hosts destroy` removes what there is.

            Example:
              martlet hosts create --bundle kubernetes-bundle --spec lab.yaml
              martlet hosts create --name wide --control-planes 3 --workers 5
              martlet hosts create --name small alpha beta
            """)

    @Argument(help: ArgumentHelp("Names of the hosts; control planes come first.", valueName: "names"))
    var names: [String] = []

    @Option(help: "Name of the fleet and of the cluster.")
    var name = "lab"

    @Option(help: "Number of hosts: three control planes from four hosts on, else one.")
    var count: Int?

    @Option(help: "Number of control planes.")
    var controlPlanes: Int?

    @Option(help: "Number of workers.")
    var workers: Int?

    @Option(help: "Write the specification to this file instead of standard output; it must not exist.")
    var spec: String?

    @Option(help: "The bundle that the specification names; its version is read from there.")
    var bundle: String?

    @Option(help: "The version that the specification names (default: the bundle's, else v1.20.2).")
    var kubernetesVersion: String?

    @Option(help: "The user that the specification names: root, or martlet, who may use sudo.")
    var user = "root"

    @Option(help: "Network of the hosts, 10.X.Y.0/24 (default: one that is free).")
    var network: String?

    @Option(help: "Memory limit of each host, for example 2G.")
    var memory: String?

    @Option(help: "CPU limit of each host, for example 1.5.")
    var cpus: Double?

    @Option(help: "Seconds that the hosts may take to boot.")
    var timeout = 120

    @Flag(help: "Install the Debian packages that this machine lacks.")
    var install = false

    func validate() throws {
        guard ["root", "martlet"].contains(user) else { throw ValidationError("--user is root or martlet") }
        if let memory, MemorySize.bytes(memory) == nil { throw ValidationError("--memory is a size like 512M or 2G") }
        if let cpus, !(cpus >= 0.01 && cpus <= 4096) { throw ValidationError("--cpus is a number above 0") }
        guard (1...86400).contains(timeout) else { throw ValidationError("--timeout is a number of seconds") }
    }

    func run() async throws {
        let hosts = try FleetRequest.layout(names: names, count: count, controlPlanes: controlPlanes, workers: workers)
        try Prerequisites.requireRoot(for: "create")
        let file = try spec.map { try SpecificationFile(path: $0) }
        let cluster = try BundleFacts.cluster(bundle: bundle, version: kubernetesVersion)
        let request = FleetRequest(
            name: name, hosts: hosts, network: network, user: user, memoryBytes: memory.flatMap(MemorySize.bytes),
            cpus: cpus, deadline: .seconds(timeout))
        let store = FleetStore()
        let record = try await Interruption.guarding(
            hint: "`martlet hosts destroy \(name)` removes what exists, the same `hosts create` continues"
        ) {
            if install { try await Prerequisites.install(say: Conversation.say) }
            return try await FleetCreation(store: store, request: request, say: Conversation.say).run()
        }
        let text = SpecificationText.yaml(record, store: store, cluster: cluster)
        if let file {
            try file.write(text)
            Conversation.say("wrote \(file.path)")
        } else {
            print(text, terminator: "")
        }
    }
}
