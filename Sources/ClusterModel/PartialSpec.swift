import ConfigTree

/// What could be read of a spec; nil and empty text stand for what is absent or was wrong and reported.
struct PartialSpec: Sendable {
    var name: String?
    var profile: Profile?
    var kubernetes: Kubernetes?
    var hasEndpoint = false
    var endpoint: PartialEndpoint?
    var network: Network?
    var images: Images?
    var packages: Packages?
    var components: PartialComponents?
    var ssh: SSHSettings?
    var hosts: [PartialHost] = []
    var pools: [PartialPool] = []
    /// True when the list of hosts is not what the user meant, so that counting them says nothing.
    var hasFaultyHosts = false
}

struct PartialHost: Sendable {
    var spec: HostSpec
    var node: ConfigNode
}

struct PartialPool: Sendable {
    var name: String
    var minimum: Int
    /// nil: all of its hosts.
    var maximum: Int?
    var labels: [String: String]
    var taints: [Taint]
    var node: ConfigNode
}

struct PartialEndpoint: Sendable {
    var kind: Endpoint.Kind?
    var hasAddress: Bool
    var address: String?
    var port: Int?
    var virtualRouterID: Int?
    var interface: String?
    /// Values that mean something with keepalived only.
    var keepalivedOnly: [ConfigNode]
    var node: ConfigNode
}

struct PartialComponents: Sendable {
    var components = Components()
    /// Read when the version is known.
    var kubelet: ConfigNode?
    var kubeProxy: ConfigNode?
}
