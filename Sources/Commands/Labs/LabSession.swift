internal import ClusterModel
internal import Diagnostics
internal import Digests
internal import Foundation
internal import Health
internal import KubernetesAPI
internal import Labs

/// A cluster as labs see it: its API, its hosts, this machine, and where progress is kept.
struct LabSession {
    /// Of the spec or the context; progress is kept under it.
    var cluster: String
    var api: any LabAPI
    /// nil: the lab has no cluster.
    var client: KubernetesClient?
    var ground: LabSurroundings
    /// The learner's own kubeconfig; empty if there is none.
    var kubeconfig: String
    var identity: String?
    var acceptsCommands: Bool
    /// As they were when the session began, for measured variables.
    var nodes: [JSONValue] = []
    /// Where the learner's files lie.
    var work: String

    static var store: ProgressStore { ProgressStore(folder: stateFolder + "/labs") }

    static var stateFolder: String {
        let base = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (base ?? NSHomeDirectory() + "/.local/state") + "/martlet"
    }

    /// Opens what the options name, does the work and closes it again.
    static func with<Value: Sendable>(
        _ options: LabClusterOptions, for lab: Lab? = nil, _ work: @Sendable (LabSession) async throws -> Value
    ) async throws -> Value {
        let own = learnersKubeconfig(options)
        if let lab, !lab.needs.cluster {
            return try await work(
                LabSession(
                    cluster: thisMachine, api: NoClusterAPI(),
                    ground: LabSurroundings(hosts: nil, fleet: nil, state: programsFolder), kubeconfig: own,
                    identity: nil,
                    acceptsCommands: options.acceptCommands, work: workFolder(options)))
        }
        let file = try specPath(options)
        let target = OpenedCluster.Target(
            spec: file, kubeconfig: options.kubeconfig, context: options.context, code: "lab", entersMachines: true)
        return try await OpenedCluster.with(target) { opened in
            var hosts: [LabHost]?
            if opened.fleet != nil {
                hosts = opened.hosts.map {
                    LabHost(name: $0.name, address: $0.address, isControlPlane: $0.isControlPlane)
                }
            }
            let ground = LabSurroundings(
                hosts: hosts, fleet: opened.fleet, state: programsFolder, spec: file,
                pools: opened.spec?.pools.map(\.name) ?? [])
            return try await work(
                await make(opened.access, cluster: opened.name, ground, kubeconfig: own, options))
        }
    }

    /// The name of no cluster, for progress.
    static let thisMachine = "this machine"
    static var programsFolder: String { stateFolder + "/lab-programs" }

    private static func workFolder(_ options: LabClusterOptions) -> String {
        URL(fileURLWithPath: options.work ?? FileManager.default.currentDirectoryPath).standardizedFileURL.path
    }

    /// The name under which progress is kept, without asking anybody.
    static func clusterName(_ options: LabClusterOptions, for lab: Lab? = nil) throws -> String {
        if let lab, !lab.needs.cluster { return thisMachine }
        if let file = try specPath(options) { return try SpecLoading.load(file).spec.name }
        return try Kubeconfig.load(paths: options.kubeconfig.map { [$0] }, context: options.context).access.context
    }

    private static func specPath(_ options: LabClusterOptions) throws -> String? {
        if let file = options.file { return file }
        let isDefault = options.kubeconfig == nil && options.context == nil
        return isDefault && FileManager.default.fileExists(atPath: "cluster.yaml") ? "cluster.yaml" : nil
    }

    private static func learnersKubeconfig(_ options: LabClusterOptions) -> String {
        if let named = options.kubeconfig { return named }
        let listed = (ProcessInfo.processInfo.environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        let candidates = listed.isEmpty ? [NSHomeDirectory() + "/.kube/config"] : listed
        return candidates.first { FileManager.default.fileExists(atPath: $0) } ?? ""
    }

    private static func make(
        _ access: KubernetesAccess, cluster: String, _ ground: LabSurroundings, kubeconfig: String,
        _ options: LabClusterOptions
    ) async -> LabSession {
        let client = KubernetesClient(
            access, timeouts: ClusterAPI.timeouts, maximumConnections: LoadPlan.mostConcurrency)
        let api = ClusterAPI(client)
        async let nodes = try? api.list("/api/v1/nodes", labels: nil, fields: nil).items
        let identity = try? await api.get("/api/v1/namespaces/kube-system")["metadata"]?["uid"]?.string
        return await LabSession(
            cluster: cluster, api: api, client: client, ground: ground, kubeconfig: kubeconfig, identity: identity,
            acceptsCommands: options.acceptCommands,
            nodes: nodes ?? [], work: workFolder(options))
    }

    // MARK: runs

    /// This user of this machine, by a digest: others see it on the lab's namespace.
    static let learner = String(
        Digest.sha256("\(NSUserName())@\(ProcessInfo.processInfo.hostName)").prefix(16))

    func context(
        _ lab: Lab, nonce: String, started: Date, answers: AnswerBook, snapshots: SnapshotBook = SnapshotBook()
    ) -> CheckContext {
        var run = LabRun(
            nonce: nonce, started: started, cluster: cluster, kubeconfig: kubeconfig, identity: identity,
            acceptsCommands: acceptsCommands)
        run.learner = Self.learner
        run.measured = lab.shares.compactMapValues { $0.text(nodes) }
        return CheckContext(
            lab: lab, run: run, api: api, ground: ground, answers: answers, snapshots: snapshots, work: work)
    }

    /// The run that is under way.
    ///
    /// Of a lab that makes nothing one begins by itself; of others the namespace is looked for where the file is lost.
    func progress(of lab: Lab) async throws -> LabProgress {
        if let known = Self.store.load(lab.id, cluster: cluster), known.isOpen { return known }
        guard lab.namespaceTemplate != nil || !lab.setup.isEmpty else {
            return LabProgress(lab, cluster: cluster, nonce: LabRun.makeNonce(), now: Date())
        }
        if lab.needs.cluster, let nonce = try await LabNamespace.nonce(of: lab, learner: Self.learner, api) {
            return LabProgress(lab, cluster: cluster, nonce: nonce, now: Date())
        }
        throw Diagnostic(
            code: "lab.not-started", "the lab \(lab.id) has not been started on \(cluster)",
            hint: "`martlet lab start \(lab.id)`", exitCode: .usage)
    }

    func context(_ lab: Lab, _ progress: LabProgress) -> CheckContext {
        context(
            lab, nonce: progress.nonce, started: progress.startedAt, answers: AnswerBook(progress.answers),
            snapshots: SnapshotBook(progress.snapshots ?? [:]))
    }
}
