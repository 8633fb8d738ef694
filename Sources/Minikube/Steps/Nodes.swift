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
    let wanted = context.machines.all
    guard context.minikube.nodes > 1 else { return [] }
    let script = context.startScript
    let known = Set(context.state.machines.map(\.name))
    let name = context.profile
    var actions: [Action] = []
    // A new or replaced profile gets its machines when it is started; whether it did, is asked when its turn comes.
    if !known.isEmpty, !context.isReplaced {
        for machine in wanted where !known.contains(machine) {
            actions.append(
                script.command(
                    "add the machine \(machine)", "node add", environment: context.memoryOfMachines,
                    timeoutSeconds: 1200))
        }
        for machine in context.state.machines where !machine.isRunning && machine.name != name {
            let node = String(machine.name.dropFirst(name.count + 1))
            actions.append(
                script.command(
                    "start the machine \(machine.name)", "node start \(Shell.quote(node))", timeoutSeconds: 1200))
        }
    }
    let absent = wanted.filter { !known.contains($0) }
    let down = context.state.machines.filter { $0.name != name && wanted.contains($0.name) && !$0.isRunning }.map(
        \.name)
    var goal = Goal(
        "minikube-nodes", .workers, "the \(context.minikube.nodes) machines of \(name) run",
        because: "the spec says how many there are",
        ensure: [
            Check(
                context.probes.machines,
                .containsLines(wanted.dropFirst().map { "\($0) Running Running Irrelevant Irrelevant" }),
                title: "the further machines of \(name)")
        ], by: actions, requires: ["minikube-cluster"], settleSeconds: 120,
        blocked: context.strangeness ?? (context.isReplaced ? nil : context.machines.obstacle))
    let reasons = [("there is no", absent), ("down:", down)].filter { !$1.isEmpty }
    goal.reason =
        reasons.isEmpty ? nil : reasons.map { "\($0) \($1.joined(separator: ", "))" }.joined(separator: "; ")
    return [goal]
}

extension MinikubeContext {
    /// The first further machine of a profile gets 2200 MiB, and the profile says so of all from then on, unless this variable holds
    /// something (`viper.GetString(memory)` in cmd/minikube/cmd/node_add.go).
    fileprivate var memoryOfMachines: String {
        (minikube.memory ?? state.stored?.Memory).map { "MINIKUBE_MEMORY=\($0)mb" } ?? ""
    }
}
