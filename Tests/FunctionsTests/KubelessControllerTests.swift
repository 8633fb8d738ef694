import Diagnostics
import KubernetesAPI
import Testing

@testable import Functions

/// Kubeless with its own controllers: what they are told, and what is not asked of them.
///
/// The cluster is a table of objects, and nothing makes anything in it; shapes after vmware-archive/kubeless `kubeless-non-rbac.jsonnet` and
/// `pkg/langruntime/langruntime.go`.
@Suite("Kubeless with its controllers")
struct KubelessControllerTests {
    static let deployment = FunctionObjects.path(
        "apps/v1", "deployments", namespace: "kubeless", KubelessController.deployment)
    static let settings = FunctionObjects.path(
        "v1", "configmaps", namespace: "kubeless", KubelessController.settings)

    static let runtimes = """
        - ID: python
          versions:
          - {name: python37, version: "3.7", images: [{phase: installation, image: a}, {phase: runtime, image: b}]}
          - {name: python38, version: "3.8", images: [{phase: runtime, image: c}]}
        - ID: go
          versions:
          - {name: go1.14, version: "1.14", images: [{phase: compilation, image: d}]}
        """

    /// As the channel `controller` has it: the images are in the settings of the controllers.
    static let site = {
        var site = KubelessTests.site
        site.runtimes = [FunctionRuntime(id: "python3.6", language: "python")]
        return site
    }()

    func cluster(
        containers: [String] = [
            "kubeless-function-controller", "http-trigger-controller", "cronjob-trigger-controller",
        ],
        settings: [String: JSONValue] = ["runtime-images": .string(runtimes)]
    ) -> TableCluster {
        let named = containers.map { JSONValue.object(["name": .string($0)]) }
        return TableCluster([
            Self.deployment: [
                "metadata": ["name": .string(KubelessController.deployment)],
                "spec": ["template": ["spec": ["containers": .array(named)]]],
            ],
            Self.settings: ["metadata": ["name": .string(KubelessController.settings)], "data": .object(settings)],
        ])
    }

    func platform(_ cluster: TableCluster) -> KubelessPlatform {
        var platform = KubelessPlatform(
            Self.site, DoorClient(cluster: cluster, web: NoWeb(), insecureWeb: NoWeb()), servers: Sample.servers)
        platform.patience = .milliseconds(300)
        return platform
    }

    func problem(_ order: FunctionOrder, _ cluster: TableCluster) async -> Diagnostic? {
        await #expect(throws: Diagnostic.self) { _ = try await platform(cluster).deploy(order) }
    }

    static let function = KubelessTests.path("kubeless.io/v1beta1", "functions")
    static let source = FunctionOrder.Code.source(Sample.source())

    @Test("Only the resource is written, with all that the controller needs for the rest")
    func deploys() async throws {
        let cluster = cluster()
        let order = FunctionOrder(
            name: "hello", code: Self.source, environment: ["A": "b"], secrets: ["mail"], minimum: 2, maximum: 2)
        #expect(try await platform(cluster).deploy(order) == .created)
        #expect(cluster.writes == ["apply \(Self.function)"])
        let spec = try #require(cluster.all[Self.function]?["spec"])
        // The newest that can run: of Go the settings name no image to run in.
        #expect(spec["runtime"] == "python3.8")
        #expect(spec["handler"] == "hello.handler")
        #expect(spec["service"]?["selector"] == ["created-by": "kubeless", "function": "hello"])
        let template = spec["deployment"]?["spec"]?["template"]?["spec"]
        #expect(spec["deployment"]?["spec"]?["replicas"] == 2)
        #expect(template?["containers"]?[0]?["env"] == [["name": "A", "value": "b"]])
        #expect(template?["containers"]?[0]?["image"] == nil)
        #expect(template?["volumes"]?[0]?["secret"] == ["secretName": "mail"])
        #expect(spec["horizontalPodAutoscaler"] == nil)
    }

    @Test("Deployed again the resource is replaced as a whole; what the controller wrote beside it stays")
    func updates() async throws {
        let cluster = cluster()
        _ = try await platform(cluster).deploy(
            FunctionOrder(name: "hello", code: Self.source, environment: ["A": "b"]))
        var there = try #require(cluster.all[Self.function])
        there["metadata"]?["finalizers"] = ["kubeless.io/function"]
        cluster.set(Self.function, there)
        #expect(
            try await platform(cluster).deploy(FunctionOrder(name: "hello", code: Self.source, maximum: 3)) == .updated)
        let now = try #require(cluster.all[Self.function])
        #expect(now["metadata"]?["finalizers"] == ["kubeless.io/function"])
        #expect(
            now["spec"]?["deployment"]?["spec"]?["template"]?["spec"]?["containers"]?[0]?["env"] == nil,
            "a variable that the order does not name any more")
        #expect(now["spec"]?["horizontalPodAutoscaler"]?["spec"]?["maxReplicas"] == 3)
        #expect(now["spec"]?["deployment"]?["spec"]?["replicas"] == nil, "the autoscaler's own")
    }

    @Test("What the controllers cannot do is said before anything is written")
    func refused() async throws {
        func code(_ order: FunctionOrder, _ cluster: TableCluster) async -> String? {
            let code = await problem(order, cluster)?.code
            #expect(cluster.writes.isEmpty)
            return code
        }
        let plain = FunctionOrder(name: "hello", code: Self.source)
        #expect(await code(plain, TableCluster()) == "function.controller")
        #expect(await code(plain, cluster(settings: ["functions-namespace": "other"])) == "function.namespace")
        #expect(await code(plain, cluster(settings: ["runtime-images": "- [x"])) == "function.controller")
        var order = plain
        order.runtime = "go"
        #expect(await code(order, cluster()) == "function.runtime")
        order = plain
        order.runtimeImage = "x:1"
        #expect(await code(order, cluster()) == "function.runtime-image")
        order = plain
        order.triggers = [.schedule(cron: "0 6 * * *", payload: nil)]
        #expect(await code(order, cluster(containers: ["kubeless-function-controller"])) == "function.trigger")
        let large = String(repeating: "#", count: KubelessFunction.contentLimit + 1)
        var site = Self.site
        site.sourceLimit = 2_000_000
        let full = cluster()
        var wide = KubelessPlatform(
            site, DoorClient(cluster: full, web: NoWeb(), insecureWeb: NoWeb()), servers: Sample.servers)
        wide.patience = .milliseconds(300)
        let source = Sample.source("hello.py", "def handler(event, context): return 1\n" + large)
        let tooLarge = await #expect(throws: Diagnostic.self) {
            _ = try await wide.deploy(FunctionOrder(name: "hello", code: .source(source)))
        }
        #expect(tooLarge?.code == "function.source-too-large")
        #expect(full.writes.isEmpty)
    }

    @Test("A trigger of which nothing comes is no success")
    func blindTriggers() async throws {
        let order = FunctionOrder(
            name: "hello", code: Self.source, triggers: [.http(host: "h.example", path: "/x")])
        let found = await problem(order, cluster())
        #expect(found?.code == "function.trigger-not-made")
        #expect(found?.detail?.contains("/ingresses/hello") == true)

        let served = cluster()
        served.set(
            KubelessTests.path("networking.k8s.io/v1", "ingresses"),
            [
                "metadata": ["name": "hello", "labels": ["created-by": "kubeless"]],
                "spec": ["rules": [["host": "h.example", "http": ["paths": [["path": "/x"]]]]]],
            ])
        #expect(try await platform(served).deploy(order) == .created)
    }

    @Test("The controller is told how many there shall be; without it the Deployment is")
    func scales() async throws {
        let cluster = cluster()
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: Self.source))
        try await platform(cluster).scale("hello", to: 3)
        #expect(cluster.all[Self.function]?["spec"]?["deployment"]?["spec"]?["replicas"] == 3)
    }

    @Test("Runtimes are those of the controllers' settings, where they can be read")
    func namesRuntimes() async throws {
        #expect(try await platform(cluster()).runtimes().map(\.id) == ["python3.7", "python3.8"])
        let silent = cluster()
        silent.set(Self.settings, nil)
        #expect(try await platform(silent).runtimes().map(\.id) == ["python3.6"])
    }
}
