package import Bundles
package import ClusterModel
internal import Digests
package import Planning

/// Everything that the steps of a cluster are derived from, computed once for all hosts.
package struct ClusterContext: Sendable {
    /// Its hosts are those that are, or shall become, nodes: idle spares of pools are left out.
    package let spec: ClusterSpec
    /// Spares that are no nodes, and shall be none.
    package let idle: [HostSpec]
    /// Spares that this plan drains and gives back to their pools.
    package let leaving: [HostSpec]
    package let release: Release
    package let states: [String: HostState]
    /// Of the spec, looked up once.
    let controlPlanes: [HostSpec]
    /// The control plane through which the cluster is spoken to: the first whose API server answers and has all of kubeadm's
    /// objects, else the first that answers, else the first one that kubeadm has worked on, else the first of the spec.
    package private(set) var primary: HostSpec
    /// Nil: no API server answers, or there is no cluster yet.
    package let api: APIState?
    package let members: [EtcdMember]
    /// Host name to subnet; empty unless the pod network is routed.
    package let podCIDRs: [String: String]
    package let kubeadm: KubeadmContext
    package let kubernetes: KubernetesFacts
    /// The same table for every host: at 5,000 hosts it has 5,000 lines, so that its digest is taken once.
    let podRoutes: String
    let podRoutesDigest: String
    private(set) var watchRecord: WatchRecord
    let images: ImageGoals
    /// What serves names inside the cluster.
    let dns: ClusterDNS
    /// The pause image that containerd is configured with.
    let sandboxImage: String
    let haproxy: String
    /// The kubelets' configuration, as workers keep it to notice a change.
    let kubeletDocument: String
    let kubeletDocumentDigest: String
    /// The text of the spec's network manifest, its checksum verified.
    let networkManifest: String?
    /// Take out nodes that the spec does not name.
    package let prune: Bool

    package init(
        spec: ClusterSpec, release: Release, facts: Facts, networkManifest: String? = nil, prune: Bool = false,
        pools change: PoolChange = .none
    ) {
        self.release = release
        self.networkManifest = networkManifest
        self.prune = prune
        var states: [String: HostState] = [:]
        states.reserveCapacity(spec.hosts.count)
        for host in spec.hosts { states[host.name] = HostState(host, facts[host.name], spec.endpoint) }
        self.states = states
        let controlPlanes = spec.controlPlanes
        self.controlPlanes = controlPlanes
        let answering = controlPlanes.first { states[$0.name]?.api?.isInitialised == true }
        let talking = controlPlanes.first { states[$0.name]?.api != nil }
        let begun = controlPlanes.first { states[$0.name]?.kubeadm.has("manifests/etcd.yaml") == true }
        let touched = controlPlanes.first { states[$0.name]?.kubeadm.has("pki/ca.key") == true }
        primary = answering ?? talking ?? begun ?? touched ?? controlPlanes.first ?? spec.hosts[0]
        let api = states[primary.name]?.api
        self.api = api
        let membership = PoolMembership(
            spec, facts: facts, states: states, api: api, change: change, prune: prune)
        idle = membership.idle
        leaving = membership.leaving
        // From here on the spec is that of the nodes.
        var spec = spec
        spec.hosts = membership.active
        self.spec = spec
        let networked = membership.active + membership.leaving
        members = states[primary.name]?.members ?? []
        kubernetes = KubernetesFacts(spec.kubernetes.version)
        kubeadm = Self.kubeadmContext(spec, release, states, kubernetes)
        let subnets = Self.podCIDRs(spec, networked, states)
        podCIDRs = subnets
        // A spare is reached until it is drained.
        let entries = networked.compactMap { host in
            subnets[host.name].map { PodRoutes.Entry(podCIDR: $0, via: host.internalAddress) }
        }
        podRoutes = PodRoutes.table(pods: spec.network.pods, entries: entries)
        podRoutesDigest = Digest.sha256(podRoutes)
        watchRecord = WatchRecord(controlPlanes: controlPlanes, primary: primary, endpointPort: spec.endpoint.port)
        images = ImageGoals(release)
        dns = release.clusterDNS
        let repository = kubeadm.imageRepository ?? KubernetesFacts.defaultImageRepository
        sandboxImage =
            spec.components.containerd.sandboxImage ?? release.pauseImage
            ?? "\(repository)/pause:\(kubernetes.pauseTag)"
        kubeletDocument = YAMLWriter.stream([KubeadmConfiguration.kubeletConfiguration(kubeadm)])
        kubeletDocumentDigest = Digest.sha256(kubeletDocument)
        haproxy = spec.endpoint.kind == .keepalived ? EndpointConfiguration.haproxy(spec) : ""
    }

    private static func kubeadmContext(
        _ spec: ClusterSpec, _ release: Release, _ states: [String: HostState], _ kubernetes: KubernetesFacts
    ) -> KubeadmContext {
        let systems = states.values.compactMap(\.system)
        let isOldContainer = systems.contains { $0.isContainer && $0.cgroupVersion == 1 }
        let usesSystemd = spec.components.containerd.systemdCgroup ?? !isOldContainer
        let hasOldGroups = systems.contains { $0.cgroupVersion == 1 }
        let usesKubeadmDNS = if case .coreDNS = release.clusterDNS { true } else { false }
        // A repository that the spec names holds images by kubeadm's own names.
        let coreDNS = spec.images.repository == nil ? release.coreDNSImage : nil
        return KubeadmContext(
            spec: spec, imageRepository: spec.images.repository ?? release.imageRepository, etcdTag: release.etcdTag,
            cgroupDriver: usesSystemd ? .systemd : .cgroupfs, usesKubeadmDNS: usesKubeadmDNS,
            hostIsContainer: systems.contains(where: \.isContainer),
            failCgroupV1: kubernetes.hasFailCgroupV1 && hasOldGroups ? false : nil,
            coreDNSImage: coreDNS.map { CoreDNSImage(repository: $0.repository, tag: $0.tag) })
    }

    private static func podCIDRs(
        _ spec: ClusterSpec, _ hosts: [HostSpec], _ states: [String: HostState]
    ) -> [String: String] {
        guard spec.network.plugin == .routed else { return [:] }
        let existing = states.compactMapValues { $0.system?.podCIDR }
        return (try? PodNetwork.assign(existing: existing, hosts: hosts.map(\.name), pods: spec.network.pods))
            ?? [:]
    }

    /// The same cluster, spoken to through another control plane.
    func led(by host: HostSpec) -> ClusterContext {
        var copy = self
        copy.primary = host
        copy.watchRecord = WatchRecord(controlPlanes: controlPlanes, primary: host, endpointPort: spec.endpoint.port)
        return copy
    }

    /// True once `kubeadm init` has run to its end somewhere.
    package var isInitialised: Bool { api?.isInitialised ?? false }

    /// The host is known to etcd or to kubeadm, and somebody has deleted its node: its kubelet registers another when it starts.
    func hasLostNode(_ host: HostSpec) -> Bool { api.map { $0.nodes[host.name] == nil } ?? false }

    /// Control planes with data of etcd.
    var etcdHolders: [HostSpec] { controlPlanes.filter { states[$0.name]?.kubeadm.hasEtcdData ?? false } }

    /// Somebody has deleted what kubeadm keeps in the API: its `init` had ended, and another one would begin the cluster anew.
    var hasLostObjects: Bool {
        api != nil && !isInitialised
            && (etcdHolders.count > 1 || states[primary.name]?.kubeadm.isApplied == true)
    }

    /// The cluster is there, perhaps without some of kubeadm's objects.
    var isEstablished: Bool { isInitialised || hasLostObjects }

    /// Nodes that the spec does not name, sorted.
    package var strangers: [String] {
        let known = Set((spec.hosts + leaving + idle).map(\.name))
        return (api?.nodes.keys.filter { !known.contains($0) } ?? []).sorted()
    }

    /// `address:port` that every client uses.
    package var endpoint: String { "\(spec.endpoint.address):\(spec.endpoint.port)" }

    /// A working member of etcd, whatever else of the host is damaged: it must never be taken back and joined again.
    func isMember(_ host: HostSpec) -> Bool {
        states[host.name]?.kubeadm.hasEtcdData == true
            && members.contains { $0.name == host.name && !$0.isLearner }
    }

    /// True for a host that is, or by its traces may be, no node of the cluster yet.
    func needsJoin(_ host: HostSpec) -> Bool {
        guard host.name != primary.name, let state = states[host.name] else { return false }
        if host.isControlPlane { return !isMember(host) }
        return !state.kubeadm.isJoinedWorker || (isEstablished && api?.nodes[host.name] == nil)
    }

    /// True for a control plane that lacks files which all of them have in common.
    func lacksSharedFiles(_ host: HostSpec) -> Bool {
        host.isControlPlane && host.name != primary.name
            && !(states[host.name].map { state in sharedNames.allSatisfy(state.kubeadm.has) } ?? false)
    }
}

/// One host within its cluster: what a step definition is a function of.
package struct HostContext: Sendable {
    package let cluster: ClusterContext
    package let host: HostSpec
    package let state: HostState

    package var spec: ClusterSpec { cluster.spec }
    package var isPrimary: Bool { host.name == cluster.primary.name }
}

extension Artefact {
    var blob: Blob { Blob(name: name, sha256: sha256, size: Int(size)) }
}
