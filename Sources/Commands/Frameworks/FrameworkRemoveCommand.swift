internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Frameworks
internal import Reporting

struct FrameworkRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a framework and everything that came with it.",
        discussion: """
            Functions go first, while the framework still runs; then webhooks, its own objects, definitions and namespaces; what \
            controllers left is looked for at the end. Definitions go with all custom resources of theirs, claims with their data: both \
            are asked for. With --yes definitions go, and claims stay unless --delete-claims is given.

            Example:
              martlet framework remove openfaas
              martlet framework remove openwhisk --yes --delete-claims
            """)

    @Argument(help: "The framework's name.")
    var name: String

    @OptionGroup var place: FrameworkPlace
    @OptionGroup var cluster: ClusterChoice

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(name: .customLong("dry-run"), help: "Show what would go, and change nothing.")
    var dryRun = false

    @Flag(name: .customLong("keep-crds"), help: "Custom resource definitions and what they define stay.")
    var keepDefinitions = false

    @Flag(
        name: .customLong("delete-crds"), help: "Custom resource definitions go, with all custom resources of theirs.")
    var deleteDefinitions = false

    @Flag(name: .customLong("delete-claims"), help: "PersistentVolumeClaims go, with their data.")
    var deleteClaims = false

    @Flag(
        name: .customLong("remove-finalizers"),
        help: "Take finalizers off objects that wait for a controller which is gone.")
    var removeFinalizers = false

    @Option(help: "text or json (the plan).")
    var format: FrameworkFormat = .text

    func validate() throws {
        guard !(keepDefinitions && deleteDefinitions) else {
            throw ValidationError("--keep-crds and --delete-crds say the opposite")
        }
    }

    func run() async throws {
        let hint = "run `martlet framework remove \(name)` again to go on"
        try await Interruption.guarding(hint: hint) { [self] in
            try await FrameworkSession.with(cluster, place) { try await remove($0) }
        }
    }

    private func remove(_ session: FrameworkSession) async throws {
        let record = try session.needed(name)
        let (release, problem) = known(record, session)
        let view = FrameworkProgressView(terminal: .of(2), write: Conversation.write)
        let remover = FrameworkRemover(
            record, release: release, client: session.client, reach: session.reach, report: view.show)
        let inventory = try await remover.inventory()
        let consent = try consent(inventory, release)
        var plan = RemovalPlanner.plan(
            record, inventory, consent: consent, kubernetes: session.facts.version.description)
        if let problem {
            plan.notices.append(
                "only what martlet recorded and marked goes, not what the framework's file names beside it: \(problem)")
        }
        if dryRun {
            print(
                format == .json ? FrameworkPlanView.json(plan) : FrameworkPlanView.text(plan, on: .of(1)),
                terminator: "")
            return
        }
        guard try isApproved(plan) else {
            Conversation.say("nothing was changed")
            throw ProgramExit(code: .failed)
        }
        try await remover.run(plan, consent: consent)
        if format == .json { print(FrameworkPlanView.json(plan), terminator: "") }
        let kept = plan.notices.filter { $0.hasPrefix("kept") }
        for notice in kept { Conversation.say(notice) }
        if format == .text {
            print(
                !kept.isEmpty
                    ? "\(name) is removed; some things were kept"
                    : problem == nil
                        ? "\(name) is removed, and nothing is left"
                        : "\(name) is removed; what only its own file knows of was not looked for")
        }
    }

    /// A framework whose folder is gone or wrong is removed by its record and its marks.
    private func known(
        _ record: InstalledFramework, _ session: FrameworkSession
    ) -> (release: FrameworkRelease?, problem: String?) {
        do { return (try record.release(session.catalogue, cluster: session.facts), nil) } catch let error as Diagnostic
        {
            return (nil, "\(error.summary) (\(error.hint ?? error.code))")
        } catch let errors as Diagnostics {
            return (nil, errors.list.first.map { "\($0.summary) (`martlet framework lint` shows all)" } ?? "")
        } catch { return (nil, "\(error)") }
    }

    private func consent(_ inventory: RemovalInventory, _ release: FrameworkRelease?) throws -> RemovalConsent {
        var consent = RemovalConsent(
            definitions: deleteDefinitions || yes && !keepDefinitions,
            claims: deleteClaims || release?.framework.removal.deletesClaims == true, finalizers: removeFinalizers)
        guard !yes, !dryRun else {
            if dryRun { consent.definitions = !keepDefinitions }
            return consent
        }
        if !consent.definitions, !keepDefinitions, !inventory.definitions.isEmpty {
            let count = inventory.definitions.count
            consent.definitions =
                Conversation.question(
                    "Delete \(count) custom resource definitions with everything of theirs? [yes/no] ")
                == "yes"
        }
        if !consent.claims, !inventory.claims.isEmpty {
            consent.claims =
                Conversation.question("Delete \(inventory.claims.count) claims with their data? [yes/no] ") == "yes"
        }
        return consent
    }

    private func isApproved(_ plan: FrameworkPlan) throws -> Bool {
        Conversation.write(FrameworkPlanView.text(plan, on: .of(2)))
        if yes { return true }
        guard let answer = Conversation.question("Remove all this? Only `yes` is taken: ") else {
            throw Diagnostic(
                code: "framework.no-terminal", "there is no terminal to ask", hint: "use --yes in scripts",
                exitCode: .usage)
        }
        return answer == "yes"
    }
}
