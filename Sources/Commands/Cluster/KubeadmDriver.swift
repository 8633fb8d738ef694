internal import Bundles
internal import Catalogue
internal import ClusterModel
internal import Diagnostics
internal import Execution
internal import Health
internal import Planning

/// kubeadm on the hosts of the spec, from a release.
struct KubeadmDriver: ClusterDriver {
    let release: Release
    /// Every host of the spec, idle spares, too.
    let hosts: [HostSpec]
    private let whole: ClusterSpec
    private let manifest: String?
    private let prune: Bool
    private let pools: PoolChange
    let context: ClusterContext

    /// Its hosts are those that are, or shall become, nodes.
    var spec: ClusterSpec { context.spec }
    var transport: any Transport { ClusterDrivers.transport(for: whole) }
    var idleHosts: Set<String> { Set(context.idle.map(\.name)) }

    private init(
        _ spec: ClusterSpec, _ release: Release, manifest: String?, prune: Bool, pools: PoolChange, facts: Facts
    ) {
        self.release = release
        hosts = spec.hosts
        whole = spec
        self.manifest = manifest
        self.prune = prune
        self.pools = pools
        // Every host is asked, whatever shall become of it.
        context = ClusterContext(
            spec: spec, release: release, facts: facts, networkManifest: manifest, prune: prune,
            pools: facts.hosts.isEmpty ? .none : pools)
    }

    static func load(
        _ spec: ClusterSpec, _ options: ClusterOptions, pools: PoolChange
    ) async throws -> KubeadmDriver {
        try options.refuseMinikubeOptions()
        let release = try await ReleaseLoading.release(for: spec, specPath: options.file)
        let manifest = try await ReleaseLoading.networkManifest(for: spec, specPath: options.file)
        return KubeadmDriver(
            spec, release, manifest: manifest, prune: options.prune, pools: pools, facts: Facts())
    }

    var probes: [(host: String, script: ProbeScript)] { ClusterCatalogue.probes(for: context) }

    /// Which control plane leads is known only from the answers.
    var kubeconfigQuestions: [String: RemoteCommand] {
        Dictionary(
            whole.controlPlanes.map { ($0.name, KubeconfigFile.question) }, uniquingKeysWith: { first, _ in first })
    }

    var kubeconfigHolder: String { context.primary.name }

    /// Without a network no node becomes ready: somebody else's add-on is still to come.
    var gate: [String] {
        let early: Set = ["node.ready", "dns.replicas"]
        return spec.network.plugin == .none
            ? HealthCatalogue.gate.filter { !early.contains($0) } : HealthCatalogue.gate
    }

    var blobs: [String: BlobSource] {
        var result: [String: BlobSource] = [:]
        for artefact in release.artefacts {
            guard case .file(let path, let offset) = artefact.content else { continue }
            result[artefact.sha256] = BlobSource(
                path: path, offset: offset, size: Int(artefact.size), sha256: artefact.sha256, mayBePassed: true)
        }
        return result
    }

    var explainer: FailureExplainer { FailureExplainer(causes: KnownCauses.all) }

    func knowing(_ facts: Facts) -> KubeadmDriver {
        KubeadmDriver(whole, release, manifest: manifest, prune: prune, pools: pools, facts: facts)
    }

    func plan(_ facts: Facts, specDigest: String) -> Plan {
        ClusterCatalogue.plan(context, facts: facts, specDigest: specDigest)
    }

    func status(_ plan: Plan, silent: [String]) -> ClusterStatus { ClusterStatus(context, plan: plan, silent: silent) }

    func kubeconfig(_ text: String) -> String {
        KubeconfigFile.renamed(text, cluster: spec.name, server: "https://\(context.endpoint)")
    }
}
