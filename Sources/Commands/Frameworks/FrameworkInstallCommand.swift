internal import ArgumentParser
internal import Diagnostics
internal import Frameworks
internal import Reporting

struct FrameworkInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install a framework, or put an installed one right.",
        discussion: """
            Shows what would change, asks, then does it phase by phase; a run that was interrupted is gone on with by running it again. \
            Objects that martlet did not make are left alone. Credentials are generated and never shown.

            Example:
              martlet framework install openfaas -f cluster.yaml --smoke
              martlet framework install openfaas --set exposure=nodeport --registry registry.lan:5000 --yes
              martlet framework install knative --dry-run
            """)

    @Argument(help: "The framework's name.")
    var name: String

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var cluster: ClusterChoice
    @OptionGroup var choice: FrameworkChoiceOptions
    @OptionGroup var change: FrameworkChangeOptions

    func run() async throws { try await change.install(name, place, cluster, choice, isUpgrade: false) }
}

struct FrameworkUpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Put another channel or version of a framework in the place of the installed one.",
        discussion: """
            Parameters and credentials are kept; what is no longer described is removed. Without --channel the first channel that fits \
            and that follows the installed one is taken.

            Example:
              martlet framework upgrade knative --channel v1.21
            """)

    @Argument(help: "The framework's name.")
    var name: String

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var cluster: ClusterChoice
    @OptionGroup var choice: FrameworkChoiceOptions
    @OptionGroup var change: FrameworkChangeOptions

    func run() async throws { try await change.install(name, place, cluster, choice, isUpgrade: true) }
}

/// How a change is made: shown only, asked for, or done at once.
struct FrameworkChangeOptions: ParsableArguments {
    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(name: .customLong("dry-run"), help: "Show what would change, and change nothing.")
    var dryRun = false

    @Flag(name: .customLong("detailed-exit-code"), help: "With --dry-run: exit with 2 if something would change.")
    var detailedExitCode = false

    @Flag(help: "Then deploy the smallest function, ask it and remove it.")
    var smoke = false

    @Flag(help: "Show what holds already, too.")
    var verbose = false

    @Option(help: "text or json; with json the plan, and after a change the status.")
    var format: FrameworkFormat = .text

    func validate() throws {
        guard !(smoke && dryRun) else {
            throw ValidationError("--smoke needs an installation, and --dry-run makes none")
        }
        guard dryRun || !detailedExitCode else { throw ValidationError("--detailed-exit-code belongs to --dry-run") }
    }

    func install(
        _ name: String, _ place: FrameworkPlace, _ cluster: ClusterChoice, _ choice: FrameworkChoiceOptions,
        isUpgrade: Bool
    ) async throws {
        let hint = "run `martlet framework install \(name)` again to go on"
        try await Interruption.guarding(hint: hint) { [self] in
            try await FrameworkSession.with(cluster, place) { session in
                if isUpgrade { _ = try session.needed(name) }
                try await install(session, name, choice, isUpgrade: isUpgrade)
            }
        }
    }

    private func install(
        _ session: FrameworkSession, _ name: String, _ choice: FrameworkChoiceOptions, isUpgrade: Bool
    ) async throws {
        let prepared = try await FrameworkPreparation.make(session, name, choice, isUpgrade: isUpgrade)
        let plan = prepared.plan
        if smoke { _ = try FrameworkSmoke.require(prepared.release.framework) }
        if dryRun {
            show(plan)
            guard plan.refusals.isEmpty else { throw Diagnostics(plan.refusals) }
            return try ProgramExit.leave(with: detailedExitCode && plan.hasChanges ? .pending : .done)
        }
        guard plan.refusals.isEmpty else { throw Diagnostics(plan.refusals) }
        let isComplete = session.record(name)?.state == .installed
        if plan.hasChanges || !isComplete {
            try prepared.acceptLicence(choice)
            guard try isApproved(plan) else {
                Conversation.say("nothing was changed")
                throw ProgramExit(code: .failed)
            }
            let view = FrameworkProgressView(terminal: .of(2), write: Conversation.write)
            try await FrameworkInstaller(
                prepared.rendered, plan, prepared.observed, client: session.client, reach: session.reach,
                adopts: choice.adopt, report: view.show
            ).run()
        }
        let runner = CheckRunner(prepared.release, session.client, session.reach)
        let done = FrameworkPlan(
            purpose: plan.purpose, framework: plan.framework, channel: plan.channel, version: plan.version,
            kubernetes: plan.kubernetes,
            phases: plan.phases.map { phase in
                var phase = phase
                phase.changes = phase.changes.map { FrameworkPlan.Change($0.object, .unchanged) }
                phase.runsActions = false
                return phase
            })
        let status = FrameworkStatus(
            InstalledFramework(prepared.release, state: .installed), plan: done, checks: await runner.status(),
            available: nil)
        switch format {
        case .json: print(FrameworkStatusView.json([status]), terminator: "")
        case .text:
            print(
                plan.hasChanges || !isComplete
                    ? "\(name) \(plan.version) is installed" : FrameworkPlanView.summary(plan))
            // Why the exit status is 1.
            if !status.checks.allSatisfy(\.holds) {
                print(FrameworkStatusView.text([status], on: .of(1)), terminator: "")
            }
        }
        guard status.checks.allSatisfy(\.holds) else { throw ProgramExit(code: .failed) }
        if smoke { try await FrameworkSmoke.run(prepared.release, session) }
    }

    private func show(_ plan: FrameworkPlan) {
        print(
            format == .json
                ? FrameworkPlanView.json(plan) : FrameworkPlanView.text(plan, on: .of(1), verbose: verbose),
            terminator: "")
    }

    private func isApproved(_ plan: FrameworkPlan) throws -> Bool {
        Conversation.write(FrameworkPlanView.text(plan, on: .of(2), verbose: verbose))
        if yes { return true }
        guard let answer = Conversation.question("Do this? Only `yes` is taken: ") else {
            throw Diagnostic(
                code: "framework.no-terminal", "there is no terminal to ask", hint: "use --yes in scripts",
                exitCode: .usage)
        }
        return answer == "yes"
    }
}
