internal import ArgumentParser
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Foundation
internal import Planning
internal import Reporting
internal import Transports

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make the hosts what the spec says.",
        discussion: """
            Locks the hosts, plans, asks, then runs what the plan shows; every step is verified on the host. An apply that was \
            interrupted, killed or cut off is resumed by running it again.

            Example:
              martlet apply -f cluster.yaml
              martlet apply --yes --kubeconfig-out ./kubeconfig
            """)

    @OptionGroup var cluster: ClusterOptions

    @Flag(help: "Do not ask.")
    var yes = false

    @Option(help: "Apply this saved plan, and refuse if the hosts have changed since.", completion: .file())
    var plan: String?

    @Flag(name: .customLong("stop-at-failure"), help: "Start no further step once one has failed.")
    var stopAtFailure = false

    @Option(
        name: .customLong("kubeconfig-out"),
        help: "Where the cluster's kubeconfig is written (default: NAME.kubeconfig beside the spec).",
        completion: .file())
    var kubeconfigOut: String?

    @Option(
        name: .customLong("health-timeout"),
        help: "Seconds that the cluster may take to be healthy after the last step.")
    var healthTimeout = HealthGate.patience

    func validate() throws {
        guard (0...86400).contains(healthTimeout) else {
            throw ValidationError("--health-timeout is a number of seconds")
        }
    }

    func run() async throws {
        try await Interruption.guarding(hint: "the hosts are consistent; run `martlet apply` again to go on") {
            try await apply()
        }
    }

    private func apply() async throws {
        let session = try await ClusterSession.open(cluster, lock: LockHolder.current(), wantsKubeconfig: true)
        do {
            try await apply(session)
        } catch {
            await session.fleet.close()
            throw error
        }
        await session.fleet.close()
    }

    private func apply(_ session: ClusterSession) async throws {
        Conversation.show(session.warnings + session.plan.diagnostics)
        if let plan { try compare(session.plan, withSaved: plan) }
        try ClusterRun.refuseBlocked(session.plan)
        guard !session.plan.changes.isEmpty else {
            print(PlanView.summary(session.plan))
            try KubeconfigFile.write(KubeconfigFile.asked(session), to: kubeconfigPath(session))
            return
        }
        guard try await isApproved(session) else {
            Conversation.say("nothing was changed")
            throw ProgramExit(code: .failed)
        }
        let report = await ClusterRun.run(session, stopAtFailure: stopAtFailure)
        try await finish(session, report)
    }

    private func isApproved(_ session: ClusterSession) async throws -> Bool {
        if yes { return true }
        let contents = await session.replacedContents()
        print(PlanView.text(session.plan, contents: contents, on: .of(1)), terminator: "")
        guard let answer = Conversation.question("Apply these changes? Only `yes` is taken: ") else {
            throw Diagnostic(
                code: "apply.no-terminal", "there is no terminal to ask", hint: "use --yes in scripts", exitCode: .usage
            )
        }
        return answer == "yes"
    }

    private func finish(_ session: ClusterSession, _ report: Report) async throws {
        let good = report.count { $0.isGood }
        let seconds = Double(report.elapsed.components.seconds)
        print("\(good) of \(report.entries.count) steps done in \(Int(seconds)) s")
        try ClusterRun.requireDone(report)
        let path = kubeconfigPath(session)
        let text = try await KubeconfigFile.fetch(session)
        try KubeconfigFile.write(text, to: path)
        Conversation.say("kubeconfig: \(path)")
        if let hint = await KubeconfigTunnel.hint(for: text, session) { Conversation.show([hint]) }
        try await HealthGate.pass(session, within: healthTimeout)
    }

    private func kubeconfigPath(_ session: ClusterSession) -> String {
        kubeconfigOut ?? KubeconfigFile.defaultPath(spec: cluster.file, cluster: session.spec.name)
    }

    private func compare(_ plan: Plan, withSaved path: String) throws {
        let saved = try SavedPlan.load(path)
        guard saved != plan else { return }
        let before = Set(saved.changes.map(\.id))
        let now = Set(plan.changes.map(\.id))
        let differing = before.symmetricDifference(now).sorted()
        throw Diagnostic(
            code: "plan.stale",
            saved.specDigest == plan.specDigest
                ? "the hosts have changed since \(path) was made" : "the spec has changed since \(path) was made",
            detail: differing.isEmpty
                ? "the same steps would do something else"
                : "different now: \(differing.prefix(6).joined(separator: ", "))",
            hint: "look at `martlet plan` and save it again")
    }
}

/// Where martlet keeps what is not a cache: journals, local hosts.
enum StateFolder {
    static var path: String {
        let base = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (base ?? NSHomeDirectory() + "/.local/state") + "/martlet"
    }
}
