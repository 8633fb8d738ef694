/// A profile as minikube stores it: the fields of `ClusterConfig` that martlet reads.
///
/// pkg/minikube/config/types.go; all of them are in v1.18.1 and in v1.38.1.
struct StoredProfile: Sendable, Hashable, Decodable {
    struct Kubernetes: Sendable, Hashable, Decodable {
        var KubernetesVersion: String
        var ContainerRuntime: String
        var ServiceCIDR: String
        var DNSDomain: String
        var ImageRepository: String
        var CNI: String
        var APIServerNames: [String]?
        var APIServerIPs: [String]?
        var ExtraOptions: [Option]?
    }

    struct Option: Sendable, Hashable, Decodable {
        var Component: String
        var Key: String
        var Value: String
    }

    struct Node: Sendable, Hashable, Decodable {
        /// Empty for the first one; `m01` for the only one of the driver none, in old versions.
        var Name: String
        var IP: String
        var Port: Int
        var ControlPlane: Bool
    }

    var Name: String
    var Driver: String
    var Memory: Int
    var CPUs: Int
    var DiskSize: Int
    var RegistryMirror: [String]?
    var InsecureRegistry: [String]?
    var SSHIPAddress: String?
    var SSHUser: String?
    var SSHKey: String?
    var SSHPort: Int?
    var KubernetesConfig: Kubernetes
    var Nodes: [Node]?
    /// Whether each is enabled; those that were never touched are not in it.
    var Addons: [String: Bool]?

    /// Names of the machines (`MachineName` in pkg/minikube/config/profile.go).
    var machines: [String] {
        let nodes = Nodes ?? []
        return nodes.map { $0.Name.isEmpty || nodes.count == 1 ? Name : "\(Name)-\($0.Name)" }
    }

    /// By `COMPONENT.KEY`, without those that minikube adds by itself.
    var extraConfig: [String: String] {
        var result: [String: String] = [:]
        for option in KubernetesConfig.ExtraOptions ?? [] { result["\(option.Component).\(option.Key)"] = option.Value }
        return result.filter { !Self.ownExtraConfig.contains($0.key) }
    }

    /// `FlagDefaults` in pkg/minikube/driver/driver.go for the driver none, `getExtraOptions` and `generateNewConfigFromFlags` in
    /// cmd/minikube/cmd/start_flags.go for Cloud Shell, `--disable-metrics` and btrfs.
    static let ownExtraConfig: Set = [
        "kubelet.resolv-conf", "kubelet.cgroups-per-qos", "kubelet.enforce-node-allocatable",
        "kubelet.housekeeping-interval", "kubelet.localStorageCapacityIsolation",
    ]
}
