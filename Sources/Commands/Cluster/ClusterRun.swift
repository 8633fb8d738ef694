internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Planning
internal import Reporting

/// Carries out a plan over connections that hold the hosts' locks.
enum ClusterRun {
    /// - Throws: `Diagnostics` with what blocks the plan; nothing has been changed then.
    static func refuseBlocked(_ plan: Plan) throws {
        guard plan.isBlocked else { return }
        let blocked = plan.steps.filter { $0.change == .blocked }
        throw Diagnostics(
            blocked.map {
                Diagnostic(
                    code: "plan.blocked", "\($0.title): \($0.reason)", hint: "nothing was changed on any host",
                    host: $0.host)
            } + plan.diagnostics.filter { $0.severity == .error && blocked.isEmpty })
    }

    static func run(_ session: ClusterSession, stopAtFailure: Bool = false) async -> Report {
        var options = Runner.Options()
        options.keepGoing = !stopAtFailure
        options.askedAt = session.askedAt
        return await run(
            session.plan, of: session.spec.name, session.fleet, blobs: session.driver.blobs,
            explainer: session.driver.explainer, options: options)
    }

    /// Shows progress and keeps the journal.
    ///
    /// - Parameter cluster: the name of the spec.
    static func run(
        _ plan: Plan, of cluster: String, _ fleet: Fleet, blobs: [String: BlobSource] = [:],
        explainer: FailureExplainer, options: Runner.Options = Runner.Options()
    ) async -> Report {
        let view = ProgressView(terminal: .of(2), total: plan.changes.count, write: Conversation.write)
        let journal: Journal?
        do {
            journal = try Journal(folder: StateFolder.path, cluster: cluster)
        } catch {
            journal = nil
            Conversation.show([
                Diagnostic(.warning, code: "journal.unwritable", "there is no journal of this run: \(error)")
            ])
        }
        let runner = Runner(
            fleet: fleet, blobs: blobs, journal: journal, options: options, explain: explainer, emit: view.show)
        journal?.record(.runStarted)
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                view.tick()
            }
        }
        let report = await runner.run(plan)
        ticking.cancel()
        view.end()
        journal?.record(.runFinished, outcome: report.exitCode == .done ? "done" : "failed")
        return report
    }

    /// - Throws: `CancellationError`; `ProgramExit` after the problems were shown.
    static func requireDone(_ report: Report) throws {
        if report.wasCancelled { throw CancellationError() }
        let problems = report.entries.compactMap(\.outcome.diagnostic)
        guard problems.isEmpty, report.exitCode == .done else {
            Conversation.show(problems)
            throw ProgramExit(code: report.exitCode)
        }
    }
}
