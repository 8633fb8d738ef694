internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs
internal import Reporting

struct LabLintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Everything that is wrong with lab files; asks no cluster and runs nothing.",
        discussion: """
            Exit status: 0 if nothing is wrong, 65 if a file is invalid; with --strict also for warnings.

            Example:
              martlet lab lint labs/E10-local-cluster
              martlet lab lint --all
            """)

    @Argument(help: "Ids or folders of labs.")
    var ids: [String] = []

    @Flag(help: "All labs that come with martlet, or those of --labs.")
    var all = false

    @Flag(help: "A warning is an error.")
    var strict = false

    @OptionGroup var place: LabPlace

    @Option(help: "text or json.")
    var format: LabFormat = .text

    func run() async throws {
        guard all || !ids.isEmpty else { throw ValidationError("name labs, or give --all") }
        var readings: [(folder: String, reading: LabReader.Reading)] = []
        if all { readings += try place.library().entries.map { ($0.folder, $0.reading) } }
        for id in ids {
            if id.contains("/") || FileManager.default.fileExists(atPath: "\(id)/\(LabReader.fileName)") {
                let folder = id.hasSuffix("/" + LabReader.fileName) ? PathName.folder(of: id) : id
                readings.append((folder, LabReader.read(folder: folder, isOwn: try folder.isInOwnLabFolder())))
            } else {
                let entries = try place.library().entries
                guard let entry = entries.first(where: { $0.id.lowercased() == id.lowercased() }) else {
                    throw Diagnostic(
                        code: "lab.unknown", "there is no lab \(id)", hint: "`martlet lab list`", exitCode: .usage)
                }
                readings.append((entry.folder, entry.reading))
            }
        }
        let diagnostics = readings.flatMap { entry in
            entry.reading.diagnostics + (entry.reading.lab.flatMap { ProofRecord.warning(for: $0) }.map { [$0] } ?? [])
        }
        let isWrong = diagnostics.contains { $0.severity == .error || strict && $0.severity == .warning }
        switch format {
        case .json:
            print(
                JSONOutput.text(Report(labs: readings.count, valid: !isWrong, diagnostics: diagnostics)), terminator: ""
            )
        case .text:
            Conversation.show(diagnostics)
            let errors = diagnostics.count { $0.severity == .error }
            print(
                "\(readings.count) \(readings.count == 1 ? "lab" : "labs"), \(errors) \(errors == 1 ? "error" : "errors"), \(diagnostics.count - errors) \(diagnostics.count - errors == 1 ? "warning" : "warnings")"
            )
        }
        try ProgramExit.leave(with: isWrong ? .invalid : .done)
    }

    private struct Report: Encodable {
        var formatVersion = 1
        var labs: Int
        var valid: Bool
        var diagnostics: [Diagnostic]
    }
}
