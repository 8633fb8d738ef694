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

    static let pod = FunctionObjects.path("v1", "pods", namespace: "kubeless", "kubeless-controller-manager-1")

    func cluster(
        containers: [String] = ["kubeless-function-controller", "http-trigger-controller"],
        settings: [String: JSONValue] = ["runtime-images": .string(runtimes)]
    ) -> TableCluster {
        let named = containers.map { JSONValue.object(["name": .string($0)]) }
        let running = containers.map { JSONValue.object(["name": .string($0), "state": ["running": [:]]]) }
        return TableCluster([
            Self.pod: [
                "metadata": ["name": "kubeless-controller-manager-1", "labels": ["kubeless": "controller"]],
                "status": ["containerStatuses": .array(running)],
            ],
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
        #expect(await problem(order, cluster)?.code == "function.secret")
        cluster.set(KubelessTests.path("v1", "secrets", "mail"), ["metadata": ["name": "mail"]])
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
        #expect(template?["containers"]?[0]?["readinessProbe"]?["httpGet"] == ["path": "/healthz", "port": 8080])
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
        order.triggers = [.http(host: nil, path: "/")]
        #expect(await code(order, cluster(containers: ["kubeless-function-controller"])) == "function.trigger")
        let taken = cluster()
        taken.set(Self.ingress, ["metadata": ["name": "hello"]])
        #expect(await code(order, taken) == "function.conflict")
        let stopped = cluster()
        stopped.set(Self.pod, nil)
        #expect(await code(plain, stopped) == "function.controller")
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

    static let ingress = KubelessTests.path("networking.k8s.io/v1", "ingresses")
    static let trigger = KubelessTests.path("kubeless.io/v1beta1", "httptriggers")
    static let service = KubelessTests.path("v1", "services")

    /// As the controller of HTTP triggers: an Ingress for a trigger that is written while the function has a Service, else nothing.
    static func makeIngresses(_ cluster: TableCluster) {
        cluster.react { _, path in
            guard path == trigger, cluster.all[trigger] != nil, cluster.all[service] != nil else { return }
            let route = cluster.all[trigger]?["spec"]
            cluster.set(
                ingress,
                [
                    "metadata": ["name": "hello", "labels": ["created-by": "kubeless"]],
                    "spec": [
                        "rules": [
                            [
                                "host": route?["host-name"] ?? "",
                                "http": ["paths": [["path": .string("/" + (route?["path"]?.string ?? ""))]]],
                            ]
                        ]
                    ],
                ])
        }
    }

    static let routed = FunctionOrder(name: "hello", code: source, triggers: [.http(host: "h.example", path: "/x")])

    @Test("A trigger of which nothing comes is no success")
    func blindTriggers() async throws {
        let blind = cluster()
        blind.set(Self.service, ["metadata": ["name": "hello", "labels": ["created-by": "kubeless"]]])
        let found = await problem(Self.routed, blind)
        #expect(found?.code == "function.trigger-not-made")
        #expect(found?.detail?.contains("/ingresses/hello") == true)
    }

    @Test("An HTTP trigger waits for the Service: without it the controller makes no Ingress, then or later")
    func triggersFollowTheService() async throws {
        let without = cluster()
        Self.makeIngresses(without)
        #expect(await problem(Self.routed, without)?.code == "function.not-ready")
        #expect(without.all[Self.trigger] == nil)

        let late = cluster()
        Self.makeIngresses(late)
        let delayed = Task {
            try await Task.sleep(for: .milliseconds(80))
            late.set(Self.service, ["metadata": ["name": "hello", "labels": ["created-by": "kubeless"]]])
        }
        var patient = platform(late)
        patient.patience = .seconds(30)
        #expect(try await patient.deploy(Self.routed) == .created)
        try await delayed.value
        #expect(late.all[Self.ingress] != nil)
    }

    @Test("A trigger that is there without its Ingress is shown to its controller again")
    func asksAgain() async throws {
        let cluster = cluster()
        _ = await problem(Self.routed, cluster)
        cluster.set(Self.service, ["metadata": ["name": "hello", "labels": ["created-by": "kubeless"]]])
        cluster.set(Self.trigger, ["metadata": ["name": "hello"], "spec": ["function-name": "hello"]])
        // Its controller hears of changes only, and applying what is there already is none.
        cluster.react { verb, path in
            guard verb == "patch", path == Self.trigger else { return }
            cluster.set(
                Self.ingress,
                ["metadata": [:], "spec": ["rules": [["host": "h.example", "http": ["paths": [["path": "/x"]]]]]]])
        }
        #expect(try await platform(cluster).deploy(Self.routed) == .updated)
    }

    @Test("Schedules are martlet's own CronJob: the makers' controller cannot read a function with a finalizer")
    func schedules() async throws {
        let cluster = cluster()
        let order = FunctionOrder(
            name: "hello", code: Self.source, triggers: [.schedule(cron: "0 6 * * *", payload: "{\"a\":1}")])
        #expect(try await platform(cluster).deploy(order) == .created)
        let job = try #require(cluster.all[KubelessTests.path("batch/v1beta1", "cronjobs", "trigger-hello")])
        #expect(job["spec"]?["schedule"] == "0 6 * * *")
        #expect(job["metadata"]?["ownerReferences"]?[0]?["uid"] == "uid-hello")
        #expect(job["metadata"]?["labels"]?["created-by"] == nil, "that controller changes what bears it")
        let trigger = KubelessTests.path("kubeless.io/v1beta1", "cronjobtriggers")
        #expect(cluster.all[trigger] != nil)

        // An order says what there is to be.
        var held = try #require(cluster.all[trigger])
        held["metadata"]?["finalizers"] = ["kubeless.io/cronjobtrigger"]
        cluster.set(trigger, held)
        #expect(try await platform(cluster).deploy(FunctionOrder(name: "hello", code: Self.source)) == .updated)
        #expect(cluster.all.keys.filter { $0.contains("cronjob") } == [])
    }

    @Test("Any change changes the Deployment's part, and what is not taken over yet is not ready")
    func revisions() async throws {
        let cluster = cluster()
        func deploy(_ change: (inout FunctionOrder) -> Void = { _ in }) async throws -> String? {
            var order = FunctionOrder(name: "hello", code: Self.source)
            change(&order)
            _ = try await platform(cluster).deploy(order)
            return KubelessFunction.revision(cluster.all[Self.function]?["spec"]?["deployment"])
        }
        func state() async throws -> FunctionRecord? { try await platform(cluster).find("hello") }
        let first = try #require(try await deploy())
        let made = KubelessTests.path("apps/v1", "deployments")
        func take(_ revision: String) {
            cluster.set(
                made,
                [
                    "metadata": ["name": "hello", "labels": ["created-by": "kubeless"]],
                    "spec": [
                        "template": ["metadata": ["annotations": [KubelessFunction.revisionKey: .string(revision)]]]
                    ],
                    "status": ["replicas": 1, "updatedReplicas": 1, "availableReplicas": 1],
                ])
        }
        take(first)
        #expect(try await state()?.state == .ready)
        #expect(try await deploy() == first)
        // Of these three the controller sees nothing by itself.
        let second = try #require(try await deploy { $0.runtime = "python3.7" })
        #expect(second != first)
        #expect(try await deploy { $0.labels = ["team": "x"] } != first)
        #expect(try await deploy { $0.annotations = ["note": "x"] } != first)
        let pending = try await state()
        #expect(pending?.state == .pending)
        #expect(pending?.reason.contains("has not changed its Deployment yet") == true)
        take(try #require(KubelessFunction.revision(cluster.all[Self.function]?["spec"]?["deployment"])))
        #expect(try await state()?.state == .ready)
    }

    @Test("Replaced concurrently: what the controller wrote meanwhile stays, and what was ordered is there")
    func replacedConcurrently() async throws {
        let cluster = cluster()
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: Self.source))
        @Sendable func version(_ number: Int, _ finalizer: String?) {
            var there = cluster.all[Self.function] ?? [:]
            there["metadata"]?["resourceVersion"] = .string(String(number))
            if let finalizer { there["metadata"]?["finalizers"] = [.string(finalizer)] }
            cluster.set(Self.function, there)
        }
        version(1, nil)
        // Between martlet's reading and writing, twice.
        let busy = BusyCluster(cluster, before: Self.function) { turn in
            if turn <= 2 { version(1 + turn, "kubeless.io/function") }
        }
        var platform = KubelessPlatform(
            Self.site, DoorClient(cluster: busy, web: NoWeb(), insecureWeb: NoWeb()), servers: Sample.servers)
        platform.patience = .milliseconds(300)
        let order = FunctionOrder(name: "hello", code: Self.source, environment: ["A": "b"])
        #expect(try await platform.deploy(order) == .updated)
        #expect(cluster.writes.count { $0 == "replace \(Self.function)" } == 3)
        let now = try #require(cluster.all[Self.function])
        #expect(now["metadata"]?["finalizers"] == ["kubeless.io/function"])
        let container = now["spec"]?["deployment"]?["spec"]?["template"]?["spec"]?["containers"]?[0]
        #expect(container?["env"] == [["name": "A", "value": "b"]])
    }

    @Test("The controller is told how many there shall be; without it the Deployment is")
    func scales() async throws {
        let cluster = cluster()
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: Self.source))
        try await platform(cluster).scale("hello", to: 3)
        #expect(cluster.all[Self.function]?["spec"]?["deployment"]?["spec"]?["replicas"] == 3)
    }

    @Test("While a function cannot begin, its log is what makes it ready writes")
    func logsOfPreparation() async throws {
        let pod: JSONValue = [
            "metadata": ["name": "hello-1", "labels": ["created-by": "kubeless", "function": "hello"]],
            "status": [
                "initContainerStatuses": [
                    ["name": "prepare", "state": ["terminated": ["exitCode": 0]]],
                    ["name": "install", "state": ["waiting": ["reason": "CrashLoopBackOff"]]],
                ]
            ],
        ]
        let cluster = TableCluster(
            [Self.function: ["metadata": ["name": "hello"]], KubelessTests.path("v1", "pods", "hello-1"): pod],
            logTexts: ["hello-1/install": "no such package\n", "hello-1/prepare": "OK\n"])
        #expect(try await platform(cluster).logs("hello", tail: 10).map(\.text) == ["no such package"])
    }

    @Test("Runtimes are those of the controllers' settings, where they can be read")
    func namesRuntimes() async throws {
        #expect(try await platform(cluster()).runtimes().map(\.id) == ["python3.7", "python3.8"])
        let silent = cluster()
        silent.set(Self.settings, nil)
        #expect(try await platform(silent).runtimes().map(\.id) == ["python3.6"])
    }
}
