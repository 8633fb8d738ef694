internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Planning
internal import Reporting

/// Carries out the plan of a session that holds the hosts' locks.
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

    /// Shows progress and keeps the journal.
    static func run(_ session: ClusterSession, stopAtFailure: Bool = false) async -> Report {
        let view = ProgressView(terminal: .of(2), total: session.plan.changes.count, write: Conversation.write)
        let journal: Journal?
        do {
            journal = try Journal(folder: StateFolder.path, cluster: session.spec.name)
        } catch {
            journal = nil
            Conversation.show([
                Diagnostic(.warning, code: "journal.unwritable", "there is no journal of this run: \(error)")
            ])
        }
        var options = Runner.Options()
        options.keepGoing = !stopAtFailure
        options.askedAt = session.askedAt
        let runner = Runner(
            fleet: session.fleet, blobs: session.driver.blobs, journal: journal, options: options,
            explain: session.driver.explainer, emit: view.show)
        journal?.record(.runStarted)
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                view.tick()
            }
        }
        let report = await runner.run(session.plan)
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
