import Foundation
import KubernetesAPI
import Testing

@testable import Labs

/// What must not appear, wherever it may stand.
extension PrimitiveTests {
    private static let password =
        "forbid: {in: [objects], patterns: [\"/mysql[^;]* (-p[^ ]|--password=)/\", \"/^MYSQL_PWD=./\"]}"
    private static let logged = "forbid: {in: [logs], patterns: [\"/key-${nonce}/\"]}"
    private static let inEngine =
        "forbid: {in: [image], image: {ref: \"hello:1\", in: engine}, patterns: [\"/Hello from ${nonce}/\"]}"
    private static let inRegistry =
        "forbid: {in: [image], image: {ref: \"hello:1\", in: {registry: {service: \"registry:5000\"}}}, patterns: [\"/Hello from ${nonce}/\"]}"

    private static func jobs(_ container: JSONValue) -> RecordedAPI {
        items(
            "\(batch)/jobs",
            [["metadata": ["name": "client"], "spec": ["template": ["spec": ["containers": [container]]]]]])
    }

    /// Two containers, of which the second was started again.
    private static func pods(_ logs: [String: String]) -> RecordedAPI {
        RecordedAPI(
            [
                "\(ns)/pods": .success([
                    "items": [
                        [
                            "metadata": ["name": "web"],
                            "spec": [
                                "initContainers": [["name": "first"]], "containers": [["name": "a"], ["name": "b"]],
                            ],
                            "status": ["containerStatuses": [["name": "b", "restartCount": 2]]],
                        ]
                    ]
                ])
            ], logs: logs)
    }

    private static func scheduled(_ last: JSONValue?, phase: JSONValue = "Succeeded") -> RecordedAPI {
        var job: JSONValue = ["metadata": ["name": "price"], "status": [:]]
        job["status"]?["lastScheduleTime"] = last
        return RecordedAPI(
            [
                "/apis/batch/v1": .success(["resources": [["name": "cronjobs", "kind": "CronJob", "namespaced": true]]]
                ),
                "\(batch)/cronjobs": .success(["items": [job]]),
                "\(ns)/pods": .success([
                    "items": [
                        [
                            "metadata": ["name": "price-1", "labels": ["job-name": "price-1"]],
                            "status": ["phase": phase],
                        ]
                    ]
                ]),
            ], logs: ["price-1": "fine"])
    }

    private static func engine(
        environment: String = "PATH=/bin", history: String = "COPY file", layers: [String: String] = [:]
    ) -> RecordedGround {
        var ground = RecordedGround()
        ground.programs = ["podman"]
        ground.answers = [
            "podman image inspect hello:1": LabProgramAnswer(
                status: 0,
                output:
                    "[{\"Id\": \"6969\", \"Os\": \"linux\", \"Architecture\": \"amd64\", \"Config\": {\"Env\": [\"\(environment)\"]}}]"
            ),
            "podman history": LabProgramAnswer(status: 0, output: history + "\n"),
        ]
        ground.archives = ["podman save 6969": layers]
        return ground
    }

    /// A registry that answers as its API says, with one layer.
    private static let registry = RecordedAPI(proxied: { request in
        let bodies = [
            "/v2/hello/manifests/1":
                "{\"config\": {\"digest\": \"sha256:c\", \"size\": 2}, \"layers\": [{\"digest\": \"sha256:l\", \"size\": 7}]}",
            "/v2/hello/blobs/sha256:c": "{\"os\": \"linux\", \"architecture\": \"amd64\", \"config\": {}}",
            "/v2/hello/blobs/sha256:l": "layer 1",
        ]
        return .success(
            ProxyAnswer(status: bodies[request.path] == nil ? 404 : 200, body: Array((bodies[request.path] ?? "").utf8))
        )
    })

    static let hidden: [Case] = {
        var withLayer = RecordedGround()
        withLayer.archives = ["layer 1": ["etc/settings": "a=b\nGREETING=Hello from xnonce\n"]]
        return [
            Case(
                name: "password among words that stand apart", primitive: password,
                api: jobs(["args": ["mysql", "--user=user", "-pgeheim"]]), result: .fail,
                observed: "job/client at spec.template.spec.containers[0].args"),
            Case(
                name: "program and its words apart", primitive: password,
                api: jobs(["command": ["mysql"], "args": ["--password=geheim"]]), result: .fail, observed: "args"),
            Case(
                name: "password in one word", primitive: password,
                api: jobs(["args": ["sh", "-c", "mysql -pgeheim"]]), result: .fail, observed: "args[2]"),
            Case(
                name: "words without a password", primitive: password,
                api: jobs(["command": ["mysql"], "args": ["--port=3306", "-P", "3306"]]), result: .pass),
            Case(
                name: "variable in a config map", primitive: password,
                api: items("\(ns)/configmaps", [["metadata": ["name": "a"], "data": ["MYSQL_PWD": "geheim"]]]),
                result: .fail, observed: "configmap/a at data.MYSQL_PWD"),
            Case(
                name: "log of a second container", primitive: logged,
                api: pods(["web/first": "", "web/a": "fine", "web/b": "asks with key-xnonce"]), result: .fail,
                observed: "the log of pod/web"),
            Case(
                name: "log of the run before", primitive: logged,
                api: pods(["web/first": "", "web/a": "fine", "web/b": "fine", "web/b before": "key-xnonce"]),
                result: .fail,
                observed: "the log of pod/web"),
            Case(
                name: "logs without it", primitive: logged,
                api: pods(["web/first": "", "web/a": "fine", "web/b": "fine", "web/b before": ""]), result: .pass),
            Case(
                name: "container that has logged nothing", primitive: logged, api: pods(["web/a": "fine"]),
                result: .pass),
            Case(
                name: "logs that may not be read by its key", primitive: logged, api: pods(["web/a": "403"]),
                result: .error, observed: "not allowed"),
            Case(
                name: "log that a cron job has not written yet", primitive: logged, api: scheduled(nil), result: .fail,
                observed: "the cron job price has not run yet"),
            Case(
                name: "log of a run that is under way", primitive: logged,
                api: scheduled("2026-01-01T00:00:00Z", phase: "Running"), result: .fail,
                observed: "price-1 has not ended yet"),
            Case(
                name: "log of a cron job that has run", primitive: logged, api: scheduled("2026-01-01T00:00:00Z"),
                result: .pass),
            Case(
                name: "image that knows nothing", primitive: inEngine,
                ground: engine(layers: ["etc/settings": "a=b", "hello": "Hello from somebody"]), result: .pass),
            Case(
                name: "image with a variable", primitive: inEngine,
                ground: engine(environment: "GREETING=Hello from xnonce"),
                result: .fail, observed: "its variable GREETING"),
            Case(
                name: "image made with it", primitive: inEngine,
                ground: engine(history: "RUN echo Hello from xnonce"), result: .fail,
                observed: "a command by which it was made"),
            Case(
                name: "image with a file", primitive: inEngine,
                ground: engine(layers: ["etc/settings": "a=b\nGREETING=Hello from xnonce\n"]), result: .fail,
                observed: "its file /etc/settings"),
            Case(
                name: "no image to search", primitive: inEngine,
                ground: {
                    var ground = engine()
                    ground.answers["podman image inspect hello:1"] = LabProgramAnswer(
                        status: 125, output: "[]\n", errors: "Error: hello:1: image not known")
                    return ground
                }(), result: .fail, observed: "there is no image hello:1"),
            Case(
                name: "image that cannot be saved", primitive: inEngine,
                ground: {
                    var ground = engine()
                    ground.archives = [:]
                    return ground
                }(), result: .error, observed: "cannot be looked into"),
            Case(
                name: "image of a registry with a file", primitive: inRegistry, api: registry, ground: withLayer,
                result: .fail, observed: "its file /etc/settings"),
            Case(
                name: "image of a registry without it", primitive: inRegistry, api: registry,
                ground: {
                    var ground = RecordedGround()
                    ground.archives = ["layer 1": ["etc/settings": "a=b"]]
                    return ground
                }(), result: .pass),
        ]
    }()
}
