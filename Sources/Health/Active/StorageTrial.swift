internal import KubernetesAPI

/// A claim's life: made, written through one pod, read through another.
struct StorageTrial: Sendable {
    let cluster: ActiveCluster

    struct Outcome: Sendable {
        var judgements: [Judgement] = []
        var timings: [ActiveEvidence.Timing] = []
    }

    private var claimPath: String { "/api/v1/namespaces/\(cluster.namespace)/persistentvolumeclaims/claim" }

    func run() async throws -> Outcome {
        do {
            let classes = try await cluster.client.list(
                "/apis/storage.k8s.io/v1/storageclasses", of: StorageClass.self
            ).items
            let defaults = classes.filter(\.isDefault).map(\.name).sorted()
            guard !defaults.isEmpty else {
                return Outcome(judgements: [Judgement(.skipped, "cluster", "there is no default storage class")])
            }
            return try await use(defaults.joined(separator: ", "))
        } catch {
            try Task.checkCancellation()
            let stuck = error as? ActiveCluster.Stuck
            let text = stuck?.advice ?? ActiveRun.words(error)
            return Outcome(judgements: [
                Judgement(
                    stuck.map { !$0.lacksImage } ?? false ? .fail : .unknown, "cluster", text,
                    threshold: "claimed, written, read within 60 s",
                    evidence: stuck?.evidence ?? [])
            ])
        }
    }

    private func use(_ name: String) async throws -> Outcome {
        let start = ContinuousClock.now
        try await cluster.make(cluster.objects.claim)
        try await cluster.make(cluster.objects.writer)
        let first = try await finish("writer", "class \(name): writing to a new volume did not end", .seconds(35))
        try await cluster.make(cluster.objects.reader(awayFrom: first))
        let second = try await finish("reader", "class \(name): reading what was written did not end", .seconds(25))
        let seconds = (ContinuousClock.now - start).inSeconds
        let places = first == second ? "on \(first)" : "on \(first), read on \(second)"
        // Before the namespace, so that the driver hears of it while everything else is still there.
        try await cluster.client.delete(claimPath)
        return Outcome(timings: [
            ActiveEvidence.Timing("cluster", seconds, "class \(name): written \(places), \(milliseconds(seconds))")
        ])
    }

    /// - Returns: the node that the pod ran on.
    private func finish(_ app: String, _ failure: String, _ bound: Duration) async throws -> String {
        var node = ""
        try await cluster.wait(failure, within: bound, cause: { await cause(app) }) {
            guard let pod = try await cluster.pods(app: app).first else { return false }
            node = pod.node
            if pod.hasFailed {
                var stuck = await cluster.cause(of: pod)
                stuck.text = "the \(app) failed: \(stuck.text)"
                throw stuck
            }
            return pod.hasSucceeded
        }
        return node
    }

    /// A claim that waits says more than the pod that waits for it.
    private func cause(_ app: String) async -> ActiveCluster.Stuck {
        let claim = try? await cluster.client.get(claimPath, as: VolumeClaim.self)
        let warnings = await cluster.warnings(about: "claim")
        if claim?.status?.phase != "Bound" {
            return ActiveCluster.Stuck(
                text: "the claim is \(claim?.status?.phase ?? "unknown")" + (warnings.last.map { ", \($0)" } ?? ""),
                evidence: warnings)
        }
        return await cluster.cause(app: app)
    }
}
