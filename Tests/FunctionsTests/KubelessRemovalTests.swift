import Diagnostics
import KubernetesAPI
import Testing

@testable import Functions

/// Finalizers as the makers' controllers set them: an object that bears one is deleted when it is taken off.
@Suite("Deleting functions of Kubeless")
struct KubelessRemovalTests {
    let tests = KubelessControllerTests()
    static let function = KubelessControllerTests.function
    static let cronTrigger = KubelessTests.path("kubeless.io/v1beta1", "cronjobtriggers")

    /// With a function and its triggers, each held by its controller.
    func held() -> TableCluster {
        let cluster = tests.cluster()
        for (path, finalizer) in [
            (Self.function, "function"), (KubelessControllerTests.trigger, "httptrigger"),
            (Self.cronTrigger, "cronjobtrigger"),
        ] {
            cluster.set(
                path, ["metadata": ["name": "hello", "finalizers": [.string("kubeless.io/\(finalizer)"), "other"]]])
        }
        return cluster
    }

    /// What somebody else holds as well goes when they let go.
    func left(_ cluster: TableCluster, _ path: String) -> JSONValue? { cluster.all[path]?["metadata"]?["finalizers"] }

    @Test("While the controller runs, its finalizers are its own to take off, and are waited for")
    func waits() async throws {
        let cluster = held()
        for path in [Self.function, KubelessControllerTests.trigger, Self.cronTrigger] {
            var object = try #require(cluster.all[path])
            object["metadata"]?["finalizers"] = ["kubeless.io/x"]
            cluster.set(path, object)
        }
        let controller = Task {
            try await Task.sleep(for: .milliseconds(100))
            for path in [KubelessControllerTests.trigger, Self.cronTrigger, Self.function] { cluster.set(path, nil) }
        }
        let start = ContinuousClock.now
        try await tests.platform(cluster).delete("hello")
        #expect(ContinuousClock.now - start >= .milliseconds(90))
        try await controller.value
        #expect(!cluster.writes.contains { $0.hasPrefix("patch") })
    }

    @Test("Where no controller takes them off, martlet does, and leaves those of others", arguments: [0, 1, 2])
    func takesOff(absence: Int) async throws {
        let cluster = held()
        switch absence {
        // It runs and does nothing, its pod is gone, it was removed.
        case 0: break
        case 1: cluster.set(KubelessControllerTests.pod, nil)
        default: cluster.set(KubelessControllerTests.deployment, nil)
        }
        try await tests.platform(cluster).delete("hello")
        for path in [Self.function, KubelessControllerTests.trigger, Self.cronTrigger] {
            #expect(left(cluster, path) == ["other"], "\(path)")
        }
    }

    @Test("A CronJob of the makers' controller goes, too: it names an owner of a kind that nobody has")
    func orphans() async throws {
        let cluster = tests.cluster()
        let job = KubelessTests.path("batch/v1beta1", "cronjobs", "trigger-hello")
        cluster.set(Self.function, ["metadata": ["name": "hello"]])
        cluster.set(job, ["metadata": ["name": "trigger-hello", "labels": ["created-by": "kubeless"]]])
        try await tests.platform(cluster).delete("hello")
        #expect(cluster.all[job] == nil)

        let foreign: JSONValue = ["metadata": ["name": "trigger-hello"]]
        cluster.set(Self.function, ["metadata": ["name": "hello"]])
        cluster.set(job, foreign)
        try await tests.platform(cluster).delete("hello")
        #expect(cluster.all[job] == foreign)
    }

    @Test("Deployed again while the deletion is under way: made anew when it is over")
    func deployedAgain() async throws {
        let cluster = held()
        var going = try #require(cluster.all[Self.function])
        going["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        cluster.set(Self.function, going)
        let controller = Task {
            try await Task.sleep(for: .milliseconds(100))
            cluster.set(Self.function, nil)
        }
        let order = FunctionOrder(name: "hello", code: KubelessControllerTests.source)
        #expect(try await tests.platform(cluster).deploy(order) == .created)
        try await controller.value
        #expect(cluster.writes == ["apply \(Self.function)"])
    }
}
