internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import Labs
internal import Reporting

struct LabHintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hint",
        abstract: "The next hint of a step, one at a time.",
        discussion: """
            Hints cost nothing; the report notes them.

            Example:
              martlet lab hint E10
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Option(help: "The step (default: the first that is not done).")
    var step: String?

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        var progress = try LabSession.known(lab, cluster)
        let chosen = try LabSession.step(step, lab, progress)
        let shown = progress.hints[chosen.id] ?? 0
        guard !chosen.hints.isEmpty else {
            throw Diagnostic(
                code: "lab.no-hint", "the step \(chosen.id) has no hints", hint: "`martlet lab solution \(lab.id)`")
        }
        let number = min(shown + 1, chosen.hints.count)
        print(LabShowView.hint(number, of: chosen, lab, progress, on: .of(1)), terminator: "")
        guard number > shown else { return Conversation.say("that was the last one: `martlet lab solution \(lab.id)`") }
        progress.hints[chosen.id] = number
        progress.note("hint", step: chosen.id, now: Date())
        try LabSession.store.save(progress)
    }
}

struct LabAnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Answer the question of a check.",
        discussion: """
            Whether it is right `martlet lab check` tells; it may be answered again.

            Example:
              martlet lab answer E11 how-many 57
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Argument(help: "The check that asks.")
    var check: String

    @Argument(help: "Your answer.")
    var answer: String

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        let quizzes = lab.checks.filter { $0.primitive is QuizCheck || $0.primitive is AttestCheck }.map(\.id)
        guard quizzes.contains(check) else {
            throw Diagnostic(
                code: "lab.no-question", "\(lab.id) has no question \(check)",
                hint: quizzes.isEmpty ? "it has none at all" : "it has \(quizzes.joined(separator: ", "))",
                exitCode: .usage)
        }
        var progress = try LabSession.known(lab, cluster)
        progress.answers[check] = answer
        progress.note("answered", check: check, now: Date())
        try LabSession.store.save(progress)
        Conversation.say("noted; `martlet lab check \(lab.id)` tells whether it is right")
    }
}

struct LabSolutionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "solution",
        abstract: "Show how a step is solved, or have it solved.",
        discussion: """
            Example:
              martlet lab solution E12 --step database
              martlet lab solution E12 --step database --apply
            """)

    @Argument(help: "The lab's id, or its folder.")
    var id: String

    @Option(help: "The step (default: the first that is not done).")
    var step: String?

    @Flag(help: "Carry it out.")
    var apply = false

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let lab = try place.lab(id)
        guard apply else {
            var progress = try LabSession.known(lab, cluster)
            let chosen = try LabSession.step(step, lab, progress)
            print(LabShowView.solution(chosen, of: lab, progress, on: .of(1)), terminator: "")
            try Self.note(chosen, &progress)
            return
        }
        try await LabSession.with(cluster, for: lab) { session in
            var progress = try await session.progress(of: lab)
            let chosen = try LabSession.step(step, lab, progress)
            let answers = AnswerBook(progress.answers)
            let context = session.context(lab, nonce: progress.nonce, started: progress.startedAt, answers: answers)
            try await LabSession.judging { try await ActionRunner(context).run(chosen.solution) }
            progress.answers = answers.all
            try Self.note(chosen, &progress)
            Conversation.say("done; `martlet lab check \(lab.id) --step \(chosen.id)` looks at it")
        }
    }

    private static func note(_ step: LabStep, _ progress: inout LabProgress) throws {
        if !progress.solutions.contains(step.id) { progress.solutions.append(step.id) }
        progress.note("solution", step: step.id, now: Date())
        try LabSession.store.save(progress)
    }
}

struct LabNextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "What comes next: the open step, or the next lab.",
        discussion: """
            Example:
              martlet lab next
            """)

    @OptionGroup var place: LabPlace
    @OptionGroup var cluster: LabClusterOptions

    func run() async throws {
        let labs = try place.library().labs
        let name = try? LabSession.clusterName(cluster)
        let known = LabSession.store.all().filter {
            name == nil || $0.cluster == name || $0.cluster == LabSession.thisMachine
        }
        let byBook = labs.sorted { LabRow.order($0) < LabRow.order($1) }
        for lab in byBook {
            guard let progress = known.first(where: { $0.id == lab.id }), progress.state == .started,
                let step = progress.currentStep(of: lab)
            else { continue }
            return print(LabShowView.step(step, of: lab, progress, on: .of(1)), terminator: "")
        }
        guard let next = byBook.first(where: { lab in !known.contains { $0.id == lab.id && $0.state != .new } }) else {
            return print("There is nothing left: every lab is passed.")
        }
        print(LabShowView.lab(next, nil, on: .of(1)), terminator: "")
        print("\nBegin with `martlet lab start \(next.id)`.")
    }
}

extension LabSession {
    /// The run that is open, without asking a cluster.
    ///
    /// - Parameter reading: also one that was cleaned.
    static func known(_ lab: Lab, _ options: LabClusterOptions, reading: Bool = false) throws -> LabProgress {
        let name = try clusterName(options, for: lab)
        if let progress = store.load(lab.id, cluster: name), progress.isOpen || reading { return progress }
        guard lab.namespaceTemplate != nil || !lab.setup.isEmpty else {
            return LabProgress(lab, cluster: name, nonce: LabRun.makeNonce(), now: Date())
        }
        throw Diagnostic(
            code: "lab.not-started", "the lab \(lab.id) has not been started on \(name)",
            hint: "`martlet lab start \(lab.id)`", exitCode: .usage)
    }

    static func step(_ name: String?, _ lab: Lab, _ progress: LabProgress) throws -> LabStep {
        if let name {
            guard let found = lab.step(name) else { throw LabShowCommand.unknownStep(name, lab) }
            return found
        }
        return progress.currentStep(of: lab) ?? lab.steps[lab.steps.count - 1]
    }
}
