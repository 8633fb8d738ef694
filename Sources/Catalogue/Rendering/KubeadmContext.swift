package import ClusterModel

/// How processes are put into control groups; the runtime and the kubelet must agree.
package enum CgroupDriver: String, Sendable, Hashable, Codable, CaseIterable {
    case systemd
    case cgroupfs
}

/// Where CoreDNS' image is: what precedes `/coredns:`, and the tag.
package struct CoreDNSImage: Sendable, Hashable {
    package var repository: String
    package var tag: String

    package init(repository: String, tag: String) {
        self.repository = repository
        self.tag = tag
    }
}

/// What the documents for kubeadm are rendered from: the spec, and what bundle and hosts add to it.
package struct KubeadmContext: Sendable, Hashable {
    package var spec: ClusterSpec
    /// Registry and path before `/kube-apiserver`; nil leaves the choice to kubeadm.
    package var imageRepository: String?
    /// nil: the tag of kubeadm's own list.
    package var etcdTag: String?
    package var cgroupDriver: CgroupDriver
    /// The runtime's socket, with or without `unix://`.
    package var criSocket: String
    /// False: the cluster's DNS is martlet's own (``ClusterDNSManifest``).
    package var usesKubeadmDNS: Bool
    /// CoreDNS as the bundle names it; nil leaves repository and tag to kubeadm.
    package var coreDNSImage: CoreDNSImage?
    /// True if a host is a container: it cannot write `net.netfilter.nf_conntrack_max` nor most of `kernel.*` and
    /// `vm.*`.
    package var hostIsContainer: Bool
    /// False lets kubelets from 1.31 on run on control groups of version 1; nil leaves the kubelet's default.
    package var failCgroupV1: Bool?

    package init(
        spec: ClusterSpec, imageRepository: String? = nil, etcdTag: String? = nil,
        cgroupDriver: CgroupDriver = .systemd,
        criSocket: String = KubeadmContext.containerdSocket, usesKubeadmDNS: Bool = true, hostIsContainer: Bool = false,
        failCgroupV1: Bool? = nil, coreDNSImage: CoreDNSImage? = nil
    ) {
        self.spec = spec
        self.imageRepository = imageRepository
        self.etcdTag = etcdTag
        self.cgroupDriver = cgroupDriver
        self.criSocket = criSocket
        self.usesKubeadmDNS = usesKubeadmDNS
        self.hostIsContainer = hostIsContainer
        self.failCgroupV1 = failCgroupV1
        self.coreDNSImage = coreDNSImage
    }

    package static let containerdSocket = "/run/containerd/containerd.sock"

    package var facts: KubernetesFacts { KubernetesFacts(spec.kubernetes.version) }
    var isProduction: Bool { spec.profile == .production }
}
