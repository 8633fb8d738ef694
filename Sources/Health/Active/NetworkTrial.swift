internal import KubernetesAPI

/// Measures from a pod on every node, all at the same time.
struct NetworkTrial: Sendable {
    let cluster: ActiveCluster
    let nodes: [Node]
    let externalName: String?

    struct Outcome: Sendable {
        var measurements: [NodeMeasurement] = []
        var outside: [NodePorts.Outside] = []
        var policy = NetworkPolicies.Surroundings()
        /// Ready servers, for others to run scripts in.
        var servers: [ActivePod] = []
    }

    /// For starting one small pod on every node; images that must be fetched may take longer and are then missing.
    static let patience = Duration.seconds(25)
    /// For the script: all its own bounds together stay below.
    static let measuring = Duration.seconds(40)

    private struct Service: Decodable, Sendable {
        struct Spec: Decodable, Sendable {
            struct Port: Decodable, Sendable { var nodePort: Int? }
            var clusterIP: String?
            var ports: [Port]?
        }
        var spec: Spec?
    }

    func run() async throws -> Outcome {
        let objects = cluster.objects
        let namespace = cluster.namespace
        try await cluster.make(objects.servers)
        try await cluster.make(objects.serversService)
        try await cluster.make(objects.headlessService)
        for policy in objects.policies { try await cluster.make(policy) }
        try await cluster.make(objects.guarded)
        var outcome = Outcome()
        let pods = try await started()
        let service = try await cluster.client.get(
            "/api/v1/namespaces/\(namespace)/services/servers", as: Service.self)
        let guarded = try await guarded(&outcome.policy)
        let addresses = Dictionary(nodes.map { ($0.name, $0.address) }, uniquingKeysWith: { first, _ in first })
        outcome.servers = nodes.compactMap { pods[$0.name] }.filter(\.isReady)
        let ready = outcome.servers.map(\.node)
        let peers = Dictionary(outcome.servers.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        var jobs: [(pod: ActivePod, peers: [String], script: String)] = []
        for pod in outcome.servers {
            let chosen = PairPlan.peers(of: pod.node, among: ready)
            var targets = MeasuringScript.Targets()
            targets.peers = chosen.compactMap { name in
                peers[name].map {
                    MeasuringScript.Peer(node: name, podAddress: $0.address, nodeAddress: addresses[name] ?? "")
                }
            }
            targets.serviceAddress = service.spec?.clusterIP ?? ""
            targets.nodePort = service.spec?.ports?.first?.nodePort ?? 0
            targets.guardedAddress = guarded
            targets.service = "servers.\(namespace).svc"
            targets.headless = "headless.\(namespace).svc"
            targets.externalName = externalName
            jobs.append((pod, chosen, MeasuringScript.text(targets)))
        }
        async let outside = outside(
            ready.map { ($0, addresses[$0] ?? "") }, port: service.spec?.ports?.first?.nodePort ?? 0)
        let measured = await withTaskGroup(of: NodeMeasurement.self) { group in
            for job in jobs { group.addTask { await measure(job.pod, job.peers, job.script) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        try Task.checkCancellation()
        outcome.measurements = measured.sorted { $0.node < $1.node }
        for node in nodes where !ready.contains(node.name) {
            outcome.measurements.append(await missing(node, pods[node.name]))
        }
        outcome.outside = await outside
        await survey(&outcome.policy)
        return outcome
    }

    // MARK: pods

    /// By node: as many as became ready in time, and the others as they are then.
    private func started() async throws -> [String: ActivePod] {
        let wanted = Set(nodes.filter(\.isReady).map(\.name))
        let deadline = ContinuousClock.now + Self.patience
        var found: [String: ActivePod] = [:]
        repeat {
            do {
                let pods = try await cluster.pods(app: "servers")
                found = Dictionary(pods.map { ($0.node, $0) }, uniquingKeysWith: { $0.isReady ? $0 : $1 })
            } catch  where ContinuousClock.now >= deadline { throw error } catch {}
            if wanted.allSatisfy({ found[$0]?.isReady ?? false }) { break }
            try await Task.sleep(for: .milliseconds(300))
        } while ContinuousClock.now < deadline
        return found
    }

    private func measure(_ pod: ActivePod, _ peers: [String], _ script: String) async -> NodeMeasurement {
        var measurement = NodeMeasurement(node: pod.node, peers: peers)
        do {
            measurement.lines = try await cluster.run(script, in: pod, timeout: Self.measuring)
            if measurement.lines.isEmpty {
                measurement.problem = .init(
                    text: "the measuring script printed nothing: has the image a BusyBox shell?", isOurs: true)
            }
        } catch {
            measurement.problem = .init(
                text: "nothing could be run in its pod: \(ActiveRun.words(error))", isOurs: true)
        }
        return measurement
    }

    private func missing(_ node: Node, _ pod: ActivePod?) async -> NodeMeasurement {
        var measurement = NodeMeasurement(node: node.name)
        guard node.isReady else {
            measurement.problem = .init(text: "the node is not ready, so nothing was measured there", isOurs: true)
            return measurement
        }
        guard let pod else {
            measurement.problem = .init(
                text:
                    "no pod was made for it in \(Self.patience.components.seconds) s: is the controller manager well?",
                isOurs: false)
            return measurement
        }
        let stuck = await cluster.cause(of: pod)
        measurement.problem = .init(
            text: "its pod was not ready in \(Self.patience.components.seconds) s: \(stuck.advice)",
            isOurs: stuck.lacksImage,
            evidence: stuck.evidence)
        return measurement
    }

    // MARK: policies

    /// Its address; empty if it does not run.
    private func guarded(_ surroundings: inout NetworkPolicies.Surroundings) async throws -> String {
        do {
            var address = ""
            var node = ""
            try await cluster.wait(
                "the guarded pod did not start", within: .seconds(10), cause: { await cluster.cause(app: "guarded") },
                until: {
                    // Ready without a readiness probe: the kubelet's own requests might be what is denied.
                    guard let pod = try await cluster.pods(app: "guarded").first, pod.isReady else { return false }
                    (address, node) = (pod.address, pod.node)
                    return true
                })
            surroundings.guardedNode = node
            return address
        } catch let stuck as ActiveCluster.Stuck {
            surroundings.problem = stuck.text
            return ""
        }
    }

    private func survey(_ surroundings: inout NetworkPolicies.Surroundings) async {
        struct Named: KubernetesObject { var metadata: Metadata? }
        let policies = try? await cluster.client.list("/apis/networking.k8s.io/v1/networkpolicies", of: Named.self)
            .items
        surroundings.policies = policies.map { list in
            list.count { !$0.namespace.hasPrefix(ActiveNamespace.prefix) }
        }
        let pods = try? await cluster.client.list("/api/v1/pods", of: Named.self).items
        surroundings.controller = NetworkPolicies.controller((pods ?? []).map(\.name))
    }

    // MARK: from this machine

    private func outside(_ nodes: [(name: String, address: String)], port: Int) async -> [NodePorts.Outside] {
        await withTaskGroup(of: NodePorts.Outside.self) { group in
            for node in nodes where !node.address.isEmpty && port > 0 {
                group.addTask {
                    if await Self.answers(node.address, port) {
                        return NodePorts.Outside(node: node.name, isReachable: true, answers: true)
                    }
                    return NodePorts.Outside(
                        node: node.name, isReachable: await Self.kubeletAnswers(node.address), answers: false)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.node < $1.node }
        }
    }

    /// Asked more than once: the port was made a moment ago.
    private static func answers(_ address: String, _ port: Int) async -> Bool {
        let client = KubernetesClient(.direct("http://\(address):\(port)"), timeouts: .trial)
        for attempt in 0..<4 {
            if attempt > 0 { try? await Task.sleep(for: .seconds(1)) }
            let text = try? await client.text("/name", limit: 4096)
            if text?.contains(MeasuringScript.greeting) ?? false { return true }
        }
        return false
    }

    /// Whatever it says: no secret is sent, and who answers does not matter.
    private static func kubeletAnswers(_ address: String) async -> Bool {
        let kubelet = KubernetesAccess.direct("https://\(address):10250")
        do {
            _ = try await KubernetesClient(kubelet, timeouts: .trial).text("/healthz", limit: 4096)
            return true
        } catch {
            return error.code != nil
        }
    }
}
