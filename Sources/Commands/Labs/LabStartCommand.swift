internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs
internal import Reporting

struct LabStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Begin a lab: look at what it needs, make its namespace, show the first step.",
        discussion: """
            Two labs may be open at once. Starting one that is open goes on with it.

            Example:
              martlet lab start E12
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        let progress = try await LabSession.with(cluster, for: lab) { session in
            try await LabSession.judging { try await Self.start(lab, session) }
        }
        print(LabShowView.lab(lab, progress, on: .of(1)), terminator: "")
        if let step = progress.currentStep(of: lab) {
            print("\n" + LabShowView.step(step, of: lab, progress, on: .of(1)), terminator: "")
        }
    }

    /// Finds the run that is open, or begins one.
    static func start(_ lab: Lab, _ session: LabSession) async throws -> LabProgress {
        let known = LabSession.store.load(lab.id, cluster: session.cluster)
        var progress: LabProgress
        if let known, known.isOpen {
            progress = known
        } else {
            // A run whose file was lost is found by its namespace.
            let found =
                lab.namespaceTemplate == nil || !lab.needs.cluster
                ? nil : try await LabNamespace.nonce(of: lab, learner: LabSession.learner, session.api)
            let nonce = found ?? LabRun.makeNonce()
            progress = known ?? LabProgress(lab, cluster: session.cluster, nonce: nonce, now: Date())
            if known != nil { progress.begin(lab, nonce: nonce, now: Date()) }
        }
        let context = session.context(lab, progress)
        let gaps = try await NeedsSurvey(context).gaps()
        guard gaps.isEmpty else {
            throw Diagnostics(
                gaps.map {
                    Diagnostic(code: "lab.needs", "\(lab.id) needs \($0.need)", hint: $0.remedy, exitCode: .lacking)
                })
        }
        // Before anything is made: what is made must be found again.
        try LabSession.store.save(progress)
        try await ActionRunner(context).run(lab.setup)
        return progress
    }
}

extension LabSession {
    /// What stands in the way of an action, as a diagnostic.
    static func judging<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as Diagnostic {
            throw error
        } catch let error as Diagnostics {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Diagnostic(code: "lab.not-done", CannotJudge.from(error).reason)
        }
    }
}
