internal import ClusterModel

/// What the spec asks of minikube, as options of `minikube start` and as the fields in which minikube stores them.
///
/// Options: cmd/minikube/cmd/start_flags.go; all of them are in v1.18.1 and in v1.38.1.
struct StartOptions: Sendable {
    let spec: ClusterSpec
    let minikube: MinikubeSpec

    /// One for each argument behind `minikube start`.
    ///
    /// - Parameter isNew: there is no profile yet; on an existing one minikube only warns of some options.
    func arguments(isNew: Bool) -> [String] {
        var arguments = [
            "-p", minikube.profile, "--output=json", "--interactive=false", "--delete-on-failure=false",
            "--driver=\(minikube.driver.rawValue)", "--kubernetes-version=\(spec.kubernetes.version)", "--wait=all",
            "--wait-timeout=10m",
        ]
        func add(_ name: String, _ value: String?) {
            if let value { arguments.append("--\(name)=\(value)") }
        }
        if isNew, minikube.nodes > 1 { add("nodes", String(minikube.nodes)) }
        add("container-runtime", minikube.containerRuntime?.rawValue)
        add("cni", minikube.network?.rawValue)
        add("cpus", minikube.cpus.map(String.init))
        add("memory", minikube.memory.map { "\($0)mb" })
        add("disk-size", minikube.disk.map { "\($0)mb" })
        let defaults = Network()
        if spec.network.services != defaults.services { add("service-cluster-ip-range", spec.network.services) }
        if spec.network.domain != defaults.domain { add("dns-domain", spec.network.domain) }
        add("image-repository", spec.images.repository)
        for mirror in mirrors { add("registry-mirror", mirror) }
        for registry in minikube.insecureRegistries { add("insecure-registry", registry) }
        let names = spec.components.certificateNames
        for name in names where !Self.isAddress(name) { add("apiserver-names", name) }
        for name in names where Self.isAddress(name) { add("apiserver-ips", name) }
        for (key, value) in extraConfig { add("extra-config", "\(key)=\(value)") }
        if let target = minikube.target {
            add("ssh-ip-address", target.address)
            add("ssh-user", target.user)
            add("ssh-port", target.port.map(String.init))
        }
        if minikube.allowsRoot, minikube.driver != .none { add("force", "true") }
        return arguments
    }

    var mirrors: [String] { minikube.registryMirrors + (spec.images.mirrors["docker.io"] ?? []) }

    /// Sorted by key; what `kubernetes.minikube.extraConfig` says wins.
    var extraConfig: [(key: String, value: String)] {
        var result: [String: String] = [:]
        let components = spec.components
        for (component, arguments) in [
            ("apiserver", components.apiServer), ("controller-manager", components.controllerManager),
            ("scheduler", components.scheduler), ("etcd", components.etcd),
        ] {
            for (key, value) in arguments { result["\(component).\(key)"] = value }
        }
        if spec.network.pods != Network().pods { result["kubeadm.pod-network-cidr"] = spec.network.pods }
        result.merge(minikube.extraConfig) { $1 }
        return result.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    static func isAddress(_ name: String) -> Bool { IPv4Address(name) != nil || name.contains(":") }
}
