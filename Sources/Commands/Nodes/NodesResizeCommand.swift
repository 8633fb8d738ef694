internal import ArgumentParser
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Planning
internal import Reporting

struct NodesResizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resize",
        abstract: "Give a pool so many nodes.",
        discussion: """
            Spares join as in an apply. Nodes leave drained: what may not be disturbed now (a disruption budget) keeps its node, \
            which then takes pods again.

            Example:
              martlet nodes resize --pool spare --nodes 2
              martlet nodes resize --pool spare --nodes 0 --dry-run
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The pool's name.")
    var pool: String

    @Option(help: "How many nodes it shall have.")
    var nodes: Int

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Show the plan only.")
    var dryRun = false

    func run() async throws {
        try await Interruption.guarding(hint: "the hosts are consistent; run it again to go on") { try await resize() }
    }

    private func resize() async throws {
        let session = try await ClusterSession.open(cluster, lock: nil)
        await session.fleet.close()
        let context = try session.context
        guard context.isInitialised else {
            throw Diagnostic(
                code: "nodes.no-cluster", "no API server answers",
                hint: "is there a cluster? `martlet apply` makes one",
                exitCode: .unreachable)
        }
        let pool = try PoolRun.pool(pool, in: session.spec)
        let change = try PoolResize.change(pool, to: nodes, in: context)
        guard change != .none else {
            print("the pool \(pool.name) has \(nodes) of its hosts as nodes already")
            return
        }
        if dryRun {
            let planned = try await ClusterSession.open(cluster, lock: nil, pools: change)
            await planned.fleet.close()
            print(PlanView.text(planned.plan, on: .of(1)), terminator: "")
            return
        }
        let isDone = try await PoolRun.change(cluster, change) { plan in
            if yes { return true }
            print(PlanView.text(plan, on: .of(1)), terminator: "")
            return Conversation.question("Do this? Only `yes` is taken: ") == "yes"
        }
        guard isDone else {
            Conversation.say("nothing was changed; in scripts use --yes")
            throw ProgramExit(code: .failed)
        }
        print("the pool \(pool.name) has \(nodes) of its hosts as nodes")
    }
}
