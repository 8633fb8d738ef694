import Diagnostics
import Foundation
import KubernetesAPI
import Testing
import WebClient

@testable import Functions

/// Objects as a real Knative Serving 1.1.4 answered them (Recorded/knative.json), and after knative/serving pkg/apis/serving/v1; the cluster
/// is a table of objects, the ingress a table of answers.
@Suite("Knative")
struct KnativeTests {
    static let site = FunctionSite(
        framework: "knative", adapter: .knative, namespace: "default", core: "knative-serving",
        gateway: ServiceAddress(namespace: "kourier-system", service: "kourier", port: "80"),
        runtimes: Sample.runtimes, triggers: [.http, .schedule, .queue], scalesToZero: true)

    static let path = "/apis/serving.knative.dev/v1/namespaces/default/services/hello"

    func platform(_ cluster: TableCluster, _ web: any WebCalls = NoWeb()) -> KnativePlatform {
        KnativePlatform(
            Sample.gateway(Self.site, cluster, web, door: ServiceDoor(.direct(url: "http://10.0.0.1:31080"))),
            servers: Sample.servers)
    }

    static func service(_ status: JSONValue, generation: Int = 1) -> JSONValue {
        [
            "metadata": ["name": "hello", "generation": .integer(generation)],
            "spec": ["template": ["spec": ["containers": [["image": "hello:1"]]]]], "status": status,
        ]
    }

    @Test("An image with environment, secrets and bounds")
    func image() async throws {
        let cluster = TableCluster(["/api/v1/namespaces/default/secrets/key": [:]])
        let change = try await platform(cluster).deploy(
            FunctionOrder(
                name: "hello", code: .image("ghcr.io/knative/helloworld-go:latest"), environment: ["TARGET": "World"],
                secrets: ["key"], timeout: 30, memory: "128Mi", minimum: 0, maximum: 5))
        #expect(change == .created)
        let template = try #require(cluster.all[Self.path]?["spec"]?["template"])
        #expect(
            template["metadata"]?["annotations"] == [
                "autoscaling.knative.dev/min-scale": "0", "autoscaling.knative.dev/max-scale": "5",
            ])
        let spec = template["spec"]
        #expect(spec?["timeoutSeconds"] == 30)
        let container = spec?["containers"]?[0]
        #expect(container?["env"] == [["name": "TARGET", "value": "World"]])
        #expect(container?["resources"] == ["limits": ["memory": "128Mi"]])
        #expect(container?["volumeMounts"]?[0]?["mountPath"] == "/var/secrets/key")
        #expect(spec?["volumes"]?[0]?["secret"] == ["secretName": "key"])
    }

    @Test("Source is served from a ConfigMap, and Knative chooses the port")
    func source() async throws {
        let cluster = TableCluster()
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        #expect(cluster.all["/api/v1/namespaces/default/configmaps/hello"]?["data"]?["hello.py"] != nil)
        let container = cluster.all[Self.path]?["spec"]?["template"]?["spec"]?["containers"]?[0]
        #expect(container?["image"] == "python:3.11-slim")
        let names = (container?["env"]?.array ?? []).compactMap { $0["name"]?.string }
        #expect(names.contains("MOD_NAME"))
        #expect(!names.contains("FUNC_PORT"))
    }

    @Test("A namespace that is not there is named, and nothing without a name is deleted")
    func places() async throws {
        let cluster = TableCluster()
        let code = "/api/v1/namespaces/default/configmaps/hello"
        cluster.refuse(
            Self.path, .status(code: 404, reason: "NotFound", message: "namespaces \"default\" not found", path: ""))
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        }
        #expect(problem?.code == "function.namespace")
        #expect(problem?.summary.hasPrefix("there is no namespace default") == true)
        #expect(cluster.all[code] == nil)
        // The API server takes DELETE of `.../services/` for all of them.
        await #expect(throws: Diagnostic.self) { try await platform(cluster).delete("") }
        #expect(!cluster.writes.contains { $0.hasPrefix("delete") })
    }

    @Test("New code does not reach revisions of before by an order that is refused")
    func refused() async throws {
        let cluster = TableCluster()
        let code = "/api/v1/namespaces/default/configmaps/hello"
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        let before = cluster.all
        cluster.refuse(
            Self.path, .status(code: 400, reason: "BadRequest", message: "expected 0 <= 3600 <= 600", path: ""))
        await #expect(throws: Diagnostic.self) {
            _ = try await platform(cluster).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source("hello.py", "new")), timeout: 3600))
        }
        #expect(cluster.all == before)
        let foreign = TableCluster([code: ["metadata": ["name": "hello"], "data": ["a": "b"]]])
        let conflict = await #expect(throws: Diagnostic.self) {
            _ = try await platform(foreign).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        }
        #expect(conflict?.code == "function.conflict")
        #expect(foreign.writes.isEmpty)
    }

    @Test(
        "Ready only when the newest generation is seen",
        arguments: [
            (1, 1, "True", FunctionRecord.State.ready), (2, 1, "True", .pending), (1, 1, "Unknown", .pending),
            (1, 1, "False", .failed),
        ])
    func states(_ generation: Int, _ seen: Int, _ status: String, _ state: FunctionRecord.State) async throws {
        let cluster = TableCluster([
            Self.path: Self.service(
                [
                    "observedGeneration": .integer(seen),
                    "conditions": [
                        [
                            "type": "Ready", "status": .string(status), "reason": "RevisionFailed",
                            "message": "Unable to fetch image \"hello:1\"",
                        ]
                    ],
                ], generation: generation)
        ])
        let record = try await platform(cluster).describe("hello")
        #expect(record.state == state)
        if state == .failed { #expect(record.reason == "RevisionFailed: Unable to fetch image \"hello:1\"") }
    }

    /// As a real 1.23.0 on Kubernetes 1.36.3 said it, shortened.
    static let unresolved: JSONValue = [
        "observedGeneration": 1, "latestCreatedRevisionName": "hello-00001",
        "conditions": [
            [
                "type": "ConfigurationsReady", "status": "False", "reason": "RevisionFailed",
                "message": "Revision \"hello-00001\" failed with message: Unable to fetch image \"hello:1\"",
            ],
            [
                "type": "Ready", "status": "False", "reason": "RevisionMissing",
                "message": "Configuration \"hello\" does not have any ready Revision.",
            ],
        ],
    ]

    @Test("Why it failed is told, not only that there is no revision")
    func cause() async throws {
        let cluster = TableCluster([Self.path: Self.service(Self.unresolved)])
        let record = try await platform(cluster).describe("hello")
        #expect(record.state == .failed)
        #expect(record.reason.contains("Unable to fetch image"))
    }

    @Test("What was given up is tried again with the next order; what runs keeps its revision")
    func triedAgain() async throws {
        let order = FunctionOrder(name: "hello", code: .image("hello:1"))
        for (status, expected) in [
            (Self.unresolved, "hello-00001"), (["observedGeneration": 1], nil),
        ] as [(JSONValue, JSONValue?)] {
            let cluster = TableCluster([Self.path: Self.service(status)])
            #expect(try await platform(cluster).deploy(order) == .updated)
            let annotations = cluster.all[Self.path]?["spec"]?["template"]?["metadata"]?["annotations"]
            #expect(annotations?["martlet.dev/after-revision"] == expected)
        }
    }

    @Test("Requests are counted under the names of both generations of metrics")
    func counts() async throws {
        let pod: JSONValue = [
            "metadata": ["name": "hello-1", "labels": ["serving.knative.dev/service": "hello"]]
        ]
        // The second as queue-proxy 1.23.0 wrote it with `request-metrics-protocol: prometheus`.
        for text in [
            "revision_request_count{response_code=\"200\"} 7\n",
            """
            http_client_request_duration_seconds_count{http_response_status_code="200",server_port="8080"} 7
            kn_serving_invocation_duration_seconds_bucket{http_response_status_code="200",le="0.005"} 6
            kn_serving_invocation_duration_seconds_count{http_response_status_code="200",otel_scope_version=""} 7

            """,
        ] {
            let cluster = TableCluster(
                ["/api/v1/namespaces/default/pods/hello-1": pod], podTexts: ["hello-1:9091/metrics": text])
            #expect(try await platform(cluster).counted("hello")?.value == 7)
        }
        let silent = TableCluster(
            ["/api/v1/namespaces/default/pods/hello-1": pod], podTexts: ["hello-1:9091/metrics": ""])
        #expect(try await platform(silent).counted("hello") == nil)
    }

    @Test("Triggers of an earlier order go")
    func earlierTriggers() async throws {
        let ping = "/apis/sources.knative.dev/v1/namespaces/default/pingsources/hello"
        let trigger = "/apis/eventing.knative.dev/v1/namespaces/default/triggers/hello-orders"
        let labels: JSONValue = ["martlet.dev/function": "hello"]
        let cluster = TableCluster([
            Self.path: Self.service(["observedGeneration": 1]),
            ping: ["metadata": ["name": "hello", "labels": labels]],
            trigger: ["metadata": ["name": "hello-orders", "labels": labels]],
        ])
        _ = try await platform(cluster).deploy(FunctionOrder(name: "hello", code: .image("hello:1")))
        #expect(cluster.all[ping] == nil)
        #expect(cluster.all[trigger] == nil)
    }

    @Test(
        "A real one before it is ready, ready, changed, and with an image that cannot be pulled",
        arguments: [
            ("status before it is ready", FunctionRecord.State.pending), ("status", .ready),
            ("status after the change", .ready),
            ("status of an image that cannot be pulled, after 150 s", .pending),
        ])
    func recorded(_ name: String, _ state: FunctionRecord.State) async throws {
        let exchange = try #require(try Dialogue("knative").exchange(name))
        let service = try #require(exchange.response?.json)
        var site = Self.site
        site.namespace = "knative-fn"
        let own = service["metadata"]?["name"]?.string ?? ""
        let cluster = TableCluster(["/apis/serving.knative.dev/v1/namespaces/knative-fn/services/\(own)": service])
        let platform = KnativePlatform(Sample.gateway(site, cluster), servers: Sample.servers)
        let record = try await platform.describe(own)
        #expect(record.state == state, "\(record.reason)")
        guard state == .ready else { return }
        #expect(record.url == "http://hello.knative-fn.knative.local")
        #expect(try await platform.remembered(own) == "hello.knative-fn.knative.local")
    }

    @Test("No instance is idle, not broken")
    func idle() async throws {
        let cluster = TableCluster([
            Self.path: Self.service([
                "observedGeneration": 1, "latestReadyRevisionName": "hello-00001",
                "conditions": [["type": "Ready", "status": "True"]],
            ]),
            "/apis/serving.knative.dev/v1/namespaces/default/revisions/hello-00001": ["status": ["actualReplicas": 0]],
        ])
        #expect(try await platform(cluster).describe("hello").state == .idle)
    }

    @Test("The host of the function's URL says which is meant")
    func invokes() async throws {
        let cluster = TableCluster([
            Self.path: Self.service(["url": "http://hello.default.10.0.0.1.sslip.io"])
        ])
        let web = TableWeb(["POST /": [(200, "Hello World!\n")]])
        let answer = try await platform(cluster, web).invoke("hello", Invocation(body: Array("x".utf8)))
        #expect(answer.text == "Hello World!\n")
        #expect(web.sent.last?.headers["host"] == "hello.default.10.0.0.1.sslip.io")
        let early = await #expect(throws: Diagnostic.self) {
            _ = try await platform(TableCluster([Self.path: Self.service([:])]), web).invoke("hello", Invocation())
        }
        #expect(early?.code == "function.not-ready")
        let missing = await #expect(throws: Diagnostic.self) {
            _ = try await platform(TableCluster(), web).invoke("hello", Invocation())
        }
        #expect(missing?.code == "function.not-found")
    }

    @Test("Triggers need Eventing, and say so")
    func triggers() async throws {
        let order = FunctionOrder(
            name: "hello", code: .image("a:1"),
            triggers: [.schedule(cron: "* * * * *", payload: "{}"), .queue(topic: "com.example.order")])
        let without = await #expect(throws: Diagnostic.self) { _ = try await platform(TableCluster()).deploy(order) }
        #expect(without?.code == "function.trigger")
        let cluster = TableCluster([
            "/apis/sources.knative.dev/v1": ["resources": [["name": "pingsources"]]],
            "/apis/eventing.knative.dev/v1": ["resources": [["name": "triggers"]]],
        ])
        _ = try await platform(cluster).deploy(order)
        let ping = cluster.all["/apis/sources.knative.dev/v1/namespaces/default/pingsources/hello"]
        #expect(ping?["spec"]?["sink"]?["ref"]?["name"] == "hello")
        let trigger = cluster.all["/apis/eventing.knative.dev/v1/namespaces/default/triggers/hello-com-example-order"]
        #expect(trigger?["spec"]?["filter"] == ["attributes": ["type": "com.example.order"]])
        try await platform(cluster).delete("hello")
        #expect(cluster.all.keys.filter { $0.contains("/hello") } == [])
    }

    @Test("Scaling sets the bounds; zero only lifts the lower one")
    func scales() async throws {
        let cluster = TableCluster([Self.path: Self.service([:])])
        try await platform(cluster).scale("hello", to: 2)
        let path = ["spec", "template", "metadata", "annotations"]
        let annotations = path.reduce(cluster.all[Self.path]) { $0?[$1] }
        #expect(
            annotations
                == ["autoscaling.knative.dev/min-scale": "2", "autoscaling.knative.dev/max-scale": "2"])
        try await platform(cluster).scale("hello", to: 0)
        #expect(
            path.reduce(cluster.all[Self.path]) { $0?[$1] } == ["autoscaling.knative.dev/min-scale": "0"])
    }
}
