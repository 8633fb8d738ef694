internal import ArgumentParser
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Planning
internal import Reporting

struct NodesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the pools, and which of their hosts are nodes.",
        discussion: """
            Example:
              martlet nodes list -f cluster.yaml
              martlet nodes list --format json | jq '.pools[] | {name, nodes: [.hosts[] | select(.node) | .name]}'
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "text or json.")
    var format: PlanFormat = .text

    func run() async throws {
        let session = try await ClusterSession.open(cluster, lock: nil, isTolerant: true)
        await session.fleet.close()
        Conversation.show(session.problems)
        let list = try PoolList(session)
        print(format == .json ? JSONOutput.text(list) : list.text, terminator: "")
    }
}

/// Pools and their hosts, as they are now.
struct PoolList: Encodable {
    struct Host: Encodable {
        var name: String
        /// Whether the API lists it.
        var node: Bool
        var ready: Bool
        /// Whether it answered over SSH.
        var answers: Bool
    }

    struct Pool: Encodable {
        var name: String
        var minimum: Int
        var maximum: Int
        var hosts: [Host]
    }

    var formatVersion = 1
    var cluster: String
    var pools: [Pool]

    init(_ session: ClusterSession) throws {
        cluster = session.spec.name
        let context = try session.context
        let known = context.api?.nodes ?? [:]
        let hosts = context.poolHosts
        pools = session.spec.pools.map { pool in
            Pool(
                name: pool.name, minimum: pool.minimum, maximum: pool.maximum,
                hosts: hosts.filter { $0.pool == pool.name }.map { host in
                    Host(
                        name: host.name, node: known[host.name] != nil, ready: known[host.name]?.isReady ?? false,
                        answers: session.facts.hosts[host.name] != nil)
                })
        }
    }

    var text: String {
        guard !pools.isEmpty else { return "the spec has no pools\n" }
        var rows = [["POOL", "BOUNDS", "HOST", "IS", "READY"]]
        for pool in pools {
            for host in pool.hosts {
                let part = host.node ? "node" : host.answers ? "spare" : "spare, does not answer"
                rows.append([
                    pool.name, "\(pool.minimum) to \(pool.maximum)", host.name, part,
                    host.node ? (host.ready ? "yes" : "NO") : "",
                ])
            }
        }
        return TextTable.render(rows)
    }
}
