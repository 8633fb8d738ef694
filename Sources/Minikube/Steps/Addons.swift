internal import ClusterModel
internal import Planning

/// One step for each addon.
let minikubeAddons = MinikubeStep(
    "minikube-addons", .services, "Enable addons, and disable those that the spec names no longer",
    explanation: """
        Each addon that the spec names is enabled by itself, so that one that fails leaves the others alone, and one at a time, because \
        minikube writes the profile each time without a lock. What martlet has enabled is noted beside the profile, and disabled when \
        the spec names it no longer. Addons that somebody else has enabled stay as they are: minikube enables some by itself.
        """
) { context in
    let script = context.startScript
    func goal(_ name: String, _ is: String, because: String, wanted: Bool, _ action: Action) -> Goal {
        Goal(
            "minikube-addon-\(name)", .services, "the addon \(name) is \(`is`)", because: because,
            ensure: [Check(context.probes.addon(name), .equals(wanted ? "true" : "false"), title: "the addon \(name)")],
            by: [action], requires: ["minikube-cluster", "minikube-nodes"], pool: .profile, settleSeconds: 10,
            blocked: context.strangeness)
    }
    let enabled = context.minikube.addons.map { name in
        var goal = goal(
            name, "enabled", because: "the spec names it", wanted: true,
            script.command(
                "enable the addon \(name)", "addons enable \(name)", timeoutSeconds: 600,
                afterwards: ProfileRecord.add(name)))
        goal.reason = "the spec names it, and it is not enabled"
        return goal
    }
    guard !context.isReplaced else { return enabled }
    let disabled = (context.state.owner?.enabledAddons ?? []).filter { name in
        !context.minikube.addons.contains(name) && context.state.stored?.Addons?[name] == true
    }
    return enabled
        + disabled.sorted().map { name in
            var goal = goal(
                name, "disabled", because: "the spec names it no longer", wanted: false,
                script.command(
                    "disable the addon \(name)", "addons disable \(name)", timeoutSeconds: 600,
                    afterwards: ProfileRecord.drop(name)))
            // Whether it is enabled was known before its name was.
            goal.always = "martlet has enabled it, and the spec names it no longer"
            return goal
        }
}
