internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Minikube
internal import Planning
internal import Transports

/// One verb on one profile: ask, decide, confirm, run.
enum MinikubeRun {
    static func perform(_ verb: MinikubeVerb, _ options: MinikubeOptions, confirm: String? = nil) async throws {
        try await Interruption.guarding(hint: "run it again to go on") {
            try await run(verb, options.file, adopt: options.adopt, confirm: confirm)
        }
    }

    static func run(_ verb: MinikubeVerb, _ file: String, adopt: String?, confirm: String?) async throws {
        let loaded = try SpecLoading.load(file)
        guard loaded.spec.kubernetes.driver == .minikube else {
            throw Diagnostic(
                code: "minikube.other-driver", "the driver of \(loaded.spec.name) is kubeadm",
                hint: "stop a host with its own means, or take the cluster down with `martlet reset`", exitCode: .usage)
        }
        let driver = try MinikubeDriver.load(loaded.spec, file: file) { try .of(profile: $0, adopt: adopt) }
        let fleet = Fleet(transport: driver.transport, hosts: driver.hosts, lock: LockHolder.current())
        do {
            try await run(verb, driver, fleet, confirm: confirm)
        } catch {
            await fleet.close()
            throw error
        }
        await fleet.close()
    }

    private static func run(
        _ verb: MinikubeVerb, _ blank: MinikubeDriver, _ fleet: Fleet, confirm: String?
    ) async throws {
        let gathering = await fleet.gather(blank.probes)
        guard gathering.problems.isEmpty else { throw Diagnostics(gathering.problems) }
        let driver = blank.knowing(gathering.facts)
        let plan = verb.plan(driver.context, facts: gathering.facts)
        let profile = driver.context.profile
        if let blocked = plan.steps.first(where: { $0.change == .blocked }) {
            throw Diagnostic(
                code: "minikube.blocked", blocked.reason, hint: "nothing was changed", host: blocked.host)
        }
        guard !plan.changes.isEmpty else {
            print("Nothing to do: \(plan.steps.first?.title ?? profile)")
            return
        }
        if verb == .delete {
            try NameConfirmation.require(
                profile, given: confirm,
                warning: "This deletes the profile \(profile) with all that is stored in its cluster.", code: "minikube"
            )
        }
        try ClusterRun.requireDone(
            await ClusterRun.run(plan, of: driver.spec.name, fleet, explainer: driver.explainer))
        print(plan.steps.first?.title ?? profile)
    }
}
