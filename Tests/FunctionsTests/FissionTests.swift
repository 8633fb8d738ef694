import Diagnostics
import Foundation
import KubernetesAPI
import Testing
import WebClient

@testable import Functions

/// Shapes after fission/fission pkg/apis/core/v1/types.go and crds/v1; the cluster is a table of objects.
///
/// Not verified against a real Fission.
@Suite("Fission")
struct FissionTests {
    static let site = FunctionSite(
        framework: "fission", adapter: .fission, namespace: "default", core: "fission",
        gateway: ServiceAddress(namespace: "fission", service: "router", port: "80"),
        runtimes: [
            FunctionRuntime(id: "python", language: "python", image: "ghcr.io/fission/python-env", isDefault: true)
        ],
        triggers: [.http, .schedule, .queue], isAsynchronous: true, scalesToZero: true)

    func platform(_ cluster: TableCluster, _ web: any WebCalls = NoWeb()) -> FissionPlatform {
        FissionPlatform(
            Sample.gateway(Self.site, cluster, web, door: ServiceDoor(.direct(url: "http://10.0.0.1:31314"))))
    }

    static func path(_ plural: String, _ name: String = "hello") -> String {
        "/apis/fission.io/v1/namespaces/default/\(plural)/\(name)"
    }

    @Test("Source becomes environment, package, function and route; new source a new package")
    func source() async throws {
        let cluster = TableCluster()
        let platform = platform(cluster)
        #expect(try await platform.deploy(FunctionOrder(name: "hello", code: .source(Sample.source()))) == .created)
        #expect(cluster.all[Self.path("environments", "python")]?["spec"]?["version"] == 3)
        let function = try #require(cluster.all[Self.path("functions")])
        let first = try #require(function["spec"]?["package"]?["packageref"]?["name"]?.string)
        let package = try #require(cluster.all[Self.path("packages", first)])
        #expect(package["spec"]?["deployment"]?["type"] == "literal")
        let literal = package["spec"]?["deployment"]?["literal"]?.string.flatMap { Data(base64Encoded: $0) }
        #expect(literal.map { String(decoding: $0, as: UTF8.self) }?.contains("def handler") == true)
        #expect(
            function["spec"]?["InvokeStrategy"]?["ExecutionStrategy"] == ["ExecutorType": "poolmgr"])
        #expect(cluster.all[Self.path("httptriggers")]?["spec"]?["relativeurl"] == "/hello")
        let change = try await platform.deploy(
            FunctionOrder(name: "hello", code: .source(Sample.source("hello.py", "def main(): return 'new'\n"))))
        #expect(change == .updated)
        #expect(cluster.all[Self.path("packages", first)] == nil)
        #expect(cluster.all.keys.count { $0.contains("/packages/") } == 1)
    }

    @Test("Variables need a deployment of its own, images the container executor")
    func executors() {
        func strategy(_ order: FunctionOrder) -> JSONValue? {
            FissionPlatform.function(order, Self.site, package: "p", environment: "python")["spec"]?[
                "InvokeStrategy"]?["ExecutionStrategy"]
        }
        let source = FunctionOrder.Code.source(Sample.source())
        #expect(
            strategy(FunctionOrder(name: "a", code: source, environment: ["A": "b"]))?["ExecutorType"] == "newdeploy")
        let image = strategy(FunctionOrder(name: "a", code: .image("x:1"), minimum: 0, maximum: 2))
        #expect(image?["ExecutorType"] == "container")
        #expect(image?["MinScale"] == 0)
        #expect(image?["MaxScale"] == 2)
        let function = FissionPlatform.function(
            FunctionOrder(name: "a", code: .image("x:1"), environment: ["PORT": "8080"]), Self.site, package: nil,
            environment: nil)
        #expect(function["spec"]?["podspec"]?["containers"]?[0]?["ports"]?[0]?["containerPort"] == 8080)
        #expect(function["spec"]?["environment"] == ["namespace": "default"])
    }

    @Test("More than a literal holds is refused with both sizes")
    func large() async throws {
        let text = String(repeating: "#", count: 300 << 10)
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(TableCluster()).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source("hello.py", text))))
        }
        #expect(problem?.code == "function.source-too-large")
        #expect(problem?.summary.contains("300 KiB") == true)
        #expect(problem?.summary.contains("256 KiB") == true)
    }

    @Test("A new route is waited for; a function that says 404 is not asked again and again for long")
    func routes() async throws {
        let cluster = TableCluster([
            Self.path("functions"): ["metadata": ["name": "hello"], "spec": [:]],
            Self.path("httptriggers"): [
                "metadata": ["name": "hello"],
                "spec": ["relativeurl": "/hello", "functionref": ["name": "hello"]],
            ],
        ])
        let web = TableWeb(["POST /hello": [(404, ""), (404, ""), (200, "hi")]])
        var patient = platform(cluster, web)
        patient.patience = .seconds(60)
        #expect(try await patient.invoke("hello", Invocation()).text == "hi")
        #expect(web.sent.count == 3)
        let missing = await #expect(throws: Diagnostic.self) {
            _ = try await platform(TableCluster(), TableWeb(["POST /hello": [(404, "")]])).invoke("hello", Invocation())
        }
        #expect(missing?.code == "function.not-found")
    }

    @Test("A trigger that calls another function is neither taken over nor deleted; one of an earlier order goes")
    func triggers() async throws {
        let other = "/apis/fission.io/v1/namespaces/default/timetriggers/hello"
        let cluster = TableCluster([other: ["metadata": ["name": "hello"], "spec": ["functionref": ["name": "other"]]]])
        let order = FunctionOrder(name: "hello", code: .source(Sample.source()))
        let conflict = await #expect(throws: Diagnostic.self) { _ = try await platform(cluster).deploy(order) }
        #expect(conflict?.code == "function.conflict")
        #expect(cluster.writes.isEmpty)
        let missing = await #expect(throws: Diagnostic.self) { try await platform(cluster).delete("hello") }
        #expect(missing?.code == "function.not-found")
        #expect(cluster.all[other] != nil)
        cluster.set(other, nil)
        var scheduled = order
        scheduled.triggers = [.schedule(cron: "0 6 * * *", payload: nil)]
        _ = try await platform(cluster).deploy(scheduled)
        #expect(cluster.all[other] != nil)
        _ = try await platform(cluster).deploy(order)
        #expect(cluster.all[other] == nil)
    }

    @Test("An environment that is there keeps its image, and says so")
    func environmentImage() async throws {
        let cluster = TableCluster([Self.path("environments", "python"): ["spec": ["runtime": ["image": "a:1"]]]])
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source()), runtimeImage: "b:2"))
        }
        #expect(problem?.code == "function.runtime-image")
        #expect(problem?.summary.contains("a:1") == true)
        #expect(cluster.writes.isEmpty)
    }

    @Test("Asynchronous calls bear the header; where the feature is off that is said")
    func asynchronous() async throws {
        let web = TableWeb(["POST /hello": [(202, "{}"), (501, "")]])
        let platform = platform(TableCluster(), web)
        #expect(try await platform.invoke("hello", Invocation(isAsynchronous: true)).status == 202)
        #expect(web.sent[0].headers["x-fission-invoke-mode"] == "async")
        let off = await #expect(throws: Diagnostic.self) {
            _ = try await platform.invoke("hello", Invocation(isAsynchronous: true))
        }
        #expect(off?.code == "function.no-async")
    }

    @Test("A package that cannot be built fails the function")
    func build() async throws {
        let cluster = TableCluster([
            Self.path("functions"): [
                "metadata": ["name": "hello"], "spec": ["package": ["packageref": ["name": "p"]]],
            ],
            Self.path("packages", "p"): ["status": ["buildstatus": "failed", "buildlog": "no module named x"]],
        ])
        let record = try await platform(cluster).describe("hello")
        #expect(record.state == .failed)
        #expect(record.reason == "no module named x")
    }

    @Test("Deleting leaves nothing")
    func deletes() async throws {
        let cluster = TableCluster()
        let platform = platform(cluster)
        _ = try await platform.deploy(
            FunctionOrder(
                name: "hello", code: .source(Sample.source()), triggers: [.schedule(cron: "* * * * *", payload: nil)]))
        try await platform.delete("hello")
        // The environment is shared.
        #expect(cluster.all.keys.filter { !$0.contains("/environments/") } == [])
    }
}
