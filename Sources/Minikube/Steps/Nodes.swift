internal import ClusterModel
internal import Planning

/// Further machines.
let minikubeNodes = MinikubeStep(
    "minikube-nodes", .workers, "Every machine of the profile runs",
    explanation: """
        A new profile is started with all of its machines; an existing one gets those that are missing with `minikube node add`, and \
        those that are down with `minikube node start`. Machines are never taken away: that would lose what runs there, and is \
        `minikube node delete`, or a replaced profile.
        """
) { context in
    let wanted = context.options.machines
    guard wanted.count > 1 else { return [] }
    let script = context.startScript
    let known = Set(context.state.machines.map(\.name))
    let name = context.profile
    var actions: [Action] = []
    // A new or replaced profile gets its machines when it is started; whether it did, is asked when its turn comes.
    if !known.isEmpty, !context.isReplaced {
        for machine in wanted where !known.contains(machine) {
            actions.append(script.command("add the machine \(machine)", "node add", timeoutSeconds: 1200))
        }
        for machine in context.state.machines where !machine.isRunning && machine.name != name {
            let node = String(machine.name.dropFirst(name.count + 1))
            actions.append(
                script.command(
                    "start the machine \(machine.name)", "node start \(Shell.quote(node))", timeoutSeconds: 1200))
        }
    }
    return [
        Goal(
            "minikube-nodes", .workers, "the \(wanted.count) machines of \(name) run",
            because: "the spec says how many there are",
            ensure: [
                Check(
                    context.probes.machines,
                    .containsLines(
                        wanted.map {
                            $0 == name
                                ? "\($0) Running Running Running Configured"
                                : "\($0) Running Running Irrelevant Irrelevant"
                        }),
                    title: "the machines of \(name)")
            ], by: actions, requires: ["minikube-cluster"], settleSeconds: 120,
            blocked: context.strangeness)
    ]
}
