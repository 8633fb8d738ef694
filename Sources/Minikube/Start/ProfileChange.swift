internal import ClusterModel

/// A difference between the profile and the spec.
struct ProfileChange: Sendable, Hashable {
    /// As the spec calls it.
    var field: String
    var now: String
    var wanted: String
    /// False if minikube keeps the old value whatever it is told, or would leave a broken cluster: only a new cluster has the new one.
    var isPossible: Bool

    var words: String { "\(field) is \(now.isEmpty ? "not set" : now), the spec says \(wanted)" }

    /// What `minikube start` changes and what it does not: `updateExistingConfigFromFlags` in cmd/minikube/cmd/start_flags.go.
    ///
    /// Memory, processors, disk and registries are kept with a warning or without one; another driver and an older Kubernetes are
    /// refused (`validateSpecifiedDriver`, `validateKubernetesVersion` in start.go); a runtime, pod network, service network, domain
    /// or image repository would be written down, while what runs was made with the old one.
    static func all(_ options: StartOptions, _ stored: StoredProfile) -> [ProfileChange] {
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
        compare(
            "containerRuntime", runtime(kubernetes.ContainerRuntime),
            minikube.containerRuntime.map { runtime($0.rawValue) })
        compare("cpus", String(stored.CPUs), minikube.cpus.map(String.init))
        compare("memory", String(stored.Memory), minikube.memory.map(String.init))
        compare("disk", String(stored.DiskSize), minikube.disk.map(String.init))
        compare("cni", kubernetes.CNI, minikube.network?.rawValue)
        compare("network.services", kubernetes.ServiceCIDR, spec.network.services)
        compare("network.domain", kubernetes.DNSDomain, spec.network.domain)
        compare("images.repository", kubernetes.ImageRepository, spec.images.repository)
        compare(
            "registryMirrors", list(stored.RegistryMirror ?? []), options.mirrors.isEmpty ? nil : list(options.mirrors))
        let insecure = minikube.insecureRegistries.filter { !(stored.InsecureRegistry ?? []).contains($0) }
        if !insecure.isEmpty {
            compare("insecureRegistries", list(stored.InsecureRegistry ?? []), list(minikube.insecureRegistries))
        }
        if let target = minikube.target { compare("target.address", stored.SSHIPAddress ?? "", target.address) }
        let nodes = stored.Nodes?.count ?? 1
        if nodes > minikube.nodes { compare("nodes", String(nodes), String(minikube.nodes)) }
        changes += possible(options, kubernetes)
        return changes
    }

    /// What start does change.
    private static func possible(
        _ options: StartOptions, _ kubernetes: StoredProfile.Kubernetes
    ) -> [ProfileChange] {
        var changes: [ProfileChange] = []
        let now = Dictionary(
            (kubernetes.ExtraOptions ?? []).map { ("\($0.Component).\($0.Key)", $0.Value) },
            uniquingKeysWith: { $1 })
        for (key, value) in options.extraConfig where now[key] != value {
            changes.append(ProfileChange(field: key, now: now[key] ?? "", wanted: value, isPossible: true))
        }
        let names = options.spec.components.certificateNames
        let known = (kubernetes.APIServerNames ?? []) + (kubernetes.APIServerIPs ?? [])
        for name in names where !known.contains(name) {
            changes.append(
                ProfileChange(field: "certificateNames", now: list(known), wanted: list(names), isPossible: true))
            break
        }
        return changes
    }

    /// v1.18.1 stores `cri-o` as it is given, v1.38.1 as `crio`.
    private static func runtime(_ name: String) -> String { name == "cri-o" ? "crio" : name }

    private static func list(_ items: [String]) -> String { items.joined(separator: ", ") }
}
