internal import ArgumentParser
internal import Bundles
internal import Diagnostics
internal import Frameworks
internal import Reporting

struct FrameworkStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How installed frameworks are: ready, drift, and why not.",
        discussion: """
            Compares the objects of the cluster with what they must be, and looks at the readiness checks. Changes nothing. Exit status \
            1 if one is not ready, or nobody can tell; with --detailed-exit-code 2 for drift.

            Example:
              martlet framework status
              martlet framework status openfaas --format json
            """)

    @Argument(help: "The framework's name (default: all that are installed).")
    var name: String?

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var cluster: ClusterChoice
    @OptionGroup var files: FrameworkFileOptions

    @Flag(name: .customLong("detailed-exit-code"), help: "Exit with 2 for drift.")
    var detailedExitCode = false

    @Option(help: "text or json.")
    var format: FrameworkFormat = .text

    func run() async throws {
        let status = try await FrameworkSession.with(cluster, place) { session in
            let records = try name.map { [try session.needed($0)] } ?? session.installed
            var result: [FrameworkStatus] = []
            for record in records { result.append(try await inspect(session, record)) }
            return result
        }
        switch format {
        case .json: print(FrameworkStatusView.json(status), terminator: "")
        case .text: print(FrameworkStatusView.text(status, on: .of(1)), terminator: "")
        }
        let verdicts = status.map(\.verdict)
        if !verdicts.allSatisfy({ [.ready, .drift, .removed].contains($0) }) { throw ProgramExit(code: .failed) }
        try ProgramExit.leave(with: detailedExitCode && verdicts.contains(.drift) ? .pending : .done)
    }

    private func inspect(_ session: FrameworkSession, _ record: InstalledFramework) async throws -> FrameworkStatus {
        guard record.state != .removed else {
            return FrameworkStatus(record, plan: nil, checks: nil, available: nil)
        }
        guard session.catalogue.names.contains(record.name) else {
            // The others can be told all the same.
            return FrameworkStatus(
                record, plan: nil, checks: nil, available: nil,
                notCompared: "the catalogue has no \(record.name): --frameworks FOLDER adds your own")
        }
        let release = try record.release(session.catalogue, cluster: session.facts)
        var plan: FrameworkPlan?
        var notCompared: String?
        do {
            plan = try await FrameworkPreparation.make(
                session, release, try files.store(spec: session.specPath, frameworks: place.frameworks),
                record: record, adopts: false
            ).plan
        } catch let error as Diagnostic {
            // Readiness can be told without the files.
            notCompared = error.summary + (error.hint.map { ": \($0)" } ?? "")
        }
        let runner = CheckRunner(release, session.client, session.reach)
        var available: String?
        if record.version != release.channel.version {
            available = "\(release.channel.name) \(release.channel.version)"
        } else {
            let choice = ChannelChoice(
                release.framework, cluster: session.facts, neighbours: session.neighbours)
            let next = release.framework.channels.first {
                $0.upgradeFrom.contains(record.channel) && choice.obstacles($0).isEmpty
            }
            available = next.map { "\($0.name) \($0.version)" }
        }
        return FrameworkStatus(
            record, plan: plan, checks: await runner.status(), available: available, notCompared: notCompared)
    }
}

struct FrameworkLockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Download a framework's files, show what they are, and record their digests.",
        discussion: """
            Files by URL are installed only if a digest vouches for them: one of the catalogue, or one in the lock file beside the spec. \
            A digest gets there once; a file that is another one later is refused.

            Example:
              martlet framework lock knative --channel v1.21 -f cluster.yaml
            """)

    @Argument(help: "The framework's name.")
    var name: String

    @Option(help: "The channel (default: the framework's default one).")
    var channel: String?

    @Option(
        name: [.customShort("f"), .customLong("file")], help: "The spec beside which the lock file is.",
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @OptionGroup var place: FrameworkPlace
    // No bundle and nothing offline: it downloads.
    @OptionGroup var digests: FrameworkLockOption

    @Option(help: "text or json.")
    var format: FrameworkFormat = .text

    func run() async throws {
        let framework = try place.catalogue().framework(named: name)
        let wanted = channel ?? framework.defaultChannel?.name ?? framework.channels[0].name
        // No cluster is asked: the files of a channel do not depend on one.
        guard let chosen = framework.channel(wanted) else {
            throw Diagnostic(
                code: "framework.channel", "\(framework.title) has no channel \(wanted)",
                hint: "there are \(framework.channels.map(\.name).joined(separator: ", "))", exitCode: .usage)
        }
        let store = SourceStore(lock: try digests.file(spec: file))
        let locked = try await store.lockAll(try FrameworkRelease.ofFiles(framework, chosen))
        switch format {
        case .json: print(FrameworkLockView.json(locked, lock: store.lock.path), terminator: "")
        case .text: print(FrameworkLockView.text(locked, lock: store.lock.path), terminator: "")
        }
    }
}
