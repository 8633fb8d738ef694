internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Planning
internal import Reporting

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what apply would change on which host, and why.",
        discussion: """
            Asks every host once, writes nothing and takes no lock. Files that would be replaced are shown as differences.

            Example:
              martlet plan -f cluster.yaml
              martlet plan --format json | jq .changes
              martlet plan --out plan.json && martlet apply --plan plan.json
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "text or json.")
    var format: PlanFormat = .text

    @Option(help: "Save the plan, to be applied exactly as it is.", completion: .file())
    var out: String?

    @Flag(name: .customLong("detailed-exit-code"), help: "Exit with 2 if changes are pending.")
    var detailedExitCode = false

    func run() async throws {
        let session = try await ClusterSession.open(cluster, lock: nil)
        Conversation.show(session.warnings + (format == .text ? session.plan.diagnostics : []))
        switch format {
        case .json: print(PlanView.json(session.plan), terminator: "")
        case .text:
            let contents = await session.replacedContents()
            print(PlanView.text(session.plan, contents: contents, on: .of(1)), terminator: "")
        }
        await session.fleet.close()
        if let out { try SavedPlan.save(session.plan, to: out) }
        if session.plan.isBlocked { throw ProgramExit(code: .failed) }
        if detailedExitCode, !session.plan.changes.isEmpty { throw ProgramExit(code: .pending) }
    }
}

/// A plan on disk: it holds no secret, because values that are born during apply are not in it.
enum SavedPlan {
    static func save(_ plan: Plan, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try LocalWrite.replace(path, with: encoder.encode(plan), mode: 0o600)
    }

    static func load(_ path: String) throws -> Plan {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic(code: "plan.missing", "the plan \(path) cannot be read", exitCode: .usage)
        }
        guard let plan = try? JSONDecoder().decode(Plan.self, from: data), plan.formatVersion == Plan.formatVersion
        else {
            throw Diagnostic(
                code: "plan.invalid", "\(path) is not a plan of this version of martlet",
                hint: "make it anew with `martlet plan --out \(path)`", exitCode: .invalid)
        }
        return plan
    }
}
