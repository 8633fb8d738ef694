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
        /// Empty for the first one.
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
    var KubernetesConfig: Kubernetes
    var Nodes: [Node]?

    /// Names of the machines (`MachineName` in pkg/minikube/config/profile.go).
    var machines: [String] {
        let nodes = Nodes ?? []
        return nodes.map { $0.Name.isEmpty || nodes.count == 1 ? Name : "\(Name)-\($0.Name)" }
    }
}

/// What martlet writes beside a profile that it makes.
struct ProfileOwner: Sendable, Hashable, Codable {
    enum Phase: String, Sendable, Hashable, Codable {
        /// The first start has not ended well: there is nothing in the cluster yet.
        case starting
        case started
    }

    /// The name of the spec.
    var cluster: String
    var phase: Phase
    /// The computer and file of the spec that made it.
    var spec: String
}

/// What `minikube profile list -o json` says.
struct ProfileList: Sendable, Hashable, Decodable {
    struct Entry: Sendable, Hashable, Decodable {
        var Name: String
        var Status: String?
        var Config: StoredProfile?

        private enum CodingKeys: String, CodingKey {
            case Name
            case Status
            case Config
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            Name = try values.decode(String.self, forKey: .Name)
            Status = try values.decodeIfPresent(String.self, forKey: .Status)
            // Of an invalid profile it is whatever was left.
            Config = try? values.decodeIfPresent(StoredProfile.self, forKey: .Config)
        }
    }

    var valid: [Entry]
    var invalid: [Entry]
}
