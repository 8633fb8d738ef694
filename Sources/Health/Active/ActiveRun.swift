internal import Diagnostics
package import KubernetesAPI

/// Makes a namespace, measures in it what was asked for, and removes it whatever happens.
package struct ActiveRun: Sendable {
    private let client: KubernetesClient
    private let probes: Set<String>
    private let options: ActiveOptions

    /// How long removing may take before what is left becomes a finding.
    static let removal = Duration.seconds(30)

    /// - Parameter probes: ids of the active probes that were chosen.
    package init(_ client: KubernetesClient, probes: Set<String>, options: ActiveOptions = ActiveOptions()) {
        self.client = client
        self.probes = probes
        self.options = options
    }

    /// Everything is removed when this returns or throws, also when the task was cancelled.
    ///
    /// - Throws: `Diagnostic` `health.active-running` if another run is under way, `CancellationError`. All else that goes
    ///   wrong is in the evidence.
    package func run() async throws -> ActiveEvidence {
        let namespace = ActiveNamespace(client: client)
        var evidence: ActiveEvidence
        var course: Workload.Course?
        var mayExist = false
        do {
            let nodes = try await client.list("/api/v1/nodes", of: Node.self).items
            let image = try await image()
            try await namespace.refuseAndSweep()
            mayExist = true
            try await namespace.make()
            (evidence, course) = try await measure(
                ActiveCluster(
                    client: client, namespace: namespace.name,
                    objects: ActiveObjects(namespace: namespace.name, image: image)), nodes)
        } catch {
            let leftover = mayExist ? await namespace.remove(within: Self.removal) : nil
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            if let diagnostic = error as? Diagnostic { throw diagnostic }
            return .unmeasured(
                "active probes: " + Self.words(error) + (leftover.map { "; not removed: \($0)" } ?? ""))
        }
        let leftover = await namespace.remove(within: Self.removal)
        try Task.checkCancellation()
        if var course {
            course.leftover = leftover
            let judged = Workload.judge(course)
            evidence.judgements[Workload.id] = judged.judgements
            evidence.timings[Workload.id] = judged.timings
        } else if let leftover {
            evidence.judgements[probes.sorted().first ?? Workload.id, default: []].append(
                Judgement(.fail, "cluster", "what was made is not gone: \(leftover)", threshold: "gone within 30 s"))
        }
        return evidence
    }

    private func image() async throws -> String {
        if let image = options.image { return image }
        return ActiveImage.choose(try await client.list("/api/v1/nodes", of: ActiveImage.Holder.self).items)
    }

    private func measure(
        _ cluster: ActiveCluster, _ nodes: [Node]
    ) async throws -> (ActiveEvidence, Workload.Course?) {
        let linux = nodes.filter { ($0.labels["kubernetes.io/os"] ?? "linux") == "linux" }
        async let storage = probes.contains(StorageClaim.id) ? StorageTrial(cluster: cluster).run() : nil
        var evidence = ActiveEvidence()
        let network = try await NetworkTrial(
            cluster: cluster, nodes: linux, externalName: options.externalName
        ).run()
        Self.judge(network, into: &evidence)
        // After the measuring, which would otherwise time a busy machine.
        var course: Workload.Course?
        if probes.contains(Workload.id) {
            course = try await WorkloadTrial(cluster: cluster, caller: network.servers.first).run()
        }
        if let outcome = try await storage {
            evidence.judgements[StorageClaim.id] = outcome.judgements
            evidence.timings[StorageClaim.id] = outcome.timings
        }
        return (evidence, course)
    }

    static func judge(_ network: NetworkTrial.Outcome, into evidence: inout ActiveEvidence) {
        let all = network.measurements
        evidence.judgements[PodNetwork.id] = PodNetwork.judge(all)
        evidence.judgements[NetworkPayload.id] = NetworkPayload.judge(all)
        evidence.judgements[ServiceNetwork.id] = ServiceNetwork.judge(all)
        evidence.judgements[APIServiceAddress.id] = APIServiceAddress.judge(all)
        evidence.judgements[NodePorts.id] = NodePorts.judge(all, outside: network.outside)
        evidence.judgements[NetworkPolicies.id] = NetworkPolicies.judge(all, network.policy)
        let names = NameResolution.judge(all)
        evidence.judgements[NameResolution.id] = names.judgements
        evidence.timings[NameResolution.id] = names.timings
        let absent = AbsentNames.judge(all)
        evidence.judgements[AbsentNames.id] = absent.judgements
        evidence.timings[AbsentNames.id] = absent.timings
    }

    /// An error as a part of a sentence.
    static func words(_ error: any Error) -> String {
        if let error = error as? KubernetesError {
            let diagnostic = error.diagnostic
            return diagnostic.summary + (diagnostic.detail.map { ": \($0.prefix(200))" } ?? "")
        }
        if let stuck = error as? ActiveCluster.Stuck { return stuck.text }
        return (error as? Diagnostic)?.summary ?? "\(error)"
    }
}
