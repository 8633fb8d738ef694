internal import ClusterModel
internal import Planning

/// One step for each addon.
let minikubeAddons = MinikubeStep(
    "minikube-addons", .services, "Enable addons",
    explanation: """
        Each addon that the spec names is enabled by itself, so that one that fails leaves the others alone, and one at a time, because \
        minikube writes the profile each time without a lock. Addons that the spec does not name stay as they are: minikube enables some \
        by itself.
        """
) { context in
    context.minikube.addons.map { name in
        Goal(
            "minikube-addon-\(name)", .services, "the addon \(name) is enabled", because: "the spec names it",
            ensure: [Check(context.probes.addon(name), .equals("true"), title: "the addon \(name)")],
            by: [
                context.startScript.command("enable the addon \(name)", "addons enable \(name)", timeoutSeconds: 600)
            ],
            requires: ["minikube-cluster", "minikube-nodes"], pool: .profile, settleSeconds: 10,
            blocked: context.strangeness)
    }
}
