internal import ArgumentParser
internal import Autoscaling
internal import Diagnostics

struct NodesAutoscaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoscale",
        abstract: "Join spares of a pool while pods wait for room, drain them when nothing needs them.",
        discussion: """
            A pod that the scheduler finds no node for, and that would fit on a spare, makes one join; a node of the pool whose pods \
            ask for little, and would fit elsewhere, is drained after a while and becomes a spare again. One host at a time, \
            within the pool's minimum and maximum, and every decision is told with its reason. It counts what pods ask for, \
            not what they use: without requests nothing is ever short.

            Exit status: 0, or 1 if with --until-settled or --once pods wait for a spare that is not to be had.

            Example:
              martlet nodes autoscale --pool spare --dry-run
              martlet nodes autoscale --pool spare --yes --idle 300
              martlet nodes autoscale --pool spare --yes --until-settled --limit 900
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The pool's name.")
    var pool: String

    @Option(help: "Seconds for which a node must be unneeded before it is drained.")
    var idle = 600

    @Option(help: ArgumentHelp("The part of a node, by requests, below which it may be unneeded.", valueName: "part"))
    var threshold = 0.5

    @Option(help: "Seconds between looks.")
    var interval = 10

    @Option(help: "Stop after so many seconds (a change that is under way is ended first).")
    var limit: Int?

    @Flag(help: "Tell the decision of this moment, change nothing.")
    var dryRun = false

    @Flag(help: "Take one decision, carry it out, stop.")
    var once = false

    @Flag(name: .customLong("until-settled"), help: "Stop when there is nothing more to do.")
    var untilSettled = false

    @Flag(help: "Do not ask before the first change.")
    var yes = false

    @Option(help: "text or json (one object for each decision).")
    var format: PlanFormat = .text

    func validate() throws {
        guard idle >= 0 else { throw ValidationError("--idle is a number of seconds") }
        guard threshold > 0, threshold <= 1 else { throw ValidationError("--threshold lies above 0 and up to 1") }
        guard (1...3600).contains(interval) else { throw ValidationError("--interval lies from 1 to 3600 seconds") }
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit is a number of seconds") }
        guard [dryRun, once, untilSettled].count(where: { $0 }) <= 1 else {
            throw ValidationError("--dry-run, --once and --until-settled exclude each other")
        }
    }

    func run() async throws {
        try await Interruption.guarding(hint: "the hosts are consistent; run it again to go on") {
            let scaler = PoolScaler(
                options: cluster, pool: pool, settings: PoolSettings(idle: Double(idle), threshold: threshold),
                interval: .seconds(interval), limit: limit.map { .seconds($0) },
                end: dryRun ? .dryRun : once ? .afterOne : untilSettled ? .whenSettled : .never, isApproved: yes,
                isJSON: format == .json)
            try await scaler.run()
        }
    }
}
