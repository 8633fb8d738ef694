import ConfigTree
import Diagnostics

/// What a spec says and minikube cannot do, and what it says that minikube has no ear for.
///
/// Each refusal names the bound; the bounds are minikube's own (cmd/minikube/cmd/start.go and start_flags.go, the same in v1.18.1
/// and v1.38.1).
struct MinikubeValidation {
    let spec: ClusterSpec
    let minikube: MinikubeSpec
    let partial: PartialSpec
    let source: SourceMap
    let decoder: ConfigDecoder

    static let leastProcessors = 2
    /// In MiB: minUsableMem.
    static let leastMemory = 1800
    /// In MiB: minimumDiskSize.
    static let leastDisk = 2000
    /// keywords in pkg/minikube/config/profile.go.
    static let reservedProfiles = [
        "start", "stop", "status", "delete", "config", "open", "profile", "addons", "cache", "logs",
    ]

    func run() {
        checkVersions()
        checkProfile()
        checkMachines()
        checkTarget()
        checkRootless()
        checkNetwork()
        checkExtraConfig()
        checkAddons()
        checkHosts()
        refuseForeignFields()
    }

    private func node(_ path: String) -> ConfigNode { source.node(at: path) ?? source.document.root }
    private func own(_ name: String) -> ConfigNode { node("kubernetes.minikube.\(name)") }

    private func refuse(
        _ code: String, _ place: ConfigNode, _ summary: String, detail: String? = nil, hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        decoder.report(code, at: place, summary, detail: detail, hint: hint, severity: severity)
    }

    // MARK: Versions

    private func checkVersions() {
        let version = minikube.version
        guard version >= MinikubeRelease.oldest else {
            refuse(
                "minikube-version", own("version"), "minikube \(version) is older than what martlet can read",
                detail: "its answers are known from \(MinikubeRelease.oldest) on",
                hint: "choose \(MinikubeRelease.oldest) or newer")
            return
        }
        guard let release = MinikubeRelease.of(version) else {
            refuse(
                "minikube-version", own("version"), "martlet does not know what minikube \(version) can make",
                detail: "the newest version that it knows is \(MinikubeRelease.newest)",
                hint: "minikube itself will say if it refuses Kubernetes \(spec.kubernetes.version)", severity: .warning
            )
            return
        }
        let kubernetes = spec.kubernetes.version
        guard kubernetes.major != 0, !release.makes(kubernetes) else { return }
        let other = MinikubeRelease.newest(making: kubernetes)
        refuse(
            "version", node("kubernetes.version"), "minikube \(version) does not make Kubernetes \(kubernetes)",
            detail: "it makes \(release.oldestKubernetes) to \(release.newestKubernetes)",
            hint: other.map { "minikube \($0.version) makes it: set `kubernetes.minikube.version`" }
                ?? "choose a version in that range")
    }

    // MARK: Profile and machines

    private func checkProfile() {
        let place = source.node(at: "kubernetes.minikube.profile") ?? node("name")
        let profile = minikube.profile
        if profile.utf8.count == 1 {
            refuse(
                "minikube-profile", place,
                "minikube wants two characters at least for a profile, and `\(profile)` is one",
                hint: "set `kubernetes.minikube.profile`")
        }
        if Self.reservedProfiles.contains(profile) {
            refuse(
                "minikube-profile", place, "`\(profile)` is a word of minikube's own and no name for a profile",
                hint: "set `kubernetes.minikube.profile`")
        }
        if minikube.driver == .none, profile != "minikube", !profile.isEmpty {
            refuse(
                "minikube-profile", place,
                "the driver none knows one profile only, `minikube`, and this is `\(profile)`",
                hint: "set `kubernetes.minikube.profile: minikube`")
        }
    }

    private func checkMachines() {
        let driver = minikube.driver
        if minikube.nodes > 1, driver == .none || driver == .ssh {
            refuse(
                "minikube-nodes", own("nodes"),
                "the driver \(driver.rawValue) makes one machine, and `nodes` is \(minikube.nodes)",
                hint: "use docker, podman or kvm2, or `driver: kubeadm` with several hosts")
        }
        checkResource("cpus", minikube.cpus, least: Self.leastProcessors, unit: "processors")
        checkResource("memory", minikube.memory, least: Self.leastMemory, unit: "MiB")
        if let disk = minikube.disk {
            if driver != .kvm2 {
                refuse(
                    "conflict", own("disk").key ?? own("disk"), "the driver \(driver.rawValue) does not limit a disk",
                    detail: "only machines of kvm2 have a disk of their own", hint: "remove it")
            } else if disk < Self.leastDisk {
                refuse(
                    "minikube-resources", own("disk"),
                    "minikube needs \(Self.leastDisk) MiB of disk at least, and `disk` is \(disk)")
            }
        }
        if minikube.installsDriver, driver == .ssh {
            refuse(
                "conflict", own("installDriver").key ?? own("installDriver"),
                "the driver ssh needs no packages on the host", hint: "remove it")
        }
    }

    private func checkTarget() {
        let driver = minikube.driver
        guard let target = minikube.target else {
            if driver == .ssh {
                refuse(
                    "missing-key", node("kubernetes.minikube"),
                    "`kubernetes.minikube.target` is missing, and the driver ssh needs it",
                    hint: "add `target:` with the machine's address")
            }
            return
        }
        if driver != .ssh {
            refuse(
                "conflict", own("target").key ?? own("target"),
                "`target` means nothing for the driver \(driver.rawValue)",
                detail: "it belongs to the driver ssh", hint: "remove it")
        } else if ["127.0.0.1", "localhost"].contains(target.address) {
            // configure in pkg/minikube/registry/drvs/ssh/ssh.go.
            refuse(
                "minikube-target", own("target.address"),
                "minikube refuses \(target.address) as the target of the driver ssh",
                detail: "the API server would listen there only",
                hint: "name its address on a network, or use `driver: none` for this machine itself")
        }
    }

    private func checkRootless() {
        guard minikube.isRootless else { return }
        let place = own("rootless")
        let abilities = MinikubeAbilities(minikube.version)
        if !minikube.driver.isContainer {
            refuse(
                "conflict", place.key ?? place, "the driver \(minikube.driver.rawValue) cannot work without root",
                detail: "docker and podman can", hint: "remove `rootless`")
        } else if !abilities.isRootlessKnown {
            refuse(
                "minikube-rootless", place, "minikube \(minikube.version) knows no `rootless`",
                detail: "v1.26.0 and newer do", hint: "choose a newer `kubernetes.minikube.version`")
        } else if !abilities.runsDockerWithoutRoot, (minikube.containerRuntime ?? .docker) == .docker {
            refuse(
                "minikube-rootless", source.node(at: "kubernetes.minikube.containerRuntime") ?? place,
                "minikube \(minikube.version) runs no docker in machines without root",
                detail: "v1.32.0 and newer do", hint: "write `containerRuntime: containerd`")
        }
    }

    private func checkResource(_ field: String, _ value: Int?, least: Int, unit: String) {
        guard let value else { return }
        if !minikube.driver.limitsResources {
            refuse(
                "conflict", own(field).key ?? own(field),
                "the driver \(minikube.driver.rawValue) does not limit \(field)",
                detail: "the machine is there already, with what it has", hint: "remove it")
        } else if value < least {
            refuse(
                "minikube-resources", own(field), "minikube needs \(least) \(unit) at least, and `\(field)` is \(value)"
            )
        }
    }

    // MARK: Network, components, addons

    private func checkNetwork() {
        if minikube.network == .off, let runtime = minikube.containerRuntime, runtime != .docker {
            refuse(
                "minikube-network", own("cni"),
                "the runtime \(runtime.rawValue) needs a pod network, and `cni` is none",
                hint: "choose one, or leave it out")
        }
        if let runtime = minikube.containerRuntime, runtime != .docker {
            for field in ["registryMirrors", "insecureRegistries"]
            where source.node(at: "kubernetes.minikube.\(field)") != nil {
                refuse(
                    "conflict", own(field).key ?? own(field),
                    "`\(field)` means nothing for the runtime \(runtime.rawValue)",
                    detail: "minikube gives it to Docker's daemon", hint: "remove it")
            }
        }
        for host in spec.images.mirrors.keys.sorted() where host != "docker.io" {
            refuse(
                "minikube-mirror", node("images.mirrors"),
                "minikube mirrors docker.io only, and the spec names \(host)",
                hint: "remove it")
        }
    }

    private func checkExtraConfig() {
        for key in minikube.extraConfig.keys.sorted() {
            let place = own("extraConfig")[key] ?? own("extraConfig")
            let component = String(key.prefix { $0 != "." })
            let parameter = String(key.dropFirst(component.count + 1))
            if !MinikubeFields.components.contains(component) {
                refuse(
                    "minikube-extra-config", place.key ?? place, "minikube configures no component `\(component)`",
                    detail: "it knows \(MinikubeFields.components.joined(separator: ", "))",
                    hint: Suggestion.nearest(to: component, in: MinikubeFields.components).map {
                        "did you mean `\($0)`"
                    })
            } else if component == "kubeadm", !MinikubeFields.kubeadmParameters.contains(parameter) {
                refuse(
                    "minikube-extra-config", place.key ?? place, "minikube passes no `\(parameter)` to kubeadm",
                    detail: "it passes \(MinikubeFields.kubeadmParameters.joined(separator: ", "))")
            }
        }
    }

    /// A version that is not in the table may have others: `martlet plan` refuses what it does not list.
    private func checkAddons() {
        let version = minikube.version
        for addon in minikube.addons {
            guard let versions = MinikubeAddons.versions(of: addon) else {
                let near = Suggestion.nearest(to: addon, in: MinikubeAddons.known)
                refuse(
                    "minikube-addon", own("addons"), "martlet knows no addon `\(addon)` of minikube",
                    hint: near.map { "did you mean `\($0)`" } ?? "`minikube addons list` shows all",
                    severity: MinikubeRelease.of(version) == nil ? .warning : .error)
                continue
            }
            guard MinikubeRelease.of(version) != nil, !versions.contains(version) else { continue }
            refuse(
                "minikube-addon", own("addons"), "minikube \(version) has no addon `\(addon)`",
                detail: "it is in \(versions.lowerBound) to \(versions.upperBound)",
                hint: "leave it out, or choose another `kubernetes.minikube.version`")
        }
    }

    // MARK: The rest of the spec

    private func checkHosts() {
        guard let host = partial.hosts.first else { return }
        if partial.hosts.count > 1 {
            refuse(
                "minikube-hosts", node("hosts").key ?? node("hosts"),
                "minikube runs on one machine, and the spec names \(partial.hosts.count)",
                detail: "further nodes are machines that minikube makes there",
                hint: "keep one host and set `kubernetes.minikube.nodes`, or use `driver: kubeadm`")
        }
        if !host.spec.isControlPlane {
            refuse(
                "no-control-plane", host.node["roles"] ?? host.node, "the host that runs minikube is the control plane",
                hint: "write `roles: [control-plane]`")
        }
        for field in ["labels", "taints", "internalAddress", "pool"] {
            guard let extra = host.node[field] else { continue }
            refuse(
                "conflict", extra.key ?? extra, "`\(field)` means nothing for a host that runs minikube",
                detail: "its nodes are machines that minikube makes", hint: "remove it")
        }
    }

    /// Fields of the spec that only kubeadm takes.
    private func refuseForeignFields() {
        let foreign = [
            ("kubernetes.source", "minikube downloads by itself, or takes `kubernetes.minikube.cache`"),
            ("pools", "further nodes are `kubernetes.minikube.nodes`"),
            ("endpoint", "minikube chooses the address of the API"),
            ("network.plugin", "the pod network is `kubernetes.minikube.cni`"),
            ("packages", "the packages of the driver are `kubernetes.minikube.installDriver`"),
            ("components.kubelet", "write `kubernetes.minikube.extraConfig` with keys `kubelet.FLAG`"),
            ("components.kubeProxy", "write `kubernetes.minikube.extraConfig` with keys `proxy.FIELD`"),
            ("components.containerd", "minikube configures the runtime"),
            ("components.ignorePreflightErrors", "minikube chooses which of kubeadm's checks count"),
        ]
        for (path, instead) in foreign {
            guard let extra = source.node(at: path) else { continue }
            refuse(
                "conflict", extra.key ?? extra, "`\(path)` means nothing for minikube", detail: instead,
                hint: "remove it")
        }
        if partial.profile == .production {
            refuse(
                "conflict", node("profile"), "minikube makes no cluster for production",
                detail: "it has one control plane, on one machine, with one administrator",
                hint: "write `profile: lab`, or use `driver: kubeadm`")
        }
    }
}
