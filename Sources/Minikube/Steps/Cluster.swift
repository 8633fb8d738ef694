internal import ClusterModel
internal import Planning

/// The profile itself: made, started again, resumed or, if a person said so, replaced.
let minikubeCluster = MinikubeStep(
    "minikube-cluster", .controlPlane, "Start, restart, resume or replace the profile",
    explanation: """
        `minikube start` both makes a cluster and mends one. What it cannot change in place (memory, driver, runtime, an older \
        Kubernetes, ...) blocks the plan, which then names --replace: that deletes the cluster with all that is in it, and is never done by \
        itself. A restart that fails makes minikube reset the cluster: it runs `kubeadm reset` and begins anew, and says so in one line. So \
        martlet starts nothing whose machines run while its API server does not, and before any other restart it stops the cluster and \
        copies etcd's data; where no copy can be taken, it stops and asks for --accept-reset. A profile that martlet did not make is left \
        alone unless it is named with --adopt. A cluster that runs while the user's kubeconfig does not lead to it gets its entry there \
        again (`minikube update-context`).
        """
) { context in
    [ClusterGoal(context: context).goal]
}

private struct ClusterGoal {
    let context: MinikubeContext

    private var script: StartScript { context.startScript }
    private var copy: EtcdCopy {
        EtcdCopy(minikube: context.minikube, isDown: context.state.standing == .stopped)
    }

    var goal: Goal {
        var goal = Goal(
            "minikube-cluster", .controlPlane, "the profile \(context.profile) runs as the spec says",
            because: "it is the cluster", ensure: [context.firstMachineRuns] + context.storedAsWanted, by: actions,
            requires: [
                "minikube-program-minikube", "minikube-program-kubectl", "minikube-program-cache", "minikube-driver",
            ],
            settleSeconds: 120, blocked: blocked)
        goal.watch = script.progress
        goal.reason = reason
        guard goal.blocked == nil else { return goal }
        if context.isReplaced {
            goal.always = (context.whyReplaced ?? "") + "; the profile is replaced, as --replace says"
        } else if !context.changes.isEmpty {
            goal.always = context.changes.map(\.words).joined(separator: "; ")
        }
        return goal
    }

    /// nil where the checks say it better: the record is missing, or another field of the profile.
    private var reason: String? {
        switch context.state.standing {
        case .running, .unknown, .invalid: nil
        case .absent: "there is no profile \(context.profile) yet"
        case .unreferenced, .paused, .stopped, .broken:
            "the cluster is \(context.state.standing.words(context.profile))"
        }
    }

    private var actions: [Action] {
        if context.isReplaced {
            return [script.command("delete the profile \(context.profile) with all that is in it", "delete")]
                + [script.start(isNew: true)]
        }
        switch context.state.standing {
        case .absent, .invalid: return [script.start(isNew: true)]
        case .paused where context.changes.isEmpty:
            return [script.command("resume the profile \(context.profile)", "unpause"), script.takeOver]
        case .unreferenced where context.changes.isEmpty: return [script.refer, script.takeOver]
        case .running where context.changes.isEmpty: return [script.takeOver]
        default:
            guard context.mayHoldData, let copy = copy.action(isNeeded: !isAccepted) else {
                return [script.start(isNew: false)]
            }
            return [copy, script.start(isNew: false)]
        }
    }

    private var isAccepted: Bool { context.consent.acceptReset == context.profile }

    /// Why nothing may be done; nil if all is well or may be mended.
    private var blocked: String? {
        if let strangeness = context.strangeness { return strangeness }
        let profile = context.profile
        if context.isReplaced { return nil }
        if context.changes.contains(where: { !$0.isPossible }), let words = context.whyReplaced {
            return words
                + ". minikube cannot change that in place; to delete the cluster with all that is in it and make it anew: "
                + "--replace \(profile)"
        }
        switch context.state.standing {
        case .unknown(let reason): return "the state of the profile \(profile) is not known: \(reason)"
        case .absent, .running, .unreferenced, .paused: return context.changes.isEmpty ? nil : withoutCopy
        case .invalid:
            return
                "the profile \(profile) cannot be read; look at its folder, or to delete it with all that is in it and make "
                + "it anew: --replace \(profile)"
        case .stopped: return withoutCopy
        case .broken(let words):
            guard context.mayHoldData, !isAccepted else { return nil }
            return
                "\(words). minikube would try to restart the cluster and, if that fails, reset it with all that is in it; look at "
                + "`minikube logs -p \(profile)` and save what matters, then either mend it or accept that: --accept-reset \(profile), "
                + "or --replace \(profile)"
        }
    }

    /// A restart that fails must leave something to go back to.
    private var withoutCopy: String? {
        guard context.mayHoldData, !isAccepted, !copy.isPossible else { return nil }
        return "if the restart fails, minikube resets the cluster with all that is in it, and of the driver "
            + "\(context.minikube.driver.rawValue) no copy of the data can be taken first; to accept that: --accept-reset "
            + context.profile
    }
}

extension MinikubeContext {
    var startScript: StartScript {
        let phase: ProfileOwner.Phase = mayHoldData && !isReplaced ? .started : .starting
        let addons = isReplaced ? nil : state.owner?.addons
        return StartScript(
            options: options,
            owner: ProfileOwner(cluster: spec.name, phase: phase, spec: specPlace, addons: addons))
    }

    /// The first machine is the control plane.
    var firstMachineRuns: Check {
        Check(
            probes.machines, .containsLines(["\(profile) Running Running Running Configured"]),
            title: "the control plane of \(profile) (machine, host, kubelet, API server, kubeconfig)")
    }

    var storedAsWanted: [Check] {
        [
            Check(
                probes.fields(extraConfig: options.extraConfig.map(\.key)), .containsLines(options.storedFields),
                title: "the profile of \(profile)"),
            Check(
                probes.owner, .contains(["\"cluster\":\"\(spec.name)\"", "\"phase\":\"started\""]),
                title: "martlet's record of the profile \(profile)"),
        ]
    }
}

extension StartOptions {
    /// What a profile of this spec holds, as `MinikubeProbes.fields` tells it.
    var storedFields: [String] {
        var lines = ["driver \(minikube.driver.rawValue)", "kubernetes \(spec.kubernetes.version)"]
        func add(_ name: String, _ value: String?) {
            if let value { lines.append("\(name) \(value)") }
        }
        add("cpus", minikube.cpus.map(String.init))
        add("memory", minikube.memory.map(String.init))
        add("disk", minikube.disk.map(String.init))
        add("cni", minikube.network?.rawValue)
        add("containerRuntime", minikube.containerRuntime?.stored)
        func addAll(_ name: String, _ items: [String]) {
            lines += items.map { "\(name) \($0)" } + ["\(name) in all \(items.count)"]
        }
        addAll("registryMirrors", mirrors)
        // The rest may come from the user's settings.
        if !minikube.insecureRegistries.isEmpty { addAll("insecureRegistries", minikube.insecureRegistries) }
        addAll("extraConfig", extraConfig.map { "\($0.key)=\(Self.asGoWrites($0.value))" })
        return lines
    }

    /// Text in JSON of Go's encoding/json.
    private static func asGoWrites(_ text: String) -> String {
        [("\\", "\\\\"), ("\"", "\\\""), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")].reduce(text) {
            $0.replacing($1.0, with: $1.1)
        }
    }
}
