internal import ClusterModel

/// A difference between the profile and the spec.
struct ProfileChange: Sendable, Hashable {
    /// As the spec calls it.
    var field: String
    var now: String
    var wanted: String
    /// False if minikube keeps the old value whatever it is told, or would leave a broken cluster: only a new cluster has the new one.
    var isPossible: Bool

    var words: String {
        "\(field) is \(now.isEmpty ? "not set" : now), the spec says \(wanted.isEmpty ? "none" : wanted)"
    }

    /// What `minikube start` changes and what it does not: `updateExistingConfigFromFlags` in cmd/minikube/cmd/start_flags.go.
    ///
    /// Memory, processors, disk, registries and the target are kept with a warning or without one; another driver and an older
    /// Kubernetes are refused (`validateSpecifiedDriver`, `validateKubernetesVersion` in start.go); a runtime, pod network, service
    /// network, domain or image repository would be written down, while what runs was made with the old one.
    static func all(_ options: StartOptions, _ state: MinikubeState) -> [ProfileChange] {
        guard let stored = state.stored else { return [] }
        let minikube = options.minikube
        let spec = options.spec
        let kubernetes = stored.KubernetesConfig
        var changes: [ProfileChange] = []
        func compare(_ field: String, _ now: String, _ wanted: String?, isPossible: Bool = false) {
            guard let wanted, wanted != now else { return }
            changes.append(ProfileChange(field: field, now: now, wanted: wanted, isPossible: isPossible))
        }
        compare("driver", stored.Driver, minikube.driver.rawValue)
        let isUpgrade = KubernetesVersion(kubernetes.KubernetesVersion).map { $0 < spec.kubernetes.version } ?? false
        compare(
            "Kubernetes", kubernetes.KubernetesVersion, spec.kubernetes.version.description, isPossible: isUpgrade)
        compare("containerRuntime", kubernetes.ContainerRuntime, minikube.containerRuntime?.stored)
        compare("cpus", String(stored.CPUs), minikube.cpus.map(String.init))
        compare("memory", String(stored.Memory), minikube.memory.map(String.init))
        compare("disk", String(stored.DiskSize), minikube.disk.map(String.init))
        compare("cni", kubernetes.CNI, minikube.network?.rawValue)
        compare("network.services", kubernetes.ServiceCIDR, spec.network.services)
        compare("network.domain", kubernetes.DNSDomain, spec.network.domain)
        compare("images.repository", kubernetes.ImageRepository, spec.images.repository)
        compare("registryMirrors", list(stored.RegistryMirror ?? []), list(options.mirrors))
        // What the spec leaves out may come from the user's settings (`minikube config set insecure-registry`).
        if !minikube.insecureRegistries.isEmpty || state.settings["insecure-registry"] == nil {
            compare("insecureRegistries", list(stored.InsecureRegistry ?? []), list(minikube.insecureRegistries))
        }
        changes += target(minikube, stored, home: state.host["home"] ?? "")
        let nodes = stored.Nodes?.count ?? 1
        if nodes > minikube.nodes { compare("nodes", String(nodes), String(minikube.nodes)) }
        return changes + extraConfig(options, stored) + certificateNames(options, kubernetes)
    }

    /// The machine of the driver ssh is made with them once and for all; 22 and root are minikube's defaults.
    private static func target(_ minikube: MinikubeSpec, _ stored: StoredProfile, home: String) -> [ProfileChange] {
        guard minikube.driver == .ssh, let target = minikube.target else { return [] }
        let key = target.identityFile.map { $0.hasPrefix("~/") ? home + $0.dropFirst() : $0 }
        return [
            ("address", stored.SSHIPAddress ?? "", target.address),
            ("user", stored.SSHUser ?? "", target.user ?? "root"),
            ("port", String(stored.SSHPort ?? 0), String(target.port ?? 22)),
            ("identityFile", stored.SSHKey ?? "", key ?? ""),
        ].filter { $1 != $2 }.map {
            ProfileChange(field: "target.\($0)", now: $1, wanted: $2, isPossible: false)
        }
    }

    /// All options are written anew if one is given; without any, the old ones stay.
    private static func extraConfig(_ options: StartOptions, _ stored: StoredProfile) -> [ProfileChange] {
        let wanted = Dictionary(options.extraConfig.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        // minikube's own are judged only if the spec names them.
        let all = Dictionary(
            (stored.KubernetesConfig.ExtraOptions ?? []).map { ("\($0.Component).\($0.Key)", $0.Value) },
            uniquingKeysWith: { $1 })
        let now = all.filter { wanted[$0.key] != nil || !StoredProfile.ownExtraConfig.contains($0.key) }
        return Set(wanted.keys).union(now.keys).sorted().filter { wanted[$0] != now[$0] }.map { key in
            ProfileChange(
                field: key, now: now[key] ?? "", wanted: wanted[key] ?? "", isPossible: !wanted.isEmpty)
        }
    }

    /// Certificates are made anew with names and, by newer versions, addresses.
    private static func certificateNames(
        _ options: StartOptions, _ kubernetes: StoredProfile.Kubernetes
    ) -> [ProfileChange] {
        let abilities = MinikubeAbilities(options.minikube.version)
        let names = options.spec.components.certificateNames
        let known = (kubernetes.APIServerNames ?? []) + (kubernetes.APIServerIPs ?? [])
        let missing = names.filter { !known.contains($0) }
        guard !missing.isEmpty else { return [] }
        let isPossible = abilities.changesCertificateAddresses || !missing.contains(where: StartOptions.isAddress)
        return [
            ProfileChange(field: "certificateNames", now: list(known), wanted: list(names), isPossible: isPossible)
        ]
    }

    private static func list(_ items: [String]) -> String { items.joined(separator: ", ") }
}

extension MinikubeSpec.Runtime {
    /// As profiles have it (cmd/minikube/cmd/start.go turns `cri-o` into `crio`).
    var stored: String { self == .crio ? "crio" : rawValue }
}
