internal import ArgumentParser
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Minikube
internal import Planning
internal import Reporting

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the nodes and whether the hosts still are what the spec says.",
        discussion: """
            Example:
              martlet status
              martlet status --format json | jq '.nodes[] | select(.ready | not)'
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "text or json.")
    var format: PlanFormat = .text

    func run() async throws {
        let session = try await ClusterSession.open(cluster, lock: nil, isTolerant: true)
        await session.fleet.close()
        Conversation.show(session.problems)
        let status = session.driver.status(session.plan, silent: session.problems.compactMap(\.host))
        print(format == .json ? JSONOutput.text(status) : status.text(on: .of(1)), terminator: "")
        try ProgramExit.leave(with: status.isHealthy ? .done : .failed)
    }
}

/// Nodes of the API beside hosts of the spec.
struct ClusterStatus: Encodable {
    struct Node: Encodable {
        var name: String
        /// False also for a host that is no node yet.
        var ready: Bool
        var roles: [String]
        /// Of the kubelet; empty for a host that is no node yet.
        var version: String
        var inSpec: Bool
        /// Of the driver minikube: what is wrong with the machine, in its words.
        var note: String?
    }

    var formatVersion = 1
    var cluster: String
    var endpoint: String
    /// Whether an API server answered.
    var reachable: Bool
    var nodes: [Node]
    /// Hosts of pools that are no nodes now.
    var spares: [String]
    /// Hosts that did not answer over SSH.
    var unreachable: [String]
    /// Steps that do not hold, on the hosts that answered.
    var pending: [String]
    /// Of the driver minikube: `running`, `stopped`, `paused`, or what is wrong.
    var standing: String?

    init(_ context: ClusterContext, plan: Plan, silent: [String]) {
        cluster = context.spec.name
        endpoint = context.endpoint
        reachable = context.api != nil
        unreachable = silent
        pending = plan.changes.filter { !silent.contains($0.host) }.map(\.id)
        spares = context.idle.map(\.name)
        let known = context.api?.nodes ?? [:]
        nodes = context.spec.hosts.map { host in
            Node(
                name: host.name, ready: known[host.name]?.isReady ?? false, roles: host.roles.map(\.rawValue).sorted(),
                version: known[host.name]?.version ?? "", inSpec: true)
        }
        for name in context.strangers {
            let node = known[name]
            let isControlPlane = node?.labels["node-role.kubernetes.io/control-plane"] != nil
            nodes.append(
                Node(
                    name: name, ready: node?.isReady ?? false, roles: [isControlPlane ? "control-plane" : "worker"],
                    version: node?.version ?? "", inSpec: false))
        }
    }

    init(_ overview: MinikubeOverview, _ spec: ClusterSpec, plan: Plan, silent: [String]) {
        cluster = spec.name
        endpoint = overview.endpoint ?? "no address yet"
        reachable = overview.isReachable
        unreachable = silent
        pending = plan.changes.map(\.id)
        standing = overview.standing
        spares = []
        nodes = overview.machines.map {
            Node(
                name: $0.name, ready: $0.isRunning, roles: [$0.isControlPlane ? "control-plane" : "worker"],
                version: $0.version, inSpec: $0.isWanted, note: $0.note.isEmpty ? nil : $0.note)
        }
    }

    var isHealthy: Bool { reachable && unreachable.isEmpty && nodes.allSatisfy(\.ready) }

    func text(on terminal: Terminal) -> String {
        var rows = [["NODE", "READY", "ROLES", "VERSION", ""]]
        rows += nodes.map { node in
            [
                node.name, node.ready ? "yes" : "NO", node.roles.joined(separator: ","),
                node.version.isEmpty ? "-" : node.version,
                node.note ?? (node.inSpec ? "" : "not in the spec"),
            ]
        }
        var text = "\(cluster) at \(endpoint)\(reachable ? "" : " (no API server answers)")\n"
        if let standing { text += "minikube: \(standing)\n" }
        text += "\n"
        text += TextTable.render(rows)
        if !spares.isEmpty { text += "\nSpares: \(spares.joined(separator: ", "))\n" }
        if !unreachable.isEmpty { text += "\nNo answer over SSH: \(unreachable.joined(separator: ", "))\n" }
        text +=
            pending.isEmpty
            ? "\nThe hosts are what the spec says\n" : "\n\(pending.count) steps do not hold: run `martlet plan`\n"
        return text
    }
}
