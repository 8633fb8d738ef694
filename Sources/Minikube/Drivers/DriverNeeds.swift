internal import ClusterModel

/// What a driver looks for on the host, and what of it Debian has.
struct DriverNeeds {
    /// In PATH.
    var programs: [String]
    var folders: [String] = []
    /// Whose members may use it.
    var group: String?

    /// nil for ssh, which needs nothing on the host that runs minikube.
    ///
    /// The documents of the drivers (site/content/en/docs/drivers of minikube) and what each looks for (`status` in
    /// pkg/minikube/registry/drvs); of none also `validateBareMetal` in cmd/minikube/cmd/start.go and `postStartSetup` in
    /// pkg/minikube/machine/start.go.
    static func of(_ minikube: MinikubeSpec, kubernetes: KubernetesVersion) -> DriverNeeds? {
        switch minikube.driver {
        case .docker: DriverNeeds(programs: ["docker"], group: "docker")
        // minikube calls it through sudo, also as root.
        case .podman: DriverNeeds(programs: minikube.isRootless ? ["podman"] : ["podman", "sudo"])
        case .kvm2: DriverNeeds(programs: ["virsh"], group: "libvirt")
        case .none: ofNone(minikube, kubernetes)
        case .ssh: nil
        }
    }

    private static func ofNone(_ minikube: MinikubeSpec, _ kubernetes: KubernetesVersion) -> DriverNeeds {
        let runtime = minikube.containerRuntime ?? .docker
        // Kubernetes speaks to docker no longer by itself.
        let hasNoShim = kubernetes >= KubernetesVersion(1, 24, 0)
        var programs = ["iptables", "sudo"]
        if kubernetes >= KubernetesVersion(1, 18, 0) { programs.append("conntrack") }
        if hasNoShim { programs.append("crictl") }
        switch runtime {
        case .docker: programs += ["docker"] + (hasNoShim ? ["cri-dockerd", "dockerd"] : [])
        case .containerd: programs.append("containerd")
        case .crio: programs.append("crio")
        }
        if MinikubeAbilities(minikube.version).wantsDockerForNone, runtime != .docker { programs.append("docker") }
        return DriverNeeds(programs: programs, folders: hasNoShim ? ["/opt/cni/bin"] : [])
    }

    /// Debian's packages, each with what it brings; everything else a person must install.
    private static let brought: [String: [String]] = [
        "docker": ["docker.io"], "dockerd": ["docker.io"], "podman": ["podman"], "iptables": ["iptables"],
        "conntrack": ["conntrack", "socat", "ebtables", "ethtool"], "containerd": ["containerd"], "sudo": ["sudo"],
        "virsh": ["libvirt-daemon-system", "libvirt-clients", "qemu-system-x86"],
    ]

    var packages: [String] { Set(programs.flatMap { Self.brought[$0] ?? [] }).sorted() }
    /// What packages bring.
    var installable: [String] { programs.filter { Self.brought[$0] != nil } }

    static func isInstallable(_ program: String) -> Bool { brought[program] != nil }
}
