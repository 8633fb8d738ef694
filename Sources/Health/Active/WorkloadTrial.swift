internal import KubernetesAPI

/// A deployment's life: made, asked, scaled, replaced.
struct WorkloadTrial: Sendable {
    let cluster: ActiveCluster
    /// From whose shell it is asked.
    let caller: ActivePod?

    private struct Deployment: Decodable, Sendable {
        struct Metadata: Decodable, Sendable { var generation: Int? }
        struct Status: Decodable, Sendable {
            var observedGeneration: Int?
            var replicas: Int?
            var updatedReplicas: Int?
            var availableReplicas: Int?
        }
        var metadata: Metadata?
        var status: Status?

        /// Exactly so many pods, all of the newest template and available.
        func isSettled(_ count: Int) -> Bool {
            (status?.observedGeneration ?? 0) >= (metadata?.generation ?? .max) && status?.replicas == count
                && status?.updatedReplicas == count && status?.availableReplicas == count
        }
    }

    private var path: String { "/apis/apps/v1/namespaces/\(cluster.namespace)/deployments/web" }

    /// Asks until it is told to stop; what comes before the first answer is not counted as lost.
    private func calls(_ address: String) -> String {
        MeasuringScript.functions + """
            rm -f /www/stop
            tries=0
            until get \(address) \(MeasuringScript.port) name 2 | grep -q \(MeasuringScript.greeting); do
              tries=$((tries + 1))
              if [ $tries -ge 50 ]; then say call first silent 0; exit; fi
              sleep 0.2
            done
            count=0
            while [ ! -e /www/stop ] && [ $count -lt 900 ]; do
              count=$((count + 1))
              ask call $count \(address) \(MeasuringScript.port)
              sleep 0.05
            done
            """
    }

    func run() async throws -> Workload.Course {
        var course = Workload.Course()
        let start = ContinuousClock.now
        do {
            let service = try await cluster.make(cluster.objects.webService)
            try await cluster.make(cluster.objects.web)
            try await settle(2, "two pods did not become available", .seconds(30))
            guard let caller, let address = service["spec"]?["clusterIP"]?.string else {
                course.evidence = ["no node had a pod that could ask"]
                return course
            }
            course.firstAnswer = (ContinuousClock.now - start).inSeconds
            async let calls = cluster.run(calls(address), in: caller, timeout: .seconds(60))
            do {
                try await change()
            } catch let stuck as ActiveCluster.Stuck {
                course.take(stuck)
            }
            // Old pods still end, and lose requests then if they ever do.
            try await Task.sleep(for: .seconds(5))
            _ = try await cluster.run(": >/www/stop", in: caller, timeout: .seconds(10))
            course.calls = try await calls
        } catch let stuck as ActiveCluster.Stuck {
            course.take(stuck)
        } catch {
            try Task.checkCancellation()
            course.problem = ActiveRun.words(error)
        }
        return course
    }

    private func change() async throws {
        // It must be asked for a moment before anything changes.
        try await Task.sleep(for: .milliseconds(500))
        _ = try await cluster.client.patch(path, ["spec": ["replicas": 3]])
        try await settle(3, "scaling to three did not end", .seconds(20))
        _ = try await cluster.client.patch(
            path, ["spec": ["template": ["metadata": ["annotations": ["martlet.dev/round": "2"]]]]])
        try await settle(3, "the rolling update did not end", .seconds(25))
    }

    private func settle(_ count: Int, _ failure: String, _ bound: Duration) async throws {
        try await cluster.wait(failure, within: bound, cause: { await cluster.cause(app: "web") }) {
            try await cluster.client.get(path, as: Deployment.self).isSettled(count)
        }
    }
}

extension Workload.Course {
    fileprivate mutating func take(_ stuck: ActiveCluster.Stuck) {
        (problem, evidence, lacksImage) = (stuck.advice, stuck.evidence, stuck.lacksImage)
    }
}
