internal import ClusterModel
package import Planning

/// What is done to a profile beside making it.
package enum MinikubeVerb: String, Sendable, CaseIterable {
    case stop
    case pause
    case unpause
    case delete

    /// A plan of one step; blocked for a profile that is not this spec's.
    package func plan(_ context: MinikubeContext, facts: Facts) -> Plan {
        Planner.plan(
            cluster: context.spec.name, specDigest: "",
            goals: [Planner.HostGoals(host: context.host.name, goals: [goal(context)])], facts: facts)
    }

    private func goal(_ context: MinikubeContext) -> Goal {
        Goal(
            "minikube-\(rawValue)", self == .delete ? .removal : .controlPlane,
            "the profile \(context.profile) is \(participle)", because: "it was asked for", ensure: checks(context),
            by: [
                context.startScript.command(
                    "\(rawValue) the profile \(context.profile)"
                        + (waitsInVain(context)
                            ? " (minikube waits three minutes for its machine, which goes on)" : ""),
                    rawValue, timeoutSeconds: 900, tolerated: waitsInVain(context) ? "GUEST_STOP_TIMEOUT" : nil)
            ], settleSeconds: 30, blocked: context.strangeness ?? reason(context))
    }

    /// A machine of the driver ssh goes on, so that minikube waits and fails, having stopped all that runs on it (`GetState` and `Stop`
    /// in pkg/drivers/ssh/ssh.go).
    private func waitsInVain(_ context: MinikubeContext) -> Bool {
        self == .stop && context.minikube.driver == .ssh
    }

    private var participle: String {
        switch self {
        case .stop: "stopped"
        case .pause: "paused"
        case .unpause: "resumed"
        case .delete: "deleted"
        }
    }

    private func checks(_ context: MinikubeContext) -> [Check] {
        let profile = context.profile
        let machines = context.state.machines.map(\.name)
        switch self {
        case .delete: return [Check(context.probes.stored, .absent, title: "the profile \(profile)")]
        case .stop:
            guard !waitsInVain(context) else {
                return [
                    Check(
                        context.probes.machines, .contains(["\(profile) Running Stopped Stopped "]),
                        title: "the kubelet and the API server of \(profile)")
                ]
            }
            // A machine that is down says the same of all its parts (`NodeStatus` in pkg/minikube/cluster/status.go).
            return [
                Check(
                    context.probes.machines, .containsLines(machines.map { "\($0) Stopped Stopped Stopped Stopped" }),
                    title: "the machines of \(profile)")
            ]
        case .pause:
            // The kubelet is stopped, so that it does not start what is paused (pkg/minikube/cluster/pause.go).
            return [
                Check(
                    context.probes.machines, .contains(["\(profile) Running Stopped Paused "]),
                    title: "the control plane of \(profile)")
            ]
        case .unpause: return [context.firstMachineRuns]
        }
    }

    private func reason(_ context: MinikubeContext) -> String? {
        switch (self, context.state.standing) {
        case (_, .absent) where self != .delete: "there is no profile \(context.profile); `martlet apply` makes it"
        case (_, .unknown(let reason)): "the state of the profile is not known: \(reason)"
        case (.pause, .stopped), (.unpause, .stopped):
            "the profile \(context.profile) is stopped; `martlet apply` starts it"
        default: nil
        }
    }
}
