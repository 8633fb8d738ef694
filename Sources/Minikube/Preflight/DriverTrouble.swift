internal import ClusterModel
internal import Diagnostics

/// What is wrong with the driver, from its answer to `DriverQuestion`.
struct DriverTrouble {
    let context: MinikubeContext

    init(_ context: MinikubeContext) { self.context = context }

    private var driver: MinikubeSpec.Driver { context.minikube.driver }
    private var user: String { context.state.host["user"] ?? "" }

    var diagnostics: [Diagnostic] {
        guard let answer = context.state.host["driver"] else { return [] }
        let words = String(answer.drop { $0 != " " }.dropFirst())
        if answer.hasPrefix("missing") { return missing(words.split(separator: " ").map(String.init)) }
        let bounds = engine + architecture + key
        // A key that cannot be used explains all that follows.
        guard answer.hasPrefix("fails"), key.isEmpty else { return bounds }
        return bounds + failing(words)
    }

    private func problem(
        _ code: String, _ summary: String, detail: String? = nil, hint: String, severity: Diagnostic.Severity = .error
    ) -> [Diagnostic] {
        MinikubePreflight.problem(context, code, summary, detail: detail, hint: hint, severity: severity)
    }

    private func missing(_ names: [String]) -> [Diagnostic] {
        let left = context.minikube.installsDriver ? names.filter { !DriverNeeds.isInstallable($0) } : names
        guard !left.isEmpty else { return [] }
        let isOnlyHand = left.allSatisfy { !DriverNeeds.isInstallable($0) }
        return problem(
            driver == .none ? "program-missing" : "driver-missing",
            "\(left.joined(separator: ", ")) \(left.count == 1 ? "is" : "are") not on this host, and the driver "
                + "\(driver.rawValue) needs \(left.count == 1 ? "it" : "them")",
            detail: driver == .none ? "for Kubernetes \(context.spec.kubernetes.version)" : nil,
            hint: isOnlyHand
                ? "install \(left.count == 1 ? "it" : "them"): Debian has no package that does"
                : "install \(left.count == 1 ? "it" : "them"), or set `kubernetes.minikube.installDriver: true`")
    }

    /// Without root, and the version of podman.
    private var engine: [Diagnostic] {
        guard driver.isContainer else { return [] }
        var result: [Diagnostic] = []
        if context.minikube.isRootless, context.state.host["rootless"] == "false" {
            result += problem(
                "not-rootless",
                "`rootless` is wanted, and \(driver.rawValue) works as root for the user \(user)",
                hint: driver == .docker
                    ? "`docker context use rootless`, or remove `kubernetes.minikube.rootless`"
                    : "run it as a user who is not root, or remove `kubernetes.minikube.rootless`")
        }
        if driver == .podman, let answer = context.state.host["driver"], answer.hasPrefix("works "),
            let version = KubernetesVersion(answer.dropFirst(6))
        {
            let least = MinikubeAbilities(context.minikube.version).leastPodman
            if version < least {
                result += problem(
                    "podman-version",
                    "podman \(answer.dropFirst(6)) is older than what minikube \(context.minikube.version) wants",
                    detail:
                        "it wants \(least.description.dropFirst()) or newer and does not promise to work with others",
                    hint: "use a newer podman", severity: .warning)
            }
        }
        return result
    }

    private var architecture: [Diagnostic] {
        guard driver == .kvm2, MinikubeAbilities(context.minikube.version).hasKVMOnAMD64Only,
            let name = context.state.host["arch"], name != "x86_64"
        else { return [] }
        return problem(
            "driver-unsupported",
            "minikube \(context.minikube.version) has the driver kvm2 for amd64 only, and this host is \(name)",
            hint: "use docker or podman")
    }

    private var key: [Diagnostic] {
        guard driver == .ssh, let state = context.state.host["key"], let path = context.minikube.target?.identityFile
        else { return [] }
        return state == "missing"
            ? problem(
                "key", "the key \(path) is not on the host that runs minikube, or cannot be read there",
                hint: "`target.identityFile` is a path on that host; a leading ~ is its user's home")
            : problem(
                "key", "the key \(path) has a passphrase, or is no private key", detail: "minikube takes no agent",
                hint: "use a key without a passphrase")
    }

    private func failing(_ text: String) -> [Diagnostic] {
        let lower = text.lowercased()
        func says(_ pieces: String...) -> Bool { pieces.contains { lower.contains($0) } }
        if driver == .ssh { return target(text, lower) }
        if driver == .docker, says("permission denied") {
            return problem(
                "docker-permission", "the user \(user) may not use Docker's socket", detail: text,
                hint: "add the user to the group docker (`usermod -aG docker USER`) and log in anew")
        }
        if driver == .kvm2, says("permission denied", "authentication", "access denied") {
            return problem(
                "kvm-permission", "the user \(user) may not use libvirt", detail: text,
                hint: "add the user to the group libvirt and log in anew")
        }
        if driver == .kvm2, says("kvm is not supported", "virttype", "no virtualization", "not supported by") {
            return problem(
                "no-virtualisation", "this host has no hardware virtualisation for QEMU",
                detail: context.state.host["kvm"] == nil ? "there is no /dev/kvm" : text,
                hint:
                    "enable it in the firmware or, in a virtual machine, nested virtualisation on the machine below; or use docker"
            )
        }
        if says("a password is required", "sudo:") {
            return problem(
                "needs-root", "the driver \(driver.rawValue) needs root, and sudo asks for a password", detail: text,
                hint: driver == .podman
                    ? "allow podman through sudo without a password, or set `kubernetes.minikube.rootless: true`"
                    : "log in as root, or allow sudo without a password")
        }
        let isDown =
            text.isEmpty
            || says(
                "is the docker daemon running", "cannot connect", "connection refused", "failed to connect",
                "no such file or directory")
        return problem(
            isDown ? "driver-down" : "driver-fails",
            isDown ? "\(driver.rawValue) is installed and does not run" : "the driver \(driver.rawValue) does not work",
            detail: text.isEmpty ? "it did not answer within 8 seconds" : text,
            hint: isDown ? "start it on the host" : "mend it on the host")
    }

    private func target(_ text: String, _ lower: String) -> [Diagnostic] {
        let target = context.minikube.target
        let place = "\(target?.user ?? "root")@\(target?.address ?? ""):\(target?.port ?? 22)"
        if lower.contains("permission denied") {
            return problem(
                "target-login", "\(place) does not let the host that runs minikube in", detail: text,
                hint:
                    "check `target.user` and `target.identityFile`, and that its public key is in the target's authorized_keys"
            )
        }
        if lower.contains("sudo") {
            return problem(
                "needs-root", "the user of \(place) needs sudo without a password", detail: text,
                hint: "log in as root, or allow sudo without a password there")
        }
        return problem(
            "target-unreachable", "\(place) does not answer the host that runs minikube",
            detail: text.isEmpty ? "nothing came back within 20 seconds" : text,
            hint: "check `target.address` and `target.port`")
    }
}
