/// What the user wants: decoded, defaulted and validated.
///
/// Knows nothing of sockets or of what is on the hosts.
package struct ClusterSpec: Sendable, Hashable, Codable {
    /// A DNS label; also the kubeconfig context and the lock's name.
    package var name: String
    package var profile: Profile
    package var kubernetes: Kubernetes
    package var endpoint: Endpoint
    package var network: Network
    package var images: Images
    package var packages: Packages
    package var components: Components
    /// Sorted as written.
    ///
    /// With kubeadm at least one control plane; their number is odd unless validation warned. With minikube the one host that runs
    /// it, or none: this computer.
    package var hosts: [HostSpec]
    /// Groups of spare hosts; their hosts stand in `hosts`, too.
    package var pools: [PoolSpec]

    package init(
        name: String, profile: Profile, kubernetes: Kubernetes, endpoint: Endpoint, network: Network, images: Images,
        packages: Packages, components: Components, hosts: [HostSpec], pools: [PoolSpec] = []
    ) {
        self.name = name
        self.profile = profile
        self.kubernetes = kubernetes
        self.endpoint = endpoint
        self.network = network
        self.images = images
        self.packages = packages
        self.components = components
        self.hosts = hosts
        self.pools = pools
    }

    package var controlPlanes: [HostSpec] { hosts.filter { $0.roles.contains(.controlPlane) } }
    package var workers: [HostSpec] { hosts.filter { !$0.roles.contains(.controlPlane) } }
}

/// How strict the cluster is made.
package enum Profile: String, Sendable, Hashable, Codable, CaseIterable {
    /// Small machines, shared disks, containers as hosts: limits relaxed, nothing hardened.
    case lab
    /// kubeadm's defaults with the gaps of a production cluster closed.
    case production
}

package struct Kubernetes: Sendable, Hashable, Codable {
    package var driver: Driver
    package var version: KubernetesVersion
    /// Only of kubeadm.
    package var source: Source
    /// nil unless the driver is minikube.
    package var minikube: MinikubeSpec?

    package init(driver: Driver, version: KubernetesVersion, source: Source, minikube: MinikubeSpec? = nil) {
        self.driver = driver
        self.version = version
        self.source = source
        self.minikube = minikube
    }

    package enum Driver: String, Sendable, Hashable, Codable, CaseIterable {
        case kubeadm
        case minikube
    }

    /// Where binaries and images come from.
    package enum Source: Sendable, Hashable, Codable {
        /// A folder or tar on this machine (docs/bundle-format.md); relative paths start at the spec's folder.
        case bundle(path: String)
        /// Release binaries by URL, images from a registry, packages from the distribution.
        case upstream(Upstream)
    }

    package struct Upstream: Sendable, Hashable, Codable {
        /// Base of release binaries, `https://dl.k8s.io/release` unless set; `/VERSION/bin/linux/ARCH/NAME` is appended.
        package var binaries: String
        /// Base of CNI plug-in archives, `https://github.com/containernetworking/plugins/releases/download` unless set.
        package var cniPlugins: String
        package var cniPluginsVersion: String
        /// Base of crictl archives, `https://github.com/kubernetes-sigs/cri-tools/releases/download` unless set.
        package var crictl: String
        /// nil: the newest patch-less release of the cluster's own minor version.
        package var crictlVersion: String?

        package init(
            binaries: String = "https://dl.k8s.io/release",
            cniPlugins: String = "https://github.com/containernetworking/plugins/releases/download",
            cniPluginsVersion: String = "v1.5.1",
            crictl: String = "https://github.com/kubernetes-sigs/cri-tools/releases/download",
            crictlVersion: String? = nil
        ) {
            self.binaries = binaries
            self.cniPlugins = cniPlugins
            self.cniPluginsVersion = cniPluginsVersion
            self.crictl = crictl
            self.crictlVersion = crictlVersion
        }
    }
}

/// The address under which the API is reached.
package struct Endpoint: Sendable, Hashable, Codable {
    package var kind: Kind
    /// An IP address or DNS name; goes into `controlPlaneEndpoint` and the certificates.
    package var address: String
    package var port: Int
    /// Only `.keepalived`: virtual router id, 1 to 255, unique on the network segment.
    package var virtualRouterID: Int
    /// Only `.keepalived`: network interface; nil means the interface that carries the host's own address.
    package var interface: String?

    package init(kind: Kind, address: String, port: Int, virtualRouterID: Int = 51, interface: String? = nil) {
        self.kind = kind
        self.address = address
        self.port = port
        self.virtualRouterID = virtualRouterID
        self.interface = interface
    }

    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A virtual address held by keepalived on the control planes, with haproxy behind it. Port 8443 unless set.
        case keepalived
        /// A load balancer somebody else runs. Port 6443 unless set.
        case external
        /// The first control plane itself; for one control plane only. Port 6443.
        case host
    }
}

package struct Network: Sendable, Hashable, Codable {
    /// IPv4 CIDR of the pods, `10.244.0.0/16` unless set.
    package var pods: String
    /// IPv4 CIDR of the services, `10.96.0.0/12` unless set.
    package var services: String
    package var domain: String
    package var plugin: Plugin

    package init(
        pods: String = "10.244.0.0/16", services: String = "10.96.0.0/12", domain: String = "cluster.local",
        plugin: Plugin = .routed
    ) {
        self.pods = pods
        self.services = services
        self.domain = domain
        self.plugin = plugin
    }

    package enum Plugin: Sendable, Hashable, Codable {
        /// Bridge and host-local plug-ins with one route per other host; all hosts share a network segment.
        case routed
        /// A named preset at a version; its digest is taken from the lock file beside the spec.
        case preset(name: Preset, version: String)
        /// Any manifest; `location` is a file (relative to the spec) or an https URL.
        case manifest(location: String, sha256: String)
        /// Nothing: somebody else brings the pod network.
        case none
    }

    package enum Preset: String, Sendable, Hashable, Codable, CaseIterable {
        case flannel
        case calico
        case cilium
    }
}

package struct Images: Sendable, Hashable, Codable {
    /// Registry and path before `/kube-apiserver`; nil: what the bundle or kubeadm itself names.
    package var repository: String?
    /// Registry host to mirror URLs, for containerd's hosts.toml.
    package var mirrors: [String: [String]]

    package init(repository: String? = nil, mirrors: [String: [String]] = [:]) {
        self.repository = repository
        self.mirrors = mirrors
    }
}

package struct Packages: Sendable, Hashable, Codable {
    package var source: Source

    package init(source: Source = .distribution) { self.source = source }

    package enum Source: String, Sendable, Hashable, Codable, CaseIterable {
        /// The host's own package manager and its configured archives.
        case distribution
        /// The packages in the bundle; the host needs no archive.
        case bundle
    }
}

/// Overrides that are merged over what martlet writes; checked against the schema of the component's version.
package struct Components: Sendable, Hashable, Codable {
    /// Fields of KubeletConfiguration (kubelet.config.k8s.io/v1beta1).
    package var kubelet: [String: ConfigurationValue]
    /// Fields of KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1).
    package var kubeProxy: [String: ConfigurationValue]
    package var containerd: Containerd
    /// Extra command-line arguments without leading dashes.
    package var apiServer: [String: String]
    package var controllerManager: [String: String]
    package var scheduler: [String: String]
    package var etcd: [String: String]
    /// Additional names and addresses in the API server's certificate.
    package var certificateNames: [String]
    /// kubeadm preflight checks to ignore, by name; never `all`.
    package var ignorePreflightErrors: [String]

    package init(
        kubelet: [String: ConfigurationValue] = [:], kubeProxy: [String: ConfigurationValue] = [:],
        containerd: Containerd = Containerd(), apiServer: [String: String] = [:],
        controllerManager: [String: String] = [:], scheduler: [String: String] = [:], etcd: [String: String] = [:],
        certificateNames: [String] = [], ignorePreflightErrors: [String] = []
    ) {
        self.kubelet = kubelet
        self.kubeProxy = kubeProxy
        self.containerd = containerd
        self.apiServer = apiServer
        self.controllerManager = controllerManager
        self.scheduler = scheduler
        self.etcd = etcd
        self.certificateNames = certificateNames
        self.ignorePreflightErrors = ignorePreflightErrors
    }

    package struct Containerd: Sendable, Hashable, Codable {
        /// nil: decided from the host (systemd, unless the host is a container on version 1 control groups).
        package var systemdCgroup: Bool?
        /// nil: decided from the host (true where CAP_SYS_RESOURCE is missing).
        package var restrictOOMScoreAdj: Bool?
        /// nil: the pause image of the bundle or of kubeadm's list.
        package var sandboxImage: String?

        package init(systemdCgroup: Bool? = nil, restrictOOMScoreAdj: Bool? = nil, sandboxImage: String? = nil) {
            self.systemdCgroup = systemdCgroup
            self.restrictOOMScoreAdj = restrictOOMScoreAdj
            self.sandboxImage = sandboxImage
        }
    }
}

/// A value of a component's configuration, as YAML and JSON know them.
package indirect enum ConfigurationValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([ConfigurationValue])
    case map([String: ConfigurationValue])
}
