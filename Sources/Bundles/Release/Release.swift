package import ClusterModel

/// What the hosts will get, independent of where it comes from (docs/bundle-format.md).
package struct Release: Sendable, Hashable, Codable {
    package var kubernetesVersion: KubernetesVersion
    package var architecture: Architecture
    /// `kubeadm`, `kubelet` and `kubectl` always; `crictl` and a container runtime where the source has them.
    package var binaries: [Artefact]
    package var cniPlugins: [Artefact]
    /// Empty where the hosts pull images from a registry.
    package var images: [ImageArtefact]
    package var packages: [PackageArtefact]
    /// Kubernetes manifests, for example of a pod network.
    package var manifests: [Artefact]

    package init(
        kubernetesVersion: KubernetesVersion, architecture: Architecture, binaries: [Artefact],
        cniPlugins: [Artefact] = [], images: [ImageArtefact] = [], packages: [PackageArtefact] = [],
        manifests: [Artefact] = []
    ) {
        self.kubernetesVersion = kubernetesVersion
        self.architecture = architecture
        self.binaries = binaries
        self.cniPlugins = cniPlugins
        self.images = images
        self.packages = packages
        self.manifests = manifests
    }

    /// What precedes `/kube-apiserver:`; nil where the hosts pull and kubeadm knows.
    package var imageRepository: String? { reference(named: "kube-apiserver")?.repository }

    /// The full reference of the image that holds a pod's namespaces; nil where kubeadm knows.
    package var pauseImage: String? { reference(named: "pause")?.description }

    /// The tag of the etcd image; nil where kubeadm knows.
    package var etcdTag: String? { reference(named: "etcd")?.tag }

    /// CoreDNS for kubeadm's own add-on; nil where the hosts pull it, or where martlet deploys another server.
    package var coreDNSImage: ImageReference? { reference(named: "coredns") }

    package var clusterDNS: ClusterDNS {
        guard coreDNSImage == nil, let own = reference(named: "cluster-dns") else { return .coreDNS }
        return .martlet(image: own.description)
    }

    /// True if a container runtime is among the binaries, and not left to a package.
    package var bringsRuntime: Bool { binary("containerd") != nil }

    package func binary(_ name: String) -> Artefact? { binaries.first { $0.name == name } }

    /// Packages for one distribution, by its `ID-VERSION_ID`.
    package func packages(for distribution: String) -> [PackageArtefact] {
        packages.filter { $0.distribution == distribution }
    }

    /// Every file of the release, in a stable order.
    package var artefacts: [Artefact] {
        binaries + cniPlugins + images.map(\.artefact) + packages.map(\.artefact) + manifests
    }

    /// The first reference whose last path component is `name`; the order is the source's.
    private func reference(named name: String) -> ImageReference? {
        images.lazy.flatMap(\.references).compactMap(ImageReference.init).first { $0.name == name }
    }
}
