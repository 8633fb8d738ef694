internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs
internal import Reporting

struct LabProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Show on a real cluster that every check can fail, and for the right reason.",
        discussion: """
            Does the lab in a namespace of its own: with nothing done its checks must be red, after each solution green, and after each \
            sabotage exactly the named ones red; then it is undone. Sabotages may stop services of hosts for a while: use a cluster that \
            is there for it. What was made is removed whatever happens.

            Exit status: 0 if proven, 1 if not.

            Example:
              martlet lab prove E10 -f cluster.yaml
              martlet lab prove E12 -f cluster.yaml --record
              martlet lab prove --all -f cluster.yaml --format json
            """)

    @Argument(help: "Ids or folders of labs.")
    var ids: [String] = []

    @Flag(help: "All labs that come with martlet, or those of --labs.")
    var all = false

    @Flag(help: "Write proof.json into the folder of each lab that is proven.")
    var record = false

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    @Option(help: "text or json; of several labs JSON is a list.")
    var format: LabFormat = .text

    func run() async throws {
        guard all != !ids.isEmpty else { throw ValidationError("name labs, or give --all") }
        let labs = all ? try place.library().labs : try ids.map { try place.lab($0) }
        let reports = try await Interruption.guarding(hint: "what the proof had made was removed") {
            var reports: [ProofReport] = []
            for lab in labs where !lab.needs.cluster {
                reports.append(try await LabSession.with(cluster, for: lab) { try await prove(lab, $0) })
            }
            let others = labs.filter(\.needs.cluster)
            guard !others.isEmpty else { return reports }
            return reports
                + (try await LabSession.with(cluster) { session in
                    var reports: [ProofReport] = []
                    for lab in others { reports.append(try await prove(lab, session)) }
                    return reports
                })
        }
        if format == .json {
            print(reports.count == 1 && !all ? JSONOutput.text(reports[0]) : JSONOutput.text(reports), terminator: "")
        } else {
            for report in reports { print(ProofView.text(report, on: .of(1)), terminator: "") }
        }
        try ProgramExit.leave(with: reports.allSatisfy(\.proven) ? .done : .failed)
    }

    private func prove(_ lab: Lab, _ session: LabSession) async throws -> ProofReport {
        let work = NSTemporaryDirectory() + "martlet-lab-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: work) }
        var session = session
        // A proof writes into the work folder: never into the learner's.
        session.work = work
        var run = session.context(lab, nonce: LabRun.makeNonce(), started: Date(), answers: AnswerBook()).run
        run.isProof = true
        let copy = try Self.copy(of: session.kubeconfig)
        defer { if !copy.isEmpty { unlink(copy) } }
        if !copy.isEmpty {
            run.kubeconfig = copy
            run.ownsKubeconfig = true
        }
        let context = CheckContext(
            lab: lab, run: run, api: session.api, ground: session.ground, answers: AnswerBook(), work: work)
        let survey = NeedsSurvey(context)
        let gaps = try await LabSession.judging { try await survey.gaps() }
        guard gaps.isEmpty else {
            throw Diagnostics(
                gaps.map {
                    Diagnostic(code: "lab.needs", "\(lab.id) needs \($0.need)", hint: $0.remedy, exitCode: .lacking)
                })
        }
        Conversation.say("\(lab.id) \(lab.title)")
        let report = await LabProver(context, factor: cluster.slow, say: { Conversation.say("  \($0)") }).run()
        if record, report.proven {
            let text = JSONOutput.text(try ProofRecord(report, of: lab, on: Date()))
            try LocalWrite.replace(
                "\(lab.origin.folder)/\(ProofRecord.fileName)", with: Data(text.utf8), mode: 0o644)
        }
        return report
    }

    /// Sabotages spoil a copy, never the learner's own.
    private static func copy(of path: String) throws -> String {
        guard !path.isEmpty, let data = FileManager.default.contents(atPath: path) else { return "" }
        let copy = NSTemporaryDirectory() + "martlet-lab-\(UUID().uuidString).kubeconfig"
        try LocalWrite.replace(copy, with: data, mode: 0o600)
        return copy
    }
}
