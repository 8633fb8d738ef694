internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import KubernetesAPI
internal import Labs
internal import Reporting

struct LabGradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grade",
        abstract: "Run a lab's checks for many learners.",
        discussion: """
            The roster is a YAML file: `learners: [{name: ada, kubeconfig: ada.kubeconfig, namespace: lab-1}]`. Without a kubeconfig the \
            learner worked in the cluster that --kubeconfig or --file leads to; without a namespace it is found by the lab's labels. Many \
            are looked at side by side; what goes wrong with one concerns nobody else. What was done was done before, so nothing is waited \
            for longer than five seconds, but what counts from now on. Answers, files and programs are on the learner's own machine \
            and are not graded.

            Exit status: 0 if every learner's goals have passed, 1 if not; with --detailed-exit-code 2 where all could be judged.

            Example:
              martlet lab grade E12 --roster class.yaml
              martlet lab grade E12 --roster class.yaml --format junit --output grades.xml
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case junit
    }

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Option(help: "The file that names the learners.", completion: .file(extensions: ["yaml", "yml"]))
    var roster: String

    @Option(help: "Learners that are looked at side by side.")
    var parallel = 64

    @Flag(help: "Look once and wait for nothing.")
    var now = false

    @Flag(help: "Exit status 2 if somebody has not passed and all could be judged.")
    var detailedExitCode = false

    @Option(help: "text, json or junit.")
    var format: Format = .text

    @Option(name: [.short, .long], help: "Write to this file, whole or not at all.", completion: .file())
    var output: String?

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    /// What was done was done before; a little is waited for, since a pod may just be moving.
    private static let patience = Duration.seconds(5)

    func validate() throws {
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel takes a number from 1 to 256") }
    }

    func run() async throws {
        let lab = try place.lab(id)
        let learners = try LabRoster.load(roster).learners
        let start = ContinuousClock.now
        let grades: [LabGrade]
        if learners.contains(where: { $0.kubeconfig == nil }) {
            grades = try await LabSession.with(cluster) { await grade(lab, learners, shared: $0) }
        } else {
            grades = await grade(lab, learners, shared: nil)
        }
        let seconds = (ContinuousClock.now - start).seconds
        let terminal = output == nil ? Terminal.of(1) : Terminal(isInteractive: false, hasColour: false, columns: 80)
        let text =
            switch format {
            case .text: GradeView.text(lab, grades, seconds: seconds, on: terminal)
            case .json: GradeView.json(lab, grades, seconds: seconds)
            case .junit: GradeView.junit(lab, grades, seconds: seconds)
            }
        if let output { try LocalWrite.replace(output, with: Data(text.utf8)) } else { print(text, terminator: "") }
        let isPassed = grades.allSatisfy { $0.goals == .pass }
        let isJudged = grades.allSatisfy { $0.result != .error }
        try ProgramExit.leave(with: isPassed ? .done : detailedExitCode && isJudged ? .pending : .failed)
    }

    /// In the order of the roster; at most `parallel` at a time.
    private func grade(_ lab: Lab, _ learners: [LabRoster.Learner], shared: LabSession?) async -> [LabGrade] {
        await withTaskGroup(of: (Int, LabGrade).self) { group in
            var waiting = Array(learners.enumerated()).makeIterator()
            func begin() {
                guard let (index, learner) = waiting.next() else { return }
                group.addTask { (index, await grade(lab, learner, shared: shared)) }
            }
            for _ in 0..<parallel { begin() }
            var grades: [Int: LabGrade] = [:]
            for await (index, grade) in group {
                grades[index] = grade
                begin()
            }
            return learners.indices.compactMap { grades[$0] }
        }
    }

    private func grade(_ lab: Lab, _ learner: LabRoster.Learner, shared: LabSession?) async -> LabGrade {
        let start = ContinuousClock.now
        do {
            let session = try await self.session(of: learner, shared: shared)
            var nonce = ""
            if let namespace = learner.namespace {
                let found = try await session.api.get("/api/v1/namespaces/\(namespace)")
                nonce = found["metadata"]?["labels"]?[LabNamespace.nonceLabel]?.string ?? ""
            } else if lab.namespaceTemplate != nil {
                guard let found = try await LabNamespace.nonce(of: lab, learner: nil, session.api) else {
                    return LabGrade(learner.name, [], seconds: 0, problem: "the lab was not started there")
                }
                nonce = found
            }
            var context = session.context(lab, nonce: nonce, started: .distantPast, answers: AnswerBook())
            if let namespace = learner.namespace { context.variables["namespace"] = namespace }
            let outcomes = await LabEvaluation(
                context, waiting: now ? .atMost(.zero) : .look(atLeast: Self.patience, factor: cluster.slow)
            ).run(lab.checks.filter { !$0.isOfTheLearnersMachine })
            return LabGrade(learner.name, outcomes, seconds: (ContinuousClock.now - start).seconds)
        } catch let error as Diagnostics {
            return LabGrade(learner.name, [], seconds: 0, problem: error.list.first?.summary ?? "no access")
        } catch {
            return LabGrade(learner.name, [], seconds: 0, problem: CannotJudge.from(error).reason)
        }
    }

    private func session(of learner: LabRoster.Learner, shared: LabSession?) async throws -> LabSession {
        guard let kubeconfig = learner.kubeconfig else {
            guard let shared else { throw Diagnostic(code: "lab.no-cluster", "no cluster is named", exitCode: .usage) }
            return shared
        }
        let access = try Kubeconfig.load(paths: [kubeconfig], context: learner.context).access
        let client = KubernetesClient(access, timeouts: ClusterAPI.timeouts)
        return LabSession(
            cluster: access.context, api: ClusterAPI(client), client: client,
            ground: LabSurroundings(hosts: nil, fleet: nil, state: LabSession.programsFolder), kubeconfig: kubeconfig,
            identity: nil, acceptsCommands: cluster.acceptCommands, work: "")
    }
}
