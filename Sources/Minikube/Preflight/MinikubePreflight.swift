internal import ClusterModel
internal import Diagnostics
internal import Planning

/// What is wrong with the host before anything is written; an error stops the plan.
enum MinikubePreflight {
    static func diagnostics(_ context: MinikubeContext) -> [Diagnostic] {
        // A host that did not answer is reported by whoever asked.
        guard !context.state.host.isEmpty else { return [] }
        return program(context) + DriverTrouble(context).diagnostics + resources(context) + user(context)
            + profile(context)
            + addons(context) + settings(context)
    }

    static func problem(
        _ context: MinikubeContext, _ code: String, _ summary: String, detail: String? = nil, hint: String? = nil,
        severity: Diagnostic.Severity = .error, exitCode: ExitStatus = .lacking
    ) -> [Diagnostic] {
        [
            Diagnostic(
                severity, code: "minikube.\(code)", summary, detail: detail, hint: hint, host: context.host.name,
                exitCode: exitCode)
        ]
    }

    private static func program(_ context: MinikubeContext) -> [Diagnostic] {
        let wanted = context.minikube.version
        // What martlet brings is checked when it is there.
        guard context.minikube.binary == nil else { return [] }
        guard let text = context.state.version else {
            return problem(
                context, "missing", "there is no minikube on this host",
                hint: "install minikube \(wanted), or name the file in `kubernetes.minikube.binary`")
        }
        guard let version = KubernetesVersion(text), version != wanted else { return [] }
        return problem(
            context, "version", "the host has minikube \(text), the spec says \(wanted)",
            detail: version < MinikubeRelease.oldest ? "\(text) is older than what martlet can read" : nil,
            hint: "set `kubernetes.minikube.version: \(text)`, or name a file in `kubernetes.minikube.binary`",
            exitCode: .invalid)
    }

    /// minikube's own minimum, of the machine that runs it and of the container engine (validateCPUCount, validateRequestedMemorySize
    /// in cmd/minikube/cmd/start.go).
    private static func resources(_ context: MinikubeContext) -> [Diagnostic] {
        // A profile that exists was let in by minikube.
        guard context.state.standing == .absent || context.isReplaced else { return [] }
        let minikube = context.minikube
        let daemon = (context.state.host["daemon"] ?? "").split(separator: " ").compactMap { Int($0) }
        let cpus = daemon.count == 2 ? daemon[0] : context.state.host["cpus"].flatMap { Int($0) }
        let memory = [
            context.state.host["memory"].flatMap { Int($0) }, daemon.count == 2 ? daemon[1] / 1_048_576 : nil,
        ].compactMap { $0 }.min()
        let owner = daemon.count == 2 ? minikube.driver.rawValue : "the host"
        var result: [Diagnostic] = []
        if let cpus, minikube.driver != .ssh || MinikubeAbilities(minikube.version).countsProcessorsForAll {
            let wanted = max(2, minikube.cpus ?? 2)
            if cpus < wanted {
                result += problem(
                    context, "cpus", "\(owner) has \(cpus) processors, and \(wanted) are wanted",
                    detail: "minikube's own minimum is 2",
                    hint: "lower `kubernetes.minikube.cpus`, or use a larger machine")
            }
        }
        if let memory {
            let wanted = max(1800, minikube.memory ?? 1800)
            if memory < wanted {
                result += problem(
                    context, "memory", "\(owner) has \(memory) MiB of memory, and \(wanted) are wanted",
                    detail: "minikube's own minimum is 1800 MiB",
                    hint: "lower `kubernetes.minikube.memory`, or use a larger machine")
            }
        }
        return result
    }

    private static func user(_ context: MinikubeContext) -> [Diagnostic] {
        let isRoot = context.state.host["uid"] == "0"
        guard isRoot, context.minikube.driver != .none, !context.minikube.allowsRoot else { return [] }
        return problem(
            context, "as-root", "minikube refuses to work as root with the driver \(context.minikube.driver.rawValue)",
            hint: "use another user (`ssh.user`), or set `kubernetes.minikube.allowRoot: true`", exitCode: .failed)
    }

    /// A new profile must not have the name of a machine of another (`validateProfileName` in cmd/minikube/cmd/start.go).
    private static func profile(_ context: MinikubeContext) -> [Diagnostic] {
        let name = context.profile
        if let owner = context.state.owner, owner.cluster == context.spec.name, owner.spec != context.specPlace {
            return problem(
                context, "other-spec", "the profile \(name) was made from another spec: \(owner.spec)",
                detail: "two specs of one name change each other's cluster", severity: .warning,
                exitCode: .failed)
        }
        guard context.state.standing == .absent else { return [] }
        for other in context.state.profiles?.valid ?? [] where other.Name != name {
            guard let config = other.Config, config.machines.contains(name) else { continue }
            return problem(
                context, "profile", "\(name) is the name of a machine of the profile \(other.Name)",
                hint: "choose another `kubernetes.minikube.profile`", exitCode: .invalid)
        }
        return []
    }

    private static func addons(_ context: MinikubeContext) -> [Diagnostic] {
        let known = context.state.addons
        guard !known.isEmpty, context.state.version == context.minikube.version.description else { return [] }
        return context.minikube.addons.filter { !known.contains($0) }.flatMap { name in
            problem(
                context, "addon", "minikube \(context.minikube.version) has no addon \(name)",
                hint: Suggestion.nearest(to: name, in: known.sorted()).map { "did you mean \($0)" }
                    ?? "`minikube addons list` shows all", exitCode: .invalid)
        }
    }

    /// Settings of the user that count where the spec says nothing.
    private static func settings(_ context: MinikubeContext) -> [Diagnostic] {
        let minikube = context.minikube
        let open: [(key: String, isOpen: Bool)] = [
            ("cpus", minikube.cpus == nil), ("memory", minikube.memory == nil), ("disk-size", minikube.disk == nil),
            ("container-runtime", minikube.containerRuntime == nil), ("cni", minikube.network == nil),
            ("rootless", !minikube.isRootless), ("insecure-registry", minikube.insecureRegistries.isEmpty),
        ]
        let found = open.filter(\.isOpen).compactMap { entry in
            context.state.settings[entry.key].map { "\(entry.key) = \($0)" }
        }
        guard !found.isEmpty else { return [] }
        return problem(
            context, "settings", "`minikube config` of the host decides what the spec leaves open",
            detail: found.joined(separator: ", "), hint: "say it in the spec, or unset it there", severity: .warning,
            exitCode: .failed)
    }
}
