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
        alone unless it is named with --adopt.
        """
) { context in
    [ClusterGoal(context: context).goal]
}

private struct ClusterGoal {
    let context: MinikubeContext

    private var script: StartScript { context.startScript }

    var goal: Goal {
        var goal = Goal(
            "minikube-cluster", .controlPlane, "the profile \(context.profile) runs as the spec says",
            because: "it is the cluster", ensure: [context.firstMachineRuns] + context.storedAsWanted, by: actions,
            requires: [
                "minikube-program-minikube", "minikube-program-kubectl", "minikube-program-cache", "minikube-driver",
            ],
            settleSeconds: 120, blocked: blocked)
        goal.watch = script.progress
        if context.isReplaced, goal.blocked == nil {
            goal.always = (context.whyReplaced ?? "") + "; the profile is replaced, as --replace says"
        }
        return goal
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
        case .running where context.changes.isEmpty: return [script.takeOver]
        default:
            guard context.mayHoldData, let copy = script.copy(isNeeded: !isAccepted) else {
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
        case .absent, .running: return context.changes.isEmpty ? nil : withoutCopy
        case .invalid:
            return
                "the profile \(profile) cannot be read; look at its folder, or to delete it with all that is in it and make "
                + "it anew: --replace \(profile)"
        case .paused: return context.changes.isEmpty ? nil : withoutCopy
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
        guard context.mayHoldData, !isAccepted, script.copy(isNeeded: true) == nil else { return nil }
        return "if the restart fails, minikube resets the cluster with all that is in it, and of the driver "
            + "\(context.minikube.driver.rawValue) no copy of the data can be taken first; to accept that: --accept-reset "
            + context.profile
    }
}

extension MinikubeContext {
    var startScript: StartScript {
        let phase: ProfileOwner.Phase = mayHoldData && !isReplaced ? .started : .starting
        return StartScript(
            options: options, owner: ProfileOwner(cluster: spec.name, phase: phase, spec: specPlace))
    }

    /// The first machine is the control plane.
    var firstMachineRuns: Check {
        Check(
            probes.machines, .containsLines(["\(profile) Running Running Running Configured"]),
            title: "the control plane of \(profile) (machine, host, kubelet, API server, kubeconfig)")
    }

    /// Fields of the stored profile, as Go writes them, indented by four spaces.
    var storedAsWanted: [Check] {
        var pieces = [
            "\"Driver\": \"\(minikube.driver.rawValue)\"", "\"KubernetesVersion\": \"\(spec.kubernetes.version)\"",
        ]
        if let memory = minikube.memory { pieces.append("\"Memory\": \(memory),") }
        if let cpus = minikube.cpus { pieces.append("\"CPUs\": \(cpus),") }
        if let disk = minikube.disk { pieces.append("\"DiskSize\": \(disk),") }
        if let network = minikube.network { pieces.append("\"CNI\": \"\(network.rawValue)\"") }
        // Versions differ in how they write cri-o.
        if let runtime = minikube.containerRuntime, runtime != .crio {
            pieces.append("\"ContainerRuntime\": \"\(runtime.rawValue)\"")
        }
        pieces += options.mirrors.map { "\"\($0)\"" }
        for (key, value) in options.extraConfig {
            let dot = key.firstIndex(of: ".") ?? key.endIndex
            pieces.append("\"Key\": \"\(key[dot...].dropFirst())\"")
            pieces.append("\"Value\": \"\(value)\"")
        }
        return [
            Check(probes.stored, .contains(pieces), title: "the profile of \(profile)"),
            Check(
                probes.owner, .contains(["\"cluster\":\"\(spec.name)\"", "\"phase\":\"started\""]),
                title: "martlet's record of the profile \(profile)"),
        ]
    }
}
