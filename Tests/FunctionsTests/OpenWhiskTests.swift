import Diagnostics
import Foundation
import KubernetesAPI
import Testing
import WebClient

@testable import Functions

/// Answers after apache/openwhisk docs/rest_api.md and apiv1swagger.json.
///
/// Not verified against a real OpenWhisk.
@Suite("OpenWhisk")
struct OpenWhiskTests {
    static let site = FunctionSite(
        framework: "openwhisk", adapter: .openwhisk, namespace: "openwhisk", core: "openwhisk",
        gateway: ServiceAddress(namespace: "openwhisk", service: "ow-nginx", port: "443", isSecure: true),
        credentials: .joined(namespace: "openwhisk", secret: "ow-whisk.auth", key: "guest"), sourceLimit: 48 << 20,
        triggers: [.http, .schedule, .queue], isAsynchronous: true, scalesToZero: true)

    static let base = "/api/v1/namespaces/_"
    /// Of an action without triggers.
    static let without: [String: [(status: Int, body: String)]] = [
        "GET \(base)/triggers/hello-schedule": [(404, "{}")], "GET \(base)/rules?limit=200": [(200, "[]")],
    ]
    static let root =
        #"{"runtimes":{"nodejs":[{"kind":"nodejs:14","default":true,"deprecated":false},{"kind":"nodejs:6","default":false,"deprecated":true}],"python":[{"kind":"python:3","default":true}]}}"#

    func platform(_ web: TableWeb, cluster: TableCluster = TableCluster()) -> OpenWhiskPlatform {
        OpenWhiskPlatform(
            Sample.gateway(Self.site, cluster, web, door: ServiceDoor(.direct(url: "https://10.0.0.1:31001"))))
    }

    @Test("Source is put with its kind, environment as init parameters, limits in OpenWhisk's units")
    func deploys() async throws {
        let put = "PUT \(Self.base)/actions/hello?overwrite=true"
        let web = TableWeb(["GET /": [(200, Self.root)], put: [(200, #"{"version":"0.0.1"}"#)]])
        let change = try await platform(web).deploy(
            FunctionOrder(
                name: "hello", code: .source(Sample.source("hello.js", "function main() {}")),
                environment: ["A": "b"], timeout: 30, memory: "256Mi", triggers: [.http(host: nil, path: "/")]))
        #expect(change == .created)
        let body = try #require(web.last(put)?.body)
        #expect(body["exec"] == ["kind": "nodejs:14", "code": "function main() {}"])
        #expect(body["parameters"] == [["key": "A", "value": "b", "init": true]])
        #expect(body["limits"] == ["timeout": 30000, "memory": 256])
        #expect(body["annotations"]?.array?.contains(["key": "web-export", "value": true]) == true)
        #expect(
            web.last(put)?.headers["authorization"] == "Basic " + Data("uuid:key".utf8).base64EncodedString())
    }

    @Test("A folder is a zip, an image a black box, a deprecated kind is not offered")
    func kinds() async throws {
        let put = "PUT \(Self.base)/actions/hello?overwrite=true"
        let web = TableWeb(
            ["GET /": [(200, Self.root)], put: [(200, #"{"version":"0.0.2"}"#)]].merging(Self.without) { old, _ in old }
        )
        let files = [SourcePackage.File(path: "index.js", bytes: Array("x".utf8))]
        let change = try await platform(web).deploy(
            FunctionOrder(
                name: "hello", code: .source(SourcePackage(files: files, main: "index.js", isFolder: true))))
        #expect(change == .updated)
        let exec = web.last(put)?.body?["exec"]
        #expect(exec?["binary"] == true)
        #expect(exec?["code"]?.string == Data(ZipArchive.pack(files)).base64EncodedString())
        _ = try await platform(web).deploy(FunctionOrder(name: "hello", code: .image("me/x:1")))
        #expect(web.last(put)?.body?["exec"] == ["kind": "blackbox", "image": "me/x:1"])
        let old = await #expect(throws: Diagnostic.self) {
            _ = try await platform(web).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source("a.js")), runtime: "cobol"))
        }
        #expect(old?.detail == "it knows nodejs14, python3")
    }

    @Test("Values of secrets come from the cluster")
    func secrets() async throws {
        let put = "PUT \(Self.base)/actions/hello?overwrite=true"
        let web = TableWeb(["GET /": [(200, Self.root)], put: [(200, "{}")]].merging(Self.without) { old, _ in old })
        let cluster = TableCluster([
            "/api/v1/namespaces/openwhisk/secrets/mail": [
                "data": ["PASSWORD": .string(Data("pw".utf8).base64EncodedString())]
            ]
        ])
        _ = try await platform(web, cluster: cluster).deploy(
            FunctionOrder(name: "hello", code: .source(Sample.source()), secrets: ["mail"]))
        #expect(web.last(put)?.body?["parameters"] == [["key": "PASSWORD", "value": "pw", "init": true]])
        let missing = await #expect(throws: Diagnostic.self) {
            _ = try await platform(web).deploy(
                FunctionOrder(name: "hello", code: .source(Sample.source()), secrets: ["none"]))
        }
        #expect(missing?.code == "function.secret")
    }

    @Test("Results, slow ones by their activation, failures, and what is not JSON")
    func invokes() async throws {
        let post = "POST \(Self.base)/actions/hello?blocking=true&result=true"
        let web = TableWeb([
            post: [
                (200, #"{"payload":"Hello"}"#), (202, #"{"activationId":"abc"}"#), (502, #"{"error":"it broke"}"#),
                (404, "{}"),
            ],
            "GET \(Self.base)/activations/abc/result": [
                (404, "{}"), (200, #"{"result":{"payload":"late"},"success":true,"status":"success"}"#),
            ], "GET \(Self.base)/actions?limit=200": [(200, #"[{"name":"helo","namespace":"guest"}]"#)],
        ])
        let platform = platform(web)
        #expect(try await platform.invoke("hello", Invocation(body: Array("Eva".utf8))).text == #"{"payload":"Hello"}"#)
        #expect(web.last(post)?.body == ["data": "Eva"])
        let late = try await platform.invoke("hello", Invocation(body: Array(#"{"name":"Jo"}"#.utf8)))
        #expect(late.text == #"{"payload":"late"}"#)
        #expect(late.id == "abc")
        #expect(web.last(post)?.body == ["name": "Jo"])
        #expect(try await platform.invoke("hello", Invocation()).status == 502)
        let missing = await #expect(throws: Diagnostic.self) { _ = try await platform.invoke("hello", Invocation()) }
        #expect(missing?.code == "function.not-found")
        #expect(missing?.hint?.contains("helo") == true)
    }

    @Test("Asynchronous calls are named by their activation")
    func asynchronous() async throws {
        let web = TableWeb(["POST \(Self.base)/actions/hello?blocking=false": [(202, #"{"activationId":"abc"}"#)]])
        let answer = try await platform(web).invoke("hello", Invocation(isAsynchronous: true))
        #expect(answer.status == 202)
        #expect(answer.id == "abc")
    }

    @Test("Logs are those of activations, oldest first")
    func logs() async throws {
        let web = TableWeb([
            "GET \(Self.base)/actions/hello?code=false": [(200, #"{"name":"hello","namespace":"guest"}"#)],
            "GET \(Self.base)/activations?name=hello&docs=true&limit=5": [
                (
                    200,
                    #"[{"activationId":"b","logs":["2026-01-01T00:00:02.000Z stdout: second"]},{"activationId":"a","logs":["2026-01-01T00:00:01.000Z stderr: first line"]}]"#
                )
            ],
        ])
        let lines = try await platform(web).logs("hello", tail: 5)
        #expect(lines.map(\.text) == ["first line", "second"])
        #expect(lines.map(\.instance) == ["a", "b"])
        #expect(lines[0].time == "2026-01-01T00:00:01.000Z")
    }

    @Test("Schedules need the alarms package, and say so")
    func schedule() async throws {
        let alarm = "POST /api/v1/namespaces/whisk.system/actions/alarms/alarm?blocking=true&result=true"
        func web(_ status: Int) -> TableWeb {
            TableWeb([
                "GET /": [(200, Self.root)],
                "PUT \(Self.base)/actions/hello?overwrite=true": [(200, #"{"version":"0.0.1"}"#)],
                "PUT \(Self.base)/triggers/hello-schedule?overwrite=true": [(200, "{}")],
                "PUT \(Self.base)/rules/hello-rule?overwrite=true": [(200, "{}")], alarm: [(status, "{}")],
            ])
        }
        let order = FunctionOrder(
            name: "hello", code: .source(Sample.source()), triggers: [.schedule(cron: "0 6 * * *", payload: nil)])
        let with = web(200)
        _ = try await platform(with).deploy(order)
        #expect(with.last(alarm)?.body?["cron"] == "0 6 * * *")
        #expect(with.last(alarm)?.body?["lifecycleEvent"] == "CREATE")
        let without = await #expect(throws: Diagnostic.self) { _ = try await platform(web(404)).deploy(order) }
        #expect(without?.code == "function.trigger")
    }

    @Test("Deleting takes the action's own rules only")
    func deletes() async throws {
        let web = TableWeb([
            "GET \(Self.base)/triggers/hello-schedule": [(404, "{}")],
            "GET \(Self.base)/rules?limit=200": [(200, #"[{"name":"hello-rule"},{"name":"hello-world-rule"}]"#)],
            "GET \(Self.base)/rules/hello-rule": [(200, #"{"action":{"name":"hello"}}"#)],
            "GET \(Self.base)/rules/hello-world-rule": [(200, #"{"action":{"name":"hello-world"}}"#)],
            "DELETE \(Self.base)/rules/hello-rule": [(200, "{}")], "DELETE \(Self.base)/actions/hello": [(200, "{}")],
        ])
        try await platform(web).delete("hello")
        #expect(!web.sent.contains { $0.line == "DELETE \(Self.base)/rules/hello-world-rule" })
        #expect(web.last("DELETE \(Self.base)/rules/hello-rule") != nil)
    }

    @Test("A schedule of an earlier order goes with its rule")
    func triggersGo() async throws {
        let alarm = "POST /api/v1/namespaces/whisk.system/actions/alarms/alarm?blocking=true&result=true"
        let trigger = "\(Self.base)/triggers/hello-schedule"
        let web = TableWeb([
            "GET /": [(200, Self.root)],
            "PUT \(Self.base)/actions/hello?overwrite=true": [(200, #"{"version":"0.0.2"}"#)],
            "GET \(trigger)": [(200, "{}")], alarm: [(200, "{}")], "DELETE \(trigger)": [(200, "{}")],
            "GET \(Self.base)/rules?limit=200": [(200, #"[{"name":"hello-rule"}]"#)],
            "GET \(Self.base)/rules/hello-rule": [(200, #"{"action":{"name":"hello"}}"#)],
            "DELETE \(Self.base)/rules/hello-rule": [(200, "{}")],
        ])
        _ = try await platform(web).deploy(FunctionOrder(name: "hello", code: .source(Sample.source())))
        #expect(web.last(alarm)?.body?["lifecycleEvent"] == "DELETE")
        #expect(web.last("DELETE \(trigger)") != nil)
        #expect(web.last("DELETE \(Self.base)/rules/hello-rule") != nil)
    }

    @Test("What an action does not take is refused, not forgotten")
    func unheard() async throws {
        for invocation in [
            Invocation(method: .get), Invocation(path: "x"),
            Invocation(isAsynchronous: true, callback: "http://there.invalid/"),
        ] {
            let problem = await #expect(throws: Diagnostic.self) {
                _ = try await platform(TableWeb([:])).invoke("hello", invocation)
            }
            #expect(problem?.code == "function.option")
        }
    }

    @Test("It scales by itself")
    func scales() async throws {
        let problem = await #expect(throws: Diagnostic.self) { try await platform(TableWeb([:])).scale("hello", to: 2) }
        #expect(problem?.code == "function.scale")
    }
}
