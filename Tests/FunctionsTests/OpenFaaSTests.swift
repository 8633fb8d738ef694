import Diagnostics
import Foundation
import KubernetesAPI
import Testing
import WebClient

@testable import Functions

/// Against the recorded dialogue of OpenFaaS gateway 0.26.3 and faas-netes 0.16.6.
@Suite("OpenFaaS")
struct OpenFaaSTests {
    static let site = FunctionSite(
        framework: "openfaas", adapter: .openfaas, namespace: "openfaas-fn", core: "openfaas",
        gateway: ServiceAddress(
            namespace: "openfaas", service: "gateway", port: "8080", outside: "gateway-external"),
        credentials: .basic(
            namespace: "openfaas", secret: "basic-auth", user: "basic-auth-user", password: "basic-auth-password"),
        runtimes: [FunctionRuntime(id: "shell", language: "shell", image: "alpine:1", isDefault: true)],
        triggers: [.http, .schedule, .queue], isAsynchronous: true, maximum: 5)

    static let secret: JSONValue = [
        "data": [
            "basic-auth-user": .string(Data("admin".utf8).base64EncodedString()),
            "basic-auth-password": .string(Data("secret\n".utf8).base64EncodedString()),
        ]
    ]

    func platform(
        _ web: any WebCalls, cluster: TableCluster = TableCluster(),
        door: ServiceDoor? = ServiceDoor(.direct(url: "http://10.0.0.1:31112")), environment: [String: String] = [:]
    ) -> OpenFaaSPlatform {
        if cluster.all["/api/v1/namespaces/openfaas/secrets/basic-auth"] == nil {
            cluster.set("/api/v1/namespaces/openfaas/secrets/basic-auth", Self.secret)
        }
        let client = DoorClient(cluster: cluster, web: web, insecureWeb: web)
        return OpenFaaSPlatform(FunctionGateway(Self.site, client, door: door, environment: environment))
    }

    static let deployment: JSONValue = [
        "metadata": ["generation": 1], "spec": ["replicas": 1],
        "status": ["observedGeneration": 1, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1],
    ]

    @Test("A new function is posted, in the shape that the real gateway takes")
    func deploys() async throws {
        let web = try Dialogue(
            "openfaas", script: ["status of a function that is not there", "deploy"])
        let change = try await platform(web).deploy(
            FunctionOrder(name: "hello", code: .image("ghcr.io/openfaas/alpine:latest"), command: "cat"))
        #expect(change == .created)
        #expect(web.requests.last == "POST /system/functions")
    }

    @Test(
        "An image with an interpreter makes a language out of nothing",
        arguments: [("py", nil), ("x", "python"), ("x", "py")] as [(String, String?)])
    func anyLanguage(_ ending: String, _ runtime: String?) throws {
        let language = ending == "py" ? "python" : nil
        #expect(throws: Diagnostic.self) {
            try RuntimeChoice.choose(runtime, language: language, of: Self.site.runtimes, framework: "openfaas")
        }
        let chosen = try RuntimeChoice.choose(
            runtime, language: language, of: Self.site.runtimes, framework: "openfaas", image: "somebody/python:7")
        #expect(chosen.language == "python" && chosen.image == "somebody/python:7")
        #expect(try OpenFaaSPlatform.command(chosen.language) == "python3")
    }

    @Test("The body has what was ordered")
    func body() throws {
        let order = FunctionOrder(
            name: "hello", code: .image("alpine:1"), command: "cat", environment: ["A": "b"], secrets: ["key"],
            labels: ["team": "blue"], annotations: ["note": "x"], timeout: 7, memory: "64Mi", minimum: 1, maximum: 3)
        let body = OpenFaaSPlatform.body(order, Self.site)
        #expect(body["service"] == "hello")
        #expect(body["image"] == "alpine:1")
        #expect(body["namespace"] == "openfaas-fn")
        #expect(body["envProcess"] == "cat")
        #expect(
            body["envVars"]
                == ["A": "b", "exec_timeout": "7s", "read_timeout": "7s", "write_timeout": "7s"])
        #expect(body["secrets"] == ["key"])
        #expect(body["labels"]?["com.openfaas.scale.min"] == "1")
        #expect(body["labels"]?["com.openfaas.scale.max"] == "3")
        #expect(body["labels"]?["team"] == "blue")
        #expect(body["annotations"] == ["note": "x"])
        #expect(body["limits"] == ["memory": "64Mi"])
    }

    @Test("One that is there is put")
    func updates() async throws {
        let web = try Dialogue("openfaas", script: ["status", "update"])
        let cluster = TableCluster([
            "/apis/apps/v1/namespaces/openfaas-fn/deployments/hello": Self.deployment
        ])
        let change = try await platform(web, cluster: cluster).deploy(
            FunctionOrder(name: "hello", code: .image("ghcr.io/openfaas/alpine:latest")))
        #expect(change == .updated)
        #expect(web.requests.last == "PUT /system/functions")
    }

    @Test("Source travels as a secret and is run by the image's interpreter")
    func source() async throws {
        let web = try Dialogue(
            "openfaas",
            script: ["status of a function that is not there", "create a secret again", "replace a secret", "deploy"])
        let package = SourcePackage(
            files: [.init(path: "hello.sh", bytes: Array("echo hi".utf8))], main: "hello.sh", isFolder: false)
        _ = try await platform(web).deploy(FunctionOrder(name: "hello", code: .source(package)))
        #expect(
            web.requests == [
                "GET /system/function/hello?namespace=openfaas-fn", "POST /system/secrets", "PUT /system/secrets",
                "POST /system/functions",
            ])
    }

    @Test("The gateway's own words are told when it refuses")
    func refusal() async throws {
        let web = try Dialogue(
            "openfaas", script: ["status of a function that is not there", "deploy with a secret that is not there"])
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(web).deploy(
                FunctionOrder(name: "hello", code: .image("a:1"), secrets: ["api-key"]))
        }
        #expect(problem?.code == "function.refused")
        #expect(problem?.detail?.contains("secret") == true)
        #expect(problem?.summary.contains("400") == true)
    }

    @Test("Of a function that was refused no source stays; that of one that is there does")
    func refusedSource() async throws {
        let package = SourcePackage(
            files: [.init(path: "hello.sh", bytes: Array("echo hi".utf8))], main: "hello.sh", isFolder: false)
        let order = FunctionOrder(name: "hello", code: .source(package), secrets: ["api-key"])
        let web = try Dialogue(
            "openfaas",
            script: [
                "status of a function that is not there", "create a secret again", "replace a secret",
                "deploy with a secret that is not there",
            ])
        let problem = await #expect(throws: Diagnostic.self) { _ = try await platform(web).deploy(order) }
        #expect(problem?.code == "function.refused")
        #expect(web.requests.last == "DELETE /system/secrets")
        let there = try Dialogue("openfaas", script: ["status", "create a secret again", "replace a secret"])
        await #expect(throws: Diagnostic.self) { _ = try await platform(there).deploy(order) }
        #expect(there.requests.last == "PUT /system/functions")
        // And it is the code of before, where that can be read.
        let cluster = TableCluster([
            "/api/v1/namespaces/openfaas-fn/secrets/hello-source": [
                "data": ["hello-source": .string(Data("echo old".utf8).base64EncodedString())]
            ]
        ])
        let again = try Dialogue("openfaas", script: ["status", "create a secret again", "replace a secret"])
        await #expect(throws: Diagnostic.self) { _ = try await platform(again, cluster: cluster).deploy(order) }
        #expect(
            again.requests.suffix(3) == ["PUT /system/functions", "POST /system/secrets", "PUT /system/secrets"])
    }

    @Test("A schedule is shown, and goes with an order that has none")
    func schedules() async throws {
        let path = "/apis/batch/v1beta1/namespaces/openfaas-fn/cronjobs/trigger-hello"
        let cluster = TableCluster([
            path: ["metadata": ["name": "trigger-hello"], "spec": ["schedule": "0 6 * * *"]],
            "/apis/apps/v1/namespaces/openfaas-fn/deployments/hello": Self.deployment,
        ])
        let shown = try await platform(try Dialogue("openfaas", script: ["status"]), cluster: cluster).find("hello")
        #expect(shown?.triggers == ["http /function/hello", "schedule 0 6 * * *"])
        let web = try Dialogue("openfaas", script: ["status", "update"])
        _ = try await platform(web, cluster: cluster).deploy(
            FunctionOrder(name: "hello", code: .image("ghcr.io/openfaas/alpine:latest")))
        #expect(cluster.all[path] == nil)
    }

    @Test("Before anything is sent: names, replicas, folders, languages")
    func refusedHere() async throws {
        let web = try Dialogue("openfaas")
        func code(_ order: FunctionOrder) async -> String? {
            await #expect(throws: Diagnostic.self) { _ = try await platform(web).deploy(order) }?.code
        }
        #expect(await code(FunctionOrder(name: "Hello_World", code: .image("x"))) == "function.name")
        #expect(await code(FunctionOrder(name: "a", code: .image("x"), maximum: 20)) == "function.scale")
        #expect(web.requests.isEmpty)
    }

    @Test("Wrong credentials, none, and none that can be read")
    func credentials() async throws {
        let web = try Dialogue("openfaas")
        let wrong = await #expect(throws: Diagnostic.self) {
            _ = try await platform(web, environment: [BasicCredentials.variable: "admin:wrong"]).list()
        }
        #expect(wrong?.code == "function.credentials")
        #expect(wrong?.summary.contains("MARTLET_FUNCTION_AUTH") == true)
        #expect(wrong?.exitCode == .unreachable)
        let client = DoorClient(cluster: TableCluster(), web: web, insecureWeb: web)
        let absent = await #expect(throws: Diagnostic.self) {
            _ = try await OpenFaaSPlatform(
                FunctionGateway(
                    Self.site, client, door: ServiceDoor(.direct(url: "http://10.0.0.1:31112")), environment: [:])
            ).list()
        }
        #expect(absent?.code == "function.credentials")
        #expect(absent?.summary.contains("openfaas/basic-auth") == true)
    }

    @Test("Without a door that lets credentials through it says so, and what helps")
    func noDoor() async throws {
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(NoWeb(), door: nil).list()
        }
        #expect(problem?.code == "function.no-door")
        #expect(problem?.hint?.contains("--gateway") == true)
    }

    @Test("A list is read as the gateway writes it")
    func lists() async throws {
        let web = try Dialogue("openfaas", script: ["list after invocations were counted"])
        let records = try await platform(web).list()
        #expect(records.count >= 3)
        let slow = try #require(records.first { $0.name == "slow" })
        #expect(slow.framework == "openfaas")
        #expect(slow.namespace == "openfaas-fn")
        #expect(slow.terms["envProcess"] == "sleep 3")
        #expect(slow.image == "ghcr.io/openfaas/alpine:latest")
        #expect(slow.created?.hasPrefix("2026-") == true)
    }

    @Test("Pending until the Deployment is done, also where the gateway counts old instances")
    func pending() async throws {
        let web = try Dialogue("openfaas", script: ["status before it is ready", "status"])
        let early = try await platform(web).find("hello")
        #expect(early?.state == .pending)
        var deployment = Self.deployment
        deployment["status"]?["updatedReplicas"] = 0
        let cluster = TableCluster(["/apis/apps/v1/namespaces/openfaas-fn/deployments/hello": deployment])
        let later = try await platform(web, cluster: cluster).find("hello")
        #expect(later?.state == .pending)
        #expect(later?.reason == "0 of 1 instances are new")
    }

    @Test("An answer is the function's, byte by byte")
    func invokes() async throws {
        let web = try Dialogue("openfaas", script: ["invoke"])
        let answer = try await platform(web).invoke("hello", Invocation(body: Array("hello there".utf8)))
        #expect(answer.status == 200)
        #expect(answer.text == "hello there")
        #expect(answer.id?.isEmpty == false)
        #expect(web.requests == ["POST /function/hello"])
    }

    @Test("Failures and timeouts of the function are answers")
    func failures() async throws {
        let web = try Dialogue("openfaas")
        let fails = try await platform(web).invoke("fails", Invocation(body: Array("hi".utf8)))
        #expect(fails.status == 500)
        #expect(fails.text.contains("exit status 1"))
        let slow = try await platform(web).invoke("slow", Invocation(body: Array("hi".utf8)))
        #expect(slow.status == 408)
    }

    @Test("A function that is not there is told apart from one that says 404")
    func absent() async throws {
        let web = try Dialogue(
            "openfaas", script: ["invoke a function that is not there", "list after invocations were counted"])
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await platform(web).invoke("hello", Invocation(body: Array("hi".utf8)))
        }
        #expect(problem?.code == "function.not-found")
    }

    @Test("Asynchronous calls are named")
    func asynchronous() async throws {
        let web = try Dialogue("openfaas", script: ["async"])
        let answer = try await platform(web).invoke(
            "hello", Invocation(body: Array("later".utf8), isAsynchronous: true))
        #expect(answer.status == 202)
        #expect(answer.id == web.exchange("async")?.response?.headers["X-Call-Id"])
    }

    @Test("Logs are read line by line")
    func logs() async throws {
        let web = try Dialogue("openfaas", script: ["status", "logs"])
        let lines = try await platform(web).logs("hello", tail: 5)
        #expect(lines.first?.text.hasSuffix("Listening on port: 8080") == true)
        #expect(lines.first?.instance.hasPrefix("hello-") == true)
        #expect(lines.first?.time?.hasPrefix("2026-") == true)
    }

    @Test("Scaling: what the edition refuses is refused here")
    func scales() async throws {
        let web = try Dialogue("openfaas", script: ["status", "scale"])
        try await platform(web).scale("hello", to: 2)
        #expect(web.requests.last?.hasPrefix("POST /system/scale-function/hello") == true)
        for replicas in [0, 9] {
            let problem = await #expect(throws: Diagnostic.self) {
                try await platform(web).scale("hello", to: replicas)
            }
            #expect(problem?.code == "function.scale")
        }
    }

    @Test("Deleting takes the function, its schedule and its source; one that is not there is said")
    func deletes() async throws {
        let web = try Dialogue("openfaas", script: ["delete"])
        let cluster = TableCluster([
            "/apis/batch/v1beta1/namespaces/openfaas-fn/cronjobs/trigger-hello": ["metadata": ["name": "trigger-hello"]]
        ])
        try await platform(web, cluster: cluster).delete("hello")
        #expect(cluster.all["/apis/batch/v1beta1/namespaces/openfaas-fn/cronjobs/trigger-hello"] == nil)
        #expect(web.requests.contains("DELETE /system/secrets"))
        let gone = try Dialogue("openfaas", script: ["delete a function that is not there", "list of none"])
        let problem = await #expect(throws: Diagnostic.self) { try await platform(gone).delete("hello") }
        #expect(problem?.code == "function.not-found")
    }

    @Test("Without Prometheus the gateway breaks the connection: functions are then had one by one")
    func listWithoutPrometheus() async throws {
        let web = try Dialogue("openfaas", script: ["list when Prometheus is away", "status"])
        var deployment = Self.deployment
        deployment["metadata"] = ["name": "hello", "generation": 1, "labels": ["faas_function": "hello"]]
        let cluster = TableCluster(["/apis/apps/v1/namespaces/openfaas-fn/deployments/hello": deployment])
        let records = try await platform(web, cluster: cluster).list()
        #expect(records.map(\.name) == ["hello"])
    }

    @Test("No replica is idle: the edition that scales to zero leaves the number out")
    func zero() async throws {
        let web = try Dialogue("openfaas-classic", script: ["status at zero"])
        let record = try await platform(web).find("hello")
        #expect(record?.state == .idle)
        #expect(record?.replicas == 0)
    }

    @Test("Requests are counted in the gateway's metrics")
    func counts() async throws {
        let cluster = TableCluster(
            [
                "/api/v1/namespaces/openfaas/pods/gateway-1": [
                    "metadata": ["name": "gateway-1", "labels": ["app": "gateway"]]
                ]
            ],
            podTexts: [
                "gateway-1:8082/metrics": """
                gateway_function_invocation_total{code="200",function_name="hello.openfaas-fn"} 7
                gateway_function_invocation_total{code="500",function_name="hello.openfaas-fn"} 1
                gateway_function_invocation_total{code="200",function_name="other.openfaas-fn"} 9

                """
            ])
        let counted = try await platform(NoWeb(), cluster: cluster).counted("hello")
        #expect(counted?.value == 8)
    }
}
