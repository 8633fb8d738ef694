internal import ConfigTree
internal import KubernetesAPI

/// A program of this machine that an action runs: an argument list, never a shell.
package struct LocalRun: Sendable, Hashable {
    package var argv: [String]
    package var environment: [String: String]
    /// Under which it goes on in the background, and takes the place of what ran there; nil waits for its end.
    package var name: String?
    /// A TCP port of this machine on which it must listen before it counts as started.
    package var port: Int?
    /// Until it listens, or has ended.
    package var timeout: Duration
    /// What takes it back; only of one that ends.
    package var undo: [String]?

    package var words: String {
        "run `\(argv.joined(separator: " "))`" + (name.map { " in the background, as \($0)" } ?? "")
    }
}

/// A program in the background, complete with what is needed to begin it again.
package struct BackgroundRun: Sendable, Hashable, Codable {
    package var argv: [String]
    package var environment: [String: String]
    package var folder: String

    package init(argv: [String], environment: [String: String], folder: String) {
        self.argv = argv
        self.environment = environment
        self.folder = folder
    }
}

/// Runs programs for actions, and ends them.
struct LocalRunner {
    let context: CheckContext
    let undo: UndoJournal?

    /// Names are those of one run of one lab.
    static func prefix(_ context: CheckContext) -> String { "\(context.lab.name)-\(context.run.nonce)-" }

    private func key(_ name: String) -> String { Self.prefix(context) + name }

    private func accept(_ words: String) throws {
        guard context.lab.origin.isOwn || context.run.acceptsCommands else {
            throw CannotJudge(
                "this lab does not come with martlet, and it wants to \(words): accept that with --accept-commands")
        }
        guard !context.work.isEmpty else { throw CannotJudge("there is no work folder: name one with --work") }
    }

    func run(_ run: LocalRun) async throws {
        try accept(run.words)
        let argv = run.argv.map(context.fill)
        let environment = run.environment.mapValues(context.fill)
        guard let name = run.name else { return try await wait(for: argv, environment, run) }
        let before = await context.ground.endBackground(key(name))
        undo?.add(.background(key: key(name), before: before))
        try context.ground.startBackground(
            key(name), BackgroundRun(argv: argv, environment: environment, folder: context.work))
        guard let port = run.port else { return }
        let seen = try await Patience.wait(run.timeout, interval: .milliseconds(200)) {
            if await context.ground.listens(port) { return .pass("it listens") }
            guard context.ground.background(key(name)) != nil else {
                return .fail("it has ended", evidence: [], isFinal: true)
            }
            return .fail("nothing listens on port \(port)")
        }
        guard seen.holds else {
            let log = context.ground.backgroundLog(key(name)).suffix(3).joined(separator: " | ")
            throw CannotJudge(
                "`\(argv.joined(separator: " "))`: \(seen.observed)" + (log.isEmpty ? "" : ": \(log.shortened(240))"))
        }
    }

    private func wait(for argv: [String], _ environment: [String: String], _ run: LocalRun) async throws {
        if let words = run.undo {
            undo?.add(.program(words.map(context.fill), environment: environment, folder: context.work))
        }
        let answer = try await context.ground.program(
            argv, environment: environment, folder: context.work, timeout: run.timeout)
        if answer.isLate {
            throw CannotJudge("`\(argv.joined(separator: " "))` did not end within \(LabDuration.text(run.timeout))")
        }
        guard answer.status == 0 else {
            let reason = (answer.errors.isEmpty ? answer.output : answer.errors).split(separator: "\n").suffix(3)
                .joined(
                    separator: " | ")
            throw CannotJudge(
                "`\(argv.joined(separator: " "))` ended with status \(answer.status)"
                    + (reason.isEmpty ? "" : ": \(reason.shortened(240))"))
        }
    }

    func stop(_ name: String) async throws {
        try accept("end \(name)")
        undo?.add(.background(key: key(name), before: await context.ground.endBackground(key(name))))
    }
}
