internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import KubernetesAPI
internal import Labs
internal import Reporting

struct LabCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at what you did.",
        discussion: """
            Asks all checks of a lab or of one step: what depends on others after them, everything else at once. What takes its time is \
            waited for, unless --now says otherwise. Whatever could not be asked is an error and never a failure of yours.

            Exit status: 0 if all pass, 1 if not; with --detailed-exit-code 2 where the lab is not passed and nothing went wrong.

            Example:
              martlet lab check E10
              martlet lab check E10 --step look --watch
              martlet lab check E10 --format json
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Option(help: "Only the checks of this step, and what they depend on.")
    var step: String?

    @Option(help: "Only checks of this tier: goal or robust.")
    var tier: Tier?

    @Flag(help: "Look once and wait for nothing.")
    var now = false

    @Flag(help: "Look again and again until all pass.")
    var watch = false

    @Flag(help: "Exit status 2 if the lab is not passed.")
    var detailedExitCode = false

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    @Option(help: "text or json.")
    var format: LabFormat = .text

    @Flag(help: "Show all of what passed, too.")
    var verbose = false

    func validate() throws {
        guard !watch || format == .text else { throw ValidationError("--watch writes text") }
    }

    func run() async throws {
        let lab = try place.lab(id)
        if let step, lab.step(step) == nil { throw LabShowCommand.unknownStep(step, lab) }
        let report = try await LabSession.with(cluster, for: lab) { session in
            let memories = CheckMemories()
            var report = try await look(lab, session, memories)
            guard watch, report.result != .pass else { return report }
            let watching = LabWatch(session.context(lab, try await session.progress(of: lab)))
            let polls = chosen(lab).contains { !$0.primitive.isOfTheAPI && !$0.primitive.isCostly }
            let feed = LabChangeFeed(
                await watching.collections(of: chosen(lab)), client: session.client, polls: polls)
            defer { feed.stop() }
            var ended: [String: ContinuousClock.Instant] = [:]
            while report.result != .pass {
                show(report)
                let reason = try await feed.next()
                let settled = LabWatch.settled(
                    report.checks, of: lab, because: reason, canWatch: feed.canWatch, ended: ended, now: .now)
                let before = Set(settled.map(\.id))
                report = try await look(
                    lab, session, memories, settled: settled, gaps: reason == .time && report.gaps.isEmpty ? [] : nil)
                for outcome in report.checks where !before.contains(outcome.id) { ended[outcome.id] = .now }
            }
            return report
        }
        show(report)
        try ProgramExit.leave(with: Self.status(of: report, detailed: detailedExitCode))
    }

    static func status(of report: LabReport, detailed: Bool) -> ExitStatus {
        switch report.result {
        case .pass, .simulatedPass, .skipped: .done
        case .error: .failed
        case .fail, .blocked: detailed ? .pending : .failed
        }
    }

    private func chosen(_ lab: Lab) -> [LabCheck] {
        (step.flatMap { lab.step($0)?.checks } ?? lab.checks).filter { tier == nil || $0.tier == tier }
    }

    /// - Parameter settled: outcomes that still count.
    /// - Parameter gaps: what the lab needs and is not there, if that is known.
    private func look(
        _ lab: Lab, _ session: LabSession, _ memories: CheckMemories, settled: [CheckOutcome] = [],
        gaps known: [NeedsSurvey.Gap]? = nil
    ) async throws -> LabReport {
        var progress = try await session.progress(of: lab)
        let context = session.context(lab, progress)
        let start = ContinuousClock.now
        let chosen = chosen(lab)
        let outcomes: [CheckOutcome]
        var gaps: [NeedsSurvey.Gap] = []
        do {
            if let known { gaps = known } else { gaps = try await NeedsSurvey(context).gaps(isStarted: true) }
            outcomes =
                gaps.isEmpty
                ? await LabEvaluation(
                    context, waiting: now || watch ? .atMost(.zero) : .full(factor: cluster.slow),
                    memories: watch ? memories : nil
                ).run(chosen, known: settled)
                : chosen.map { LabReport.blocked($0, by: gaps[0], context) }
        } catch let obstacle as CannotJudge {
            outcomes = chosen.map { LabReport.impossible($0, obstacle.reason, context) }
        }
        progress.take(outcomes, of: lab, now: Date())
        if !context.snapshots.all.isEmpty { progress.snapshots = context.snapshots.all }
        try LabSession.store.save(progress)
        return LabReport(
            lab, cluster: session.cluster, step: step, state: progress.state, gaps: gaps, checks: outcomes,
            seconds: (ContinuousClock.now - start).seconds, now: Date())
    }

    private func show(_ report: LabReport) {
        let terminal = Terminal.of(1)
        if watch, terminal.isInteractive { print("\u{1b}[H\u{1b}[2J", terminator: "") }
        print(
            format == .json ? LabReportView.json(report) : LabReportView.text(report, on: terminal, verbose: verbose),
            terminator: "")
        fflush(nil)
    }
}

extension Tier: ExpressibleByArgument {}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
