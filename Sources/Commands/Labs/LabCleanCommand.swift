internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs
internal import Reporting

struct LabCleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Remove what a lab made, and look whether anything is left.",
        discussion: """
            Only what bears the lab's labels is touched. What was learned stays noted.

            Example:
              martlet lab clean E12
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    @Option(help: "text or json.")
    var format: LabFormat = .text

    func run() async throws {
        let lab = try place.lab(id)
        let report = try await LabSession.with(cluster, for: lab) { try await Self.clean(lab, $0) }
        print(
            format == .json ? LabReportView.json(report) : LabReportView.text(report, on: .of(1), verbose: true),
            terminator: "")
        try ProgramExit.leave(with: LabCheckCommand.status(of: report, detailed: false))
    }

    static func clean(_ lab: Lab, _ session: LabSession) async throws -> LabReport {
        var progress = try await session.progress(of: lab)
        let context = session.context(lab, progress)
        let start = ContinuousClock.now
        try await LabSession.judging { try await ActionRunner(context).run(lab.cleanup.actions) }
        await context.endPrograms()
        let outcomes = await LabEvaluation(context).run(lab.cleanup.checks)
        progress.note("cleaned", now: Date())
        if lab.namespaceTemplate != nil || !lab.needs.cluster { progress.isOpen = false }
        try LabSession.store.save(progress)
        return LabReport(
            lab, cluster: session.cluster, step: "cleanup", state: progress.state, gaps: [], checks: outcomes,
            seconds: (ContinuousClock.now - start).seconds, now: Date())
    }
}

struct LabResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Clean a lab and begin it anew, with a new nonce.",
        discussion: """
            Answers, hints and what was passed are forgotten.

            Example:
              martlet lab reset E12
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        try await LabSession.with(cluster, for: lab) { session in
            if (try? await session.progress(of: lab)) != nil {
                let report = try await LabCleanCommand.clean(lab, session)
                guard [.pass, .skipped].contains(report.result) else {
                    print(LabReportView.text(report, on: .of(1), verbose: false), terminator: "")
                    throw Diagnostic(
                        code: "lab.not-clean", "\(lab.id) is not clean yet",
                        hint: "look at what is left, then reset again")
                }
            }
            LabSession.store.remove(lab.id, cluster: session.cluster)
            let progress = try await LabSession.judging { try await LabStartCommand.start(lab, session) }
            print(LabShowView.lab(lab, progress, on: .of(1)), terminator: "")
        }
    }
}

struct LabReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "How far you are with a lab, and the path taken.",
        discussion: """
            From what earlier checks found; `martlet lab check` asks the cluster again.

            Example:
              martlet lab report E10
              martlet lab report E10 --format html --output e10.html
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case junit
        case html
    }

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Option(help: "text, json, junit or html.")
    var format: Format = .text

    @Option(name: [.short, .long], help: "Write to this file, whole or not at all.", completion: .file())
    var output: String?

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        let progress = try LabSession.known(lab, cluster, reading: true)
        let text =
            switch format {
            case .text:
                LabPathView.text(
                    lab, progress,
                    on: output == nil ? .of(1) : Terminal(isInteractive: false, hasColour: false, columns: 80))
            case .json: LabPathView.json(lab, progress)
            case .junit: LabPathView.junit(lab, progress)
            case .html: LabPathView.html(lab, progress)
            }
        guard let output else { return print(text, terminator: "") }
        try LocalWrite.replace(output, with: Data(text.utf8))
    }
}

struct LabNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write the beginning of a lab.",
        discussion: """
            Makes a folder ID-NAME with a lab that can be proven at once; docs/writing-labs.md tells the rest.

            Example:
              martlet lab new E99 two-servers --in labs
            """)

    @Argument(help: "The lab's id, E99.")
    var id: String

    @Argument(help: "Its name, a DNS label.")
    var name: String

    @Option(name: .customLong("in"), help: "The folder in which it is made.", completion: .directory)
    var folder = "."

    func run() async throws {
        let path = "\(folder)/\(id)-\(name)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw Diagnostic(
                code: "lab.exists", "\(path) is there already", hint: "choose another id or name", exitCode: .usage)
        }
        let text = LabSkeleton.text(id: id, name: name)
        let reading = LabReader.decode(
            Array(text.utf8), file: "\(path)/\(LabReader.fileName)", origin: LabOrigin(folder: path, isOwn: false)
        ) { _ in .success([LabSkeleton.object]) }
        guard reading.lab != nil else { throw Diagnostics(reading.diagnostics) }
        try FileManager.default.createDirectory(atPath: path + "/files", withIntermediateDirectories: true)
        try LocalWrite.replace("\(path)/\(LabReader.fileName)", with: Data(text.utf8))
        try LocalWrite.replace("\(path)/files/settings.yaml", with: Data(LabSkeleton.manifest.utf8))
        print("\(path)/\(LabReader.fileName)")
    }
}
