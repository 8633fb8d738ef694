/// What `kubernetes.minikube` says: how minikube is to make the cluster, and where it comes from.
package struct MinikubeSpec: Sendable, Hashable, Codable {
    /// minikube's own version, `v1.38.1`.
    package var version: KubernetesVersion
    /// minikube's name for the cluster; the name of the spec unless set.
    package var profile: String
    package var driver: Driver
    /// Machines, the control plane included.
    package var nodes: Int
    /// nil: what minikube chooses, as for all that follows.
    package var containerRuntime: Runtime?
    package var network: Network?
    package var cpus: Int?
    /// In MiB.
    package var memory: Int?
    /// In MiB.
    package var disk: Int?
    /// Sorted.
    package var addons: [String]
    /// `COMPONENT.KEY` to value.
    package var extraConfig: [String: String]
    package var registryMirrors: [String]
    package var insecureRegistries: [String]
    /// The machine of the driver `ssh`.
    package var target: Target?
    /// nil: the host has it.
    package var binary: File?
    package var kubectl: File?
    /// A tar of minikube's `cache` folder.
    package var cache: File?
    /// Packages of the driver may be installed on the host.
    package var installsDriver: Bool
    /// minikube may work as root with a driver that is not made for it.
    package var allowsRoot: Bool
    /// docker and podman without root.
    package var isRootless: Bool

    package init(
        version: KubernetesVersion, profile: String, driver: Driver, nodes: Int = 1, containerRuntime: Runtime? = nil,
        network: Network? = nil, cpus: Int? = nil, memory: Int? = nil, disk: Int? = nil, addons: [String] = [],
        extraConfig: [String: String] = [:], registryMirrors: [String] = [], insecureRegistries: [String] = [],
        target: Target? = nil, binary: File? = nil, kubectl: File? = nil, cache: File? = nil,
        installsDriver: Bool = false, allowsRoot: Bool = false, isRootless: Bool = false
    ) {
        self.version = version
        self.profile = profile
        self.driver = driver
        self.nodes = nodes
        self.containerRuntime = containerRuntime
        self.network = network
        self.cpus = cpus
        self.memory = memory
        self.disk = disk
        self.addons = addons
        self.extraConfig = extraConfig
        self.registryMirrors = registryMirrors
        self.insecureRegistries = insecureRegistries
        self.target = target
        self.binary = binary
        self.kubectl = kubectl
        self.cache = cache
        self.installsDriver = installsDriver
        self.allowsRoot = allowsRoot
        self.isRootless = isRootless
    }

    /// Where minikube puts the machines of the cluster.
    package enum Driver: String, Sendable, Hashable, Codable, CaseIterable {
        case docker
        case podman
        /// The host itself.
        case none
        /// Another machine, which minikube reaches over SSH.
        case ssh
        case kvm2

        /// Its machines are containers of the host.
        package var isContainer: Bool { self == .docker || self == .podman }
        /// Its machines get as many processors and as much memory as minikube is told.
        package var limitsResources: Bool { self != .none && self != .ssh }
    }

    package enum Runtime: String, Sendable, Hashable, Codable, CaseIterable {
        case docker
        case containerd
        case crio = "cri-o"
    }

    /// `--cni` of minikube.
    package enum Network: String, Sendable, Hashable, Codable, CaseIterable {
        case auto
        case bridge
        case calico
        case cilium
        case flannel
        case kindnet
        /// Somebody else brings the pod network.
        case off = "false"
    }

    package struct Target: Sendable, Hashable, Codable {
        package var address: String
        package var user: String?
        /// On the machine that runs minikube; minikube takes no agent.
        package var identityFile: String?
        package var port: Int?

        package init(address: String, user: String? = nil, identityFile: String? = nil, port: Int? = nil) {
            self.address = address
            self.user = user
            self.identityFile = identityFile
            self.port = port
        }
    }

    /// A file that the host is given.
    package struct File: Sendable, Hashable, Codable {
        package var location: Location
        /// Of the file itself, in lower-case hexadecimal.
        package var sha256: String

        package init(location: Location, sha256: String) {
            self.location = location
            self.sha256 = sha256
        }

        package enum Location: Sendable, Hashable, Codable {
            /// On this machine.
            case file(String)
            /// The host downloads it.
            case url(String)
        }
    }
}
