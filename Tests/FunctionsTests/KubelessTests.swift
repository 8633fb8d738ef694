import Diagnostics
import Foundation
import KubernetesAPI
import Testing
import WebClient

@testable import Functions

/// Shapes after vmware-archive/kubeless pkg/utils/kubelessutil.go; the cluster is a table of objects.
@Suite("Kubeless")
struct KubelessTests {
    static let site = FunctionSite(
        framework: "kubeless", adapter: .kubeless, namespace: "fn", core: "kubeless", runtimes: Sample.runtimes,
        takesImages: false, triggers: [.http, .schedule], triggerImage: "busybox:1")

    static let modern: [String: JSONValue] = [
        "/apis/batch/v1": ["resources": [["name": "cronjobs"], ["name": "jobs"]]],
        "/apis/autoscaling/v2": ["resources": [["name": "horizontalpodautoscalers"]]],
    ]

    func platform(_ cluster: TableCluster, _ site: FunctionSite = site) -> KubelessPlatform {
        KubelessPlatform(
            site, DoorClient(cluster: cluster, web: NoWeb(), insecureWeb: NoWeb()), servers: Sample.servers)
    }

    static func path(_ version: String, _ plural: String, _ name: String = "hello") -> String {
        FunctionObjects.path(version, plural, namespace: "fn", name)
    }

    @Test("A function becomes resource, ConfigMap, Service and Deployment, owned by the resource")
    func deploys() async throws {
        let secret: [String: JSONValue] = [Self.path("v1", "secrets", "mail"): [:]]
        let cluster = TableCluster(Self.modern.merging(secret) { old, _ in old })
        let change = try await platform(cluster).deploy(
            FunctionOrder(
                name: "hello", code: .source(Sample.source()), environment: ["A": "b"], secrets: ["mail"], timeout: 9))
        #expect(change == .created)
        let function = try #require(cluster.all[Self.path("kubeless.io/v1beta1", "functions")])
        #expect(function["spec"]?["handler"] == "hello.handler")
        #expect(function["spec"]?["runtime"] == "python3.11")
        #expect(function["spec"]?["function-content-type"] == "text")
        #expect(function["spec"]?["timeout"] == "9")
        // Empty texts become null in server-side apply of Kubernetes 1.20.
        #expect(function["spec"]?.object?.keys.contains("deps") == false)
        #expect(function["spec"]?["checksum"]?.string?.hasPrefix("sha256:") == true)
        #expect(function["spec"]?["checksum"]?.string?.count == 71)
        let map = try #require(cluster.all[Self.path("v1", "configmaps")])
        #expect(map["data"]?["handler"] == "hello.handler")
        #expect(map["data"]?["hello.py"]?.string?.contains("def handler") == true)
        #expect(map["data"]?["martlet_server.py"]?.string?.contains("FUNC_PORT") == true)
        let service = try #require(cluster.all[Self.path("v1", "services")])
        #expect(service["spec"]?["ports"]?[0]?["name"] == "http-function-port")
        #expect(service["spec"]?["selector"] == ["created-by": "kubeless", "function": "hello"])
        let deployment = try #require(cluster.all[Self.path("apps/v1", "deployments")])
        let pod = deployment["spec"]?["template"]?["spec"]
        let container = pod?["containers"]?[0]
        #expect(container?["image"] == "python:3.11-slim")
        #expect(container?["command"] == ["python3", "-u", "/kubeless/martlet_server.py"])
        let environment = (container?["env"]?.array ?? []).reduce(into: [String: String]()) {
            $0[$1["name"]?.string ?? ""] = $1["value"]?.string
        }
        #expect(environment["MOD_NAME"] == "hello")
        #expect(environment["FUNC_HANDLER"] == "handler")
        #expect(environment["FUNC_TIMEOUT"] == "9")
        #expect(environment["A"] == "b")
        #expect(container?["volumeMounts"]?.array?.contains { $0["mountPath"] == "/mail" } == true)
        #expect(pod?["securityContext"] == ["runAsUser": 1000, "fsGroup": 1000])
        #expect(deployment["spec"]?["strategy"]?["rollingUpdate"]?["maxUnavailable"] == 0)
        for object in [map, service, deployment] {
            let owner = object["metadata"]?["ownerReferences"]?[0]
            #expect(owner?["kind"] == "Function")
            #expect(owner?["uid"] == "uid-hello")
        }
    }

    @Test("Triggers and scaling become resources, Ingress, CronJob and autoscaler of the versions that are served")
    func triggers() async throws {
        let order = FunctionOrder(
            name: "hello", code: .source(Sample.source()), minimum: 1, maximum: 4,
            triggers: [.schedule(cron: "*/5 * * * *", payload: "{\"a\":1}"), .http(host: "h.example", path: "/x")])
        let cluster = TableCluster(Self.modern)
        _ = try await platform(cluster).deploy(order)
        #expect(cluster.all[Self.path("kubeless.io/v1beta1", "cronjobtriggers")]?["spec"]?["payload"] == ["a": 1])
        #expect(cluster.all[Self.path("kubeless.io/v1beta1", "httptriggers")]?["spec"]?["host-name"] == "h.example")
        let job = try #require(cluster.all[Self.path("batch/v1", "cronjobs", "trigger-hello")])
        #expect(job["spec"]?["schedule"] == "*/5 * * * *")
        let container = job["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"]?["containers"]?[0]
        #expect(container?["image"] == "busybox:1")
        #expect(container?["env"]?[0]?["value"] == "http://hello.fn:8080/")
        // Kubeless' servers read JSON only where it is called that.
        func type(_ payload: String?) -> JSONValue? {
            TriggerObjects.cronJob(
                name: "a", framework: "kubeless", namespace: "fn", version: "batch/v1", cron: "* * * * *",
                payload: payload, url: "http://a/", image: "i", owner: nil)["spec"]?["jobTemplate"]?["spec"]?[
                    "template"]?[
                    "spec"]?["containers"]?[0]?["env"]?[2]
        }
        #expect(container?["env"]?[2] == ["name": "TYPE", "value": "application/json"])
        #expect(type(nil)?["value"] == "application/json")
        #expect(type("now")?["value"] == "text/plain")
        let ingress = try #require(cluster.all[Self.path("networking.k8s.io/v1", "ingresses")])
        #expect(ingress["spec"]?["rules"]?[0]?["host"] == "h.example")
        let served = ingress["spec"]?["rules"]?[0]?["http"]?["paths"]?[0]
        #expect(served?["path"] == "/x")
        // "must be no more than 15 characters", says a real API server of the name of the Service's port.
        #expect(served?["backend"]?["service"]?["port"] == ["number": 8080])
        let scaler = try #require(cluster.all[Self.path("autoscaling/v2", "horizontalpodautoscalers")])
        #expect(scaler["spec"]?["maxReplicas"] == 4)
        #expect(cluster.all[Self.path("apps/v1", "deployments")]?["spec"]?["replicas"] == nil)

        let old = TableCluster()
        _ = try await platform(old).deploy(order)
        #expect(old.all[Self.path("batch/v1beta1", "cronjobs", "trigger-hello")] != nil)
        #expect(old.all[Self.path("autoscaling/v2beta2", "horizontalpodautoscalers")] != nil)
    }

    @Test("Where Kubeless' own controller runs, it makes the objects")
    func controller() async throws {
        let cluster = TableCluster([
            "/apis/apps/v1/namespaces/kubeless/deployments/kubeless-controller-manager": [
                "metadata": ["name": "kubeless-controller-manager"]
            ],
            "/api/v1/namespaces/kubeless/pods/manager-1": [
                "metadata": ["name": "manager-1", "labels": ["kubeless": "controller"]],
                "status": ["containerStatuses": [["name": "function-controller", "state": ["running": [:]]]]],
            ],
        ])
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        #expect(cluster.writes == ["apply \(Self.path("kubeless.io/v1beta1", "functions"))"])
    }

    @Test("Something else of the same name is not taken over")
    func foreign() async throws {
        let cluster = TableCluster([Self.path("v1", "services"): ["metadata": ["name": "hello"]]])
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        }
        #expect(problem?.code == "function.conflict")
        #expect(cluster.writes.isEmpty)
    }

    @Test("An order that would be refused leaves everything as it was, and so does one with a Secret that is not there")
    func refusedOrder() async throws {
        let cluster = TableCluster(Self.modern)
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        let before = cluster.all
        cluster.refuse(
            Self.path("apps/v1", "deployments"),
            .status(code: 422, reason: "Invalid", message: "resources: Invalid value: \"128MB\"", path: ""))
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source("hello.py", "new")), memory: "128MB"))
        }
        #expect(problem?.code == "kubernetes.invalid")
        let secret = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source("hello.py", "new")), secrets: ["typo"]))
        }
        #expect(secret?.code == "function.secret")
        #expect(cluster.all == before)
    }

    @Test("Triggers and the autoscaler of an earlier order go")
    func triggersGo() async throws {
        let cluster = TableCluster(Self.modern)
        var order = FunctionOrder(name: "hello", code: .source(Sample.source()))
        _ = try await platform(cluster).deploy(order)
        let before = Set(cluster.all.keys)
        order.triggers = [.schedule(cron: "*/5 * * * *", payload: nil), .http(host: "h.example", path: "/x")]
        order.minimum = 1
        order.maximum = 4
        _ = try await platform(cluster).deploy(order)
        #expect(cluster.all.count == before.count + 5)
        order.triggers = []
        (order.minimum, order.maximum) = (nil, nil)
        _ = try await platform(cluster).deploy(order)
        #expect(Set(cluster.all.keys) == before)
    }

    @Test("A folder keeps its paths, and new content makes new pods")
    func folder() throws {
        let files: [SourcePackage.File] = [
            .init(path: "handler.py", bytes: Array("a".utf8)), .init(path: "lib/x.py", bytes: Array("b".utf8)),
            .init(path: "requirements.txt", bytes: Array("requests\n".utf8)),
        ]
        let order = FunctionOrder(
            name: "hello", code: .source(SourcePackage(files: files, main: "handler.py", isFolder: true)))
        let pod = try Sample.servers.pod(order, order.source!, Sample.runtimes[0], framework: "kubeless")
        let map = pod.configMap("hello", namespace: "fn", framework: "kubeless", owner: nil)
        let volume = pod.volume(named: "v", configMap: "hello")
        let key = try #require(
            volume["configMap"]?["items"]?.array?.first { $0["path"] == "lib/x.py" }?["key"]?.string)
        #expect(!key.contains("/"))
        #expect(map["data"]?[key] == "b")
        #expect(pod.installation?.contains("requirements.txt") == true)
        let objects = KubelessObjects(site: Self.site, order: order, pod: pod, uid: "u")
        #expect(objects.deployment["spec"]?["template"]?["spec"]?["initContainers"]?[0]?["name"] == "install")
        var changed = files
        changed[1].bytes = Array("c".utf8)
        let other = SourcePackage(files: changed, main: "handler.py", isFolder: true)
        let second = try Sample.servers.pod(order, other, Sample.runtimes[0], framework: "kubeless")
        #expect(pod.digest != second.digest)
    }

    @Test("Handlers that name nothing, runtimes without a server or image, images")
    func refused() async throws {
        let cluster = TableCluster()
        func code(_ order: FunctionOrder, _ site: FunctionSite = Self.site) async -> String? {
            await #expect(throws: Diagnostic.self) { _ = try await platform(cluster, site).deploy(order) }?.code
        }
        let source = FunctionOrder.Code.source(Sample.source())
        #expect(await code(FunctionOrder(name: "a", code: source, handler: "hello")) == "function.handler")
        #expect(await code(FunctionOrder(name: "a", code: source, handler: "other.run")) == "function.handler")
        #expect(await code(FunctionOrder(name: "a", code: source, runtime: "cobol")) == "function.runtime")
        #expect(await code(FunctionOrder(name: "a", code: .image("x:1"))) == "function.input")
        #expect(
            await code(FunctionOrder(name: "a", code: source, triggers: [.queue(topic: "t")])) == "function.trigger")
        var small = Self.site
        small.sourceLimit = 10
        #expect(await code(FunctionOrder(name: "a", code: source), small) == "function.source-too-large")
        var bare = Self.site
        bare.runtimes = [FunctionRuntime(id: "python", language: "python")]
        #expect(await code(FunctionOrder(name: "a", code: source), bare) == "function.controller")
        #expect(cluster.writes.isEmpty)
    }

    @Test("Invoked through the API server with the headers of Kubeless' own program")
    func invokes() async throws {
        let cluster = TableCluster(proxied: { request in
            let headers = Dictionary(request.headers.map { ($0.name, $0.value) }) { $1 }
            let told = [
                request.namespace, request.service, request.port, request.path, headers["event-type"] ?? "",
                headers["event-namespace"] ?? "", String(headers["event-id"]?.count ?? 0),
                headers["Content-Type"] ?? "",
            ]
            return .success(ProxyAnswer(status: 200, body: Array(told.joined(separator: " ").utf8)))
        })
        let answer = try await platform(cluster).invoke("hello", Invocation(body: Array("{\"a\":1}".utf8)))
        #expect(
            answer.text == "fn hello http-function-port / application/json cli.kubeless.io 11 application/json")
        let missing = await #expect(throws: Diagnostic.self) {
            _ = try await platform(TableCluster()).invoke("hello", Invocation())
        }
        #expect(missing?.code == "function.not-found")
        let asynchronous = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).invoke("hello", Invocation(isAsynchronous: true))
        }
        #expect(asynchronous?.code == "function.no-async")
    }

    @Test("No endpoint is said to be that")
    func noEndpoint() async throws {
        let cluster = TableCluster(proxied: { _ in
            .failure(.status(code: 503, reason: "ServiceUnavailable", message: "no endpoints available", path: ""))
        })
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).invoke("hello", Invocation())
        }
        #expect(problem?.code == "function.no-endpoint")
    }

    @Test("Listed and described with the Deployment's state; deleted with the resource")
    func looks() async throws {
        let cluster = TableCluster(Self.modern)
        let platform = platform(cluster)
        _ = try await platform.deploy(
            FunctionOrder(
                name: "hello", code: .source(Sample.source()),
                triggers: [.schedule(cron: "0 6 * * *", payload: nil)]))
        let pending = try await platform.describe("hello")
        #expect(pending.state == .pending)
        var deployment = try #require(cluster.all[Self.path("apps/v1", "deployments")])
        deployment["status"] = ["replicas": 1, "updatedReplicas": 1, "availableReplicas": 1]
        cluster.set(Self.path("apps/v1", "deployments"), deployment)
        let records = try await platform.list()
        #expect(records.map(\.name) == ["hello"])
        #expect(records[0].state == .ready)
        #expect(records[0].triggers == ["schedule 0 6 * * *"])
        #expect(records[0].terms["handler"] == "hello.handler")
        try await platform.scale("hello", to: 3)
        #expect(cluster.all[Self.path("apps/v1", "deployments")]?["spec"]?["replicas"] == 3)
        try await platform.delete("hello")
        #expect(cluster.all[Self.path("kubeless.io/v1beta1", "functions")] == nil)
        #expect(cluster.all[Self.path("kubeless.io/v1beta1", "cronjobtriggers")] == nil)
        let gone = await #expect(throws: Diagnostic.self) { try await platform.delete("hello") }
        #expect(gone?.code == "function.not-found")
    }
}
