internal import ArgumentParser

struct NodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Pools of spare hosts: nodes by need.",
        discussion: """
            A spec may name pools of spare hosts (`pools:`, and `pool: NAME` at a host). Which of them are nodes is decided here; \
            `martlet apply` leaves it as it is, but for the pool's minimum.

            Example:
              martlet nodes list
              martlet nodes resize --pool spare --nodes 1
              martlet nodes autoscale --pool spare --dry-run
            """,
        subcommands: [NodesListCommand.self, NodesResizeCommand.self, NodesAutoscaleCommand.self])
}
