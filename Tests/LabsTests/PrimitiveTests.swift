import Foundation
import KubernetesAPI
import Testing

@testable import Labs
@testable import WebClient

/// Every primitive green, red for the right reason, and an error where nobody can say.
@Suite("Primitives")
struct PrimitiveTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var primitive: String
        var api = RecordedAPI()
        var ground = RecordedGround()
        var answers: [String: String] = [:]
        var result: CheckResult
        /// A part of what is observed.
        var observed = ""

        var testDescription: String { name }
    }

    static let ns = "/api/v1/namespaces/lab-xnonce"
    static let apps = "/apis/apps/v1/namespaces/lab-xnonce"
    static let batch = "/apis/batch/v1/namespaces/lab-xnonce"

    static func one(_ path: String, _ value: JSONValue) -> RecordedAPI { RecordedAPI([path: .success(value)]) }
    static func items(_ path: String, _ values: [JSONValue]) -> RecordedAPI {
        RecordedAPI([path: .success(["items": .array(values)])])
    }

    static func pod(
        _ name: String, ready: Bool = true, labels: [String: JSONValue] = ["app": "web"], node: String = "worker-1",
        spec: [String: JSONValue] = [:]
    ) -> JSONValue {
        [
            "metadata": ["name": .string(name), "labels": .object(labels)],
            "spec": .object(spec.merging(["nodeName": .string(node)]) { $1 }),
            "status": [
                "conditions": [["type": "Ready", "status": .string(ready ? "True" : "False")]],
                "containerStatuses": ready
                    ? []
                    : [
                        [
                            "name": "main",
                            "state": ["waiting": ["reason": "ImagePullBackOff", "message": "no such image"]],
                        ]
                    ],
            ],
        ]
    }

    /// It was told to go, and is still ready.
    static func ending(_ name: String) -> JSONValue {
        var pod = pod(name)
        pod["metadata"]?["deletionTimestamp"] = "2023-11-14T22:13:20Z"
        return pod
    }

    static func node(
        _ name: String, ready: String = "True", labels: [String: JSONValue] = [:], taints: [JSONValue] = []
    ) -> JSONValue {
        [
            "metadata": ["name": .string(name), "labels": .object(labels)], "spec": ["taints": .array(taints)],
            "status": [
                "conditions": [
                    ["type": "Ready", "status": .string(ready), "message": "Kubelet stopped posting node status."]
                ],
                "nodeInfo": ["kubeletVersion": "v1.20.2", "containerRuntimeVersion": "containerd://1.7.0"],
                "allocatable": ["memory": "2Gi"],
            ],
        ]
    }

    static func deployment(wanted: Int = 2, ready: Int = 2, seen: Int = 3) -> JSONValue {
        [
            "metadata": ["name": "web", "generation": 3],
            "spec": ["replicas": .integer(wanted), "selector": ["matchLabels": ["app": "web"]]],
            "status": [
                "observedGeneration": .integer(seen), "replicas": .integer(wanted), "updatedReplicas": .integer(wanted),
                "readyReplicas": .integer(ready), "availableReplicas": .integer(ready),
            ],
        ]
    }

    static func job(_ name: String, at seconds: Double, done: String? = "Complete", owner: String = "price")
        -> JSONValue
    {
        [
            "metadata": [
                "name": .string(name),
                "creationTimestamp": .string(APITime.text(Sample.start.addingTimeInterval(seconds))),
                "ownerReferences": [["kind": "CronJob", "name": .string(owner)]],
            ],
            "status": [
                "conditions": done.map { [["type": .string($0), "status": "True", "message": "BackoffLimitExceeded"]] }
                    ?? []
            ],
        ]
    }

    static func fired(_ jobs: [JSONValue], suspended: Bool = false) -> RecordedAPI {
        RecordedAPI(
            [
                "/apis/batch/v1": .success(["resources": [["name": "cronjobs", "kind": "CronJob", "namespaced": true]]]
                ),
                "\(batch)/cronjobs/price": .success([
                    "metadata": ["name": "price"], "spec": ["suspend": .bool(suspended), "schedule": "*/1 * * * *"],
                ]),
                "\(batch)/jobs": .success(["items": .array(jobs)]),
            ], time: Sample.start)
    }

    static func proxy(_ status: Int, _ body: String, _ headers: [(name: String, value: String)] = [])
        -> RecordedAPI
    {
        RecordedAPI(proxied: { _ in .success(ProxyAnswer(status: status, headers: headers, body: Array(body.utf8))) })
    }
    static func proxyError(_ code: Int, _ message: String) -> RecordedAPI {
        RecordedAPI(proxied: { _ in .failure(.status(code: code, reason: "", message: message, path: "")) })
    }

    static func sql(_ output: String, status: Int = 0, errors: String = "") -> RecordedAPI {
        RecordedAPI(
            [
                "\(ns)/services/db": .success(["spec": ["selector": ["app": "web"]]]),
                "\(ns)/pods": .success(["items": [pod("db-0")]]),
                "\(ns)/secrets/account": .success([
                    "data": ["password": .string(Data("geheim".utf8).base64EncodedString())]
                ]),
            ],
            executed: { command, input in
                // The password is never an argument.
                let isSafe = !command.joined().contains("geheim") && input == "geheim\n"
                return ExecResult(
                    output: Array(output.utf8), errors: Array(errors.utf8), exitStatus: isSafe ? status : 99)
            })
    }

    static func hosts(_ cp: String, _ worker: String? = nil) -> RecordedGround {
        RecordedGround(outputs: worker.map { ["cp-1": cp, "worker-1": $0] } ?? ["cp-1": cp])
    }
    static func script(_ text: String) -> String { "\u{1e}script\n\(text)\n\u{1e}status 0\n\u{1e}end\n" }
    static func service(_ active: String, _ enabled: String) -> String {
        "\u{1e}service\nLoadState=loaded\nActiveState=\(active)\nUnitFileState=\(enabled)\n\u{1e}end\n"
    }
    static let sockets = """
          sl  local_address rem_address   st
           0: 00000000:192B 00000000:0000 0A 00000000
           1: 0100007F:1F90 0100007F:9999 01 00000000
        """

    static let object = "object: {ref: configmap/a, fields: [{path: data.x, value: \"${nonce}\"}]}"
    static let rollout = "rollout: {ref: deployment/web, replicas: 2}"
    static let nodes = "node: {all: true, ready: true}"
    static let place = "placement: {pods: app=web, on: pool=cheap}"
    static let asked = "placement: {pods: app=web, on: pool=cheap, via: spec}"
    static let http =
        "http: {via: service-proxy, service: \"web:80\", expect: {status: 200, body: {contains: \"${nonce}\"}}}"
    static let direct = "http: {via: direct, url: \"http://localhost:8080\", expect: {status: 200}}"
    static let cases =
        "cases: {request: {via: service-proxy, service: \"web:80\", path: \"/?name=${in}\"}, rows: [{in: a, expect: {body: {contains: \"Hello ${in}\"}}}, {in: b, expect: {body: {contains: Hello}}}]}"
    static let runs =
        "fired: {source: {jobs: {owner: cronjob/price}}, min: 2, every: 60s, jitter: 20s, each: success}"
    static let lines = "logs: {selector: app=web, contains: \"${nonce}\", not_matches: panic}"
    static let rows =
        "sql: {in: {service: db}, engine: mysql, user_from: secret/account, query: \"select count(*) from t\", expect: {rows: 1, cell: {op: \">=\", value: 3}}}"
    static let process = "process: {node: control-plane, match: [etcd, kube-controller-manager]}"
    static let port = "port: {node: control-plane, port: 6443}"
    static let unit = "service: {node: all, name: kubelet, active: true, enabled: true}"
    static let command = "command: {argv: [kubectl, get, nodes], expect: {exit: 0, stdout: {matches: ^node/}}}"
    static let config = "kubeconfig: {leads_here: true, private: true}"
    static let quiz = "quiz: {ask: How many?, kind: number, answer_from: {nodes: {count: true}}}"
    static let amount =
        "quiz: {ask: How much?, kind: quantity, answer_from: {nodes: {path: status.allocatable.memory}}}"
    static let forbid = "forbid: {in: [objects, logs], patterns: [api-key, private-key]}"
    static let clean = "clean: {namespaces: [\"${namespace}\"], selectors: [lab=sample]}"
    static let tidyLists: [String: Result<JSONValue, KubernetesError>] = CleanCheck.kinds.reduce(into: [:]) {
        lists, word in
        guard let kind = KnownKinds.find(word), let plural = kind.plural else { return }
        lists["\(kind.apiVersion.contains("/") ? "/apis/" : "/api/")\(kind.apiVersion)/\(plural)"] = .success([
            "items": []
        ])
    }
    static let served: [String: Result<JSONValue, KubernetesError>] = [
        "/api": .success(["versions": ["v1"]]),
        "/apis": .success(["groups": [["versions": [["groupVersion": "batch/v1"]]]]]),
        "/api/v1": .success([
            "resources": [
                ["name": "pods", "kind": "Pod", "verbs": ["get"]],
                ["name": "pods/log", "kind": "Pod", "verbs": ["get"]],
            ]
        ]),
        "/apis/batch/v1": .success(["resources": [["name": "jobs", "kind": "Job", "verbs": ["get"]]]]),
    ]

    static let objects: [Case] = {
        var table: [Case] = []
        table.append(
            Case(
                name: "object as expected", primitive: object,
                api: one("\(ns)/configmaps/a", ["data": ["x": "xnonce"]]),
                result: .pass))
        table.append(
            Case(
                name: "object with another value", primitive: object,
                api: one("\(ns)/configmaps/a", ["data": ["x": "1"]]),
                result: .fail, observed: "data.x is 1"))
        table.append(
            Case(
                name: "object that is not there", primitive: object, result: .fail, observed: "there is no ConfigMap a")
        )
        table.append(
            Case(
                name: "object that may not be read", primitive: object,
                api: RecordedAPI(["\(ns)/configmaps/a": forbidden]),
                result: .error, observed: "not allowed"))
        table.append(
            Case(
                name: "object of a cluster that is away", primitive: object,
                api: RecordedAPI(["\(ns)/configmaps/a": vanished]), result: .error))
        table.append(
            Case(name: "absent object", primitive: "object: {ref: configmap/a, absent: true}", result: .pass))
        table.append(
            Case(
                name: "absent object that is there", primitive: "object: {ref: configmap/a, absent: true}",
                api: one("\(ns)/configmaps/a", ["metadata": ["name": "a"]]), result: .fail, observed: "a is there"))
        table.append(
            Case(
                name: "forbidden is not absent", primitive: "object: {ref: configmap/a, absent: true}",
                api: RecordedAPI(["\(ns)/configmaps/a": forbidden]), result: .error))
        table.append(
            Case(
                name: "stale status", primitive: "object: {ref: deployment/web, observed: true}",
                api: one("\(apps)/deployments/web", deployment(seen: 2)), result: .fail, observed: "not yet about"))
        table.append(
            Case(
                name: "too few pods in a state",
                primitive: "object: {kind: pod, selector: app=web, count: {min: 2}, conditions: {Ready: \"True\"}}",
                api: items("\(ns)/pods", [pod("a"), pod("b", ready: false)]), result: .fail,
                observed: "ImagePullBackOff"))
        table.append(
            Case(
                name: "pods of another label do not count",
                primitive: "object: {kind: pod, selector: app=web, count: {min: 2}}",
                api: items("\(ns)/pods", [pod("a"), pod("b", labels: ["app": "db"])]), result: .fail, observed: "1 Pod")
        )
        let behind =
            "object: {ref: endpoints/web, fields: [{path: \"subsets[*].addresses[*].targetRef.name\", value: web-0}]}"
        table.append(
            Case(
                name: "endpoints that nobody stands behind", primitive: behind, api: one("\(ns)/endpoints/web", [:]),
                result: .fail, observed: "no pod has the labels"))
        table.append(
            Case(
                name: "endpoints that are not ready", primitive: behind,
                api: one(
                    "\(ns)/endpoints/web", ["subsets": [["notReadyAddresses": [["targetRef": ["name": "web-0"]]]]]]),
                result: .fail, observed: "nothing ready stands behind it: web-0"))
        table.append(
            Case(
                name: "endpoints of somebody else", primitive: behind,
                api: one("\(ns)/endpoints/web", ["subsets": [["addresses": [["targetRef": ["name": "web-1"]]]]]]),
                result: .fail, observed: "Endpoints web: subsets[*].addresses[*].targetRef.name is web-1"))
        table.append(
            Case(
                name: "rollout complete", primitive: rollout,
                api: RecordedAPI([
                    "\(apps)/deployments/web": .success(deployment()),
                    "\(ns)/pods": .success(["items": [pod("a"), pod("b")]]),
                ]), result: .pass))
        table.append(
            Case(
                name: "a replica that is ending", primitive: "rollout: {ref: statefulset/web}",
                api: RecordedAPI([
                    "\(apps)/statefulsets/web": .success(deployment()),
                    "\(ns)/pods": .success(["items": [pod("a"), ending("b")]]),
                ]), result: .fail, observed: "1 of 2 replicas are ready without those that are ending: b"))
        table.append(
            Case(
                name: "kind in small letters", primitive: "object: {apiVersion: v1, kind: endpoints, name: web}",
                api: one("\(ns)/endpoints/web", [:]), result: .pass))
        table.append(
            Case(
                name: "kind that its group does not have",
                primitive: "object: {apiVersion: a.b/v1, kind: Thing, name: x}",
                api: one("/apis/a.b/v1", ["resources": [["name": "others", "kind": "Other"]]]), result: .error,
                observed: "no such kind in it"))
        table.append(
            Case(
                name: "kind of a group that is not installed",
                primitive: "object: {apiVersion: a.b/v1, kind: Thing, name: x}",
                result: .fail, observed: "there is no Thing x"))
        table.append(
            Case(
                name: "rollout with a replica missing", primitive: rollout,
                api: one("\(apps)/deployments/web", deployment(ready: 1)), result: .fail,
                observed: "1 of 2 replicas are ready"))
        table.append(
            Case(
                name: "rollout of another size", primitive: rollout,
                api: one("\(apps)/deployments/web", deployment(wanted: 1, ready: 1)), result: .fail,
                observed: "it wants 1 replica"))
        table.append(
            Case(
                name: "rollout that may not be read", primitive: rollout,
                api: RecordedAPI(["\(apps)/deployments/web": forbidden]), result: .error))
        table.append(
            Case(
                name: "restarting pods", primitive: "rollout: {ref: deployment/web, max_restarts: 0}",
                api: RecordedAPI([
                    "\(apps)/deployments/web": .success(deployment()),
                    "\(ns)/pods": .success([
                        "items": [
                            [
                                "metadata": ["labels": ["app": "web"]],
                                "status": ["containerStatuses": [["restartCount": 3]]],
                            ]
                        ]
                    ]),
                ]), result: .fail, observed: "3 restarts"))
        table.append(
            Case(
                name: "every node ready", primitive: nodes, api: items("/api/v1/nodes", [node("a"), node("b")]),
                result: .pass))
        table.append(
            Case(
                name: "one node away", primitive: nodes,
                api: items("/api/v1/nodes", [node("a"), node("b", ready: "Unknown")]), result: .fail,
                observed: "b has Ready=Unknown: Kubelet stopped"))
        table.append(
            Case(
                name: "one node is enough", primitive: "node: {all: false, ready: true}",
                api: items("/api/v1/nodes", [node("a"), node("b", ready: "Unknown")]), result: .pass))
        table.append(
            Case(
                name: "nodes that may not be listed", primitive: nodes, api: RecordedAPI(["/api/v1/nodes": forbidden]),
                result: .error))
        table.append(
            Case(
                name: "node without its taint", primitive: "node: {all: true, taints: [\"a=b:NoSchedule\"]}",
                api: items("/api/v1/nodes", [node("a")]), result: .fail, observed: "has not the taint"))
        table.append(
            Case(
                name: "node with its taint and version",
                primitive: "node: {all: true, version: \"1.20\", runtime: containerd, taints: [\"a=b:NoSchedule\"]}",
                api: items("/api/v1/nodes", [node("a", taints: [["key": "a", "value": "b", "effect": "NoSchedule"]])]),
                result: .pass))
        table.append(
            Case(
                name: "node of another version", primitive: "node: {all: true, version: \"1.2\"}",
                api: items("/api/v1/nodes", [node("a")]), result: .fail, observed: "v1.20.2"))
        table.append(
            Case(
                name: "placement", primitive: place,
                api: RecordedAPI([
                    "\(ns)/pods": .success(["items": [pod("a")]]),
                    "/api/v1/nodes": .success(["items": [node("worker-1", labels: ["pool": "cheap"])]]),
                ]), result: .pass))
        table.append(
            Case(
                name: "pod on the wrong node", primitive: place,
                api: RecordedAPI([
                    "\(ns)/pods": .success(["items": [pod("a")]]),
                    "/api/v1/nodes": .success(["items": [node("worker-1")]]),
                ]), result: .fail, observed: "a is on worker-1"))
        table.append(
            Case(
                name: "placement by luck", primitive: asked,
                api: RecordedAPI([
                    "\(ns)/pods": .success(["items": [pod("a")]]),
                    "/api/v1/nodes": .success(["items": [node("worker-1", labels: ["pool": "cheap"])]]),
                ]), result: .fail, observed: "does not ask for"))
        table.append(
            Case(
                name: "placement that was asked for", primitive: asked,
                api: RecordedAPI([
                    "\(ns)/pods": .success(["items": [pod("a", spec: ["nodeSelector": ["pool": "cheap"]])]]),
                    "/api/v1/nodes": .success(["items": []]),
                ]), result: .pass))
        table.append(
            Case(
                name: "placement without nodes to compare", primitive: place,
                api: RecordedAPI(["\(ns)/pods": .success(["items": [pod("a")]]), "/api/v1/nodes": forbidden]),
                result: .error))
        table.append(
            Case(
                name: "served API", primitive: "api: {groups: [batch/v1], absent: [batch/v1beta1], kinds: [Job]}",
                api: RecordedAPI(served), result: .pass))
        table.append(
            Case(
                name: "API that is not served", primitive: "api: {groups: [batch/v2]}", api: RecordedAPI(served),
                result: .fail, observed: "batch/v2 is not served"))
        table.append(
            Case(
                name: "API that does not answer", primitive: "api: {groups: [batch/v1]}",
                api: RecordedAPI(["/api": vanished]), result: .error))
        return table
    }()

    static let requests: [Case] = {
        var table: [Case] = []
        table.append(
            Case(name: "answer", primitive: http, api: proxy(200, "hello xnonce"), result: .pass))
        table.append(
            Case(
                name: "answer of another run", primitive: http, api: proxy(200, "hello xother"), result: .fail,
                observed: "without `xnonce`"))
        table.append(
            Case(
                name: "wrong status", primitive: http, api: proxy(500, "oops"), result: .fail,
                observed: "status 500: oops"))
        table.append(
            Case(
                name: "service without endpoints", primitive: http,
                api: proxyError(503, "no endpoints available for service \"web\""), result: .fail,
                observed: "no endpoints"))
        table.append(
            Case(
                name: "no service", primitive: http, api: proxyError(404, "services \"web\" not found"), result: .fail,
                observed: "not found"))
        table.append(
            Case(
                name: "proxy that is not allowed", primitive: http, api: proxyError(403, "no"), result: .error,
                observed: "not allowed"))
        table.append(
            Case(
                name: "field of a JSON answer",
                primitive:
                    "http: {via: service-proxy, service: \"web:80\", expect: {json: {a.b: 2}, headers: {Content-Type: {contains: json}}}}",
                api: proxy(200, "{\"a\":{\"b\":2}}", [("content-type", "application/json")]), result: .pass))
        table.append(
            Case(
                name: "wrong field of a JSON answer",
                primitive:
                    "http: {via: service-proxy, service: \"web:80\", expect: {json: {a.b: {op: \">\", value: 2}}}}",
                api: proxy(200, "{\"a\":{\"b\":2}}"), result: .fail, observed: "a.b is 2"))
        table.append(
            Case(
                name: "direct answer", primitive: direct,
                ground: RecordedGround(
                    response: .success(
                        WebResponse(
                            status: 200, headers: [], body: [], url: "", protocolVersion: "1.1", isNewConnection: true))
                ),
                result: .pass))
        table.append(
            Case(name: "nobody listens", primitive: direct, result: .fail, observed: "nothing listens there"))
        table.append(
            Case(
                name: "certificate that is not trusted", primitive: direct,
                ground: RecordedGround(response: .failure(.untrusted(url: "https://localhost", reason: "self-signed"))),
                result: .error))
        table.append(
            Case(
                name: "cases", primitive: cases,
                api: RecordedAPI(proxied: {
                    .success(ProxyAnswer(status: 200, body: Array("Hello \($0.path.suffix(1))".utf8)))
                }), result: .pass))
        table.append(
            Case(
                name: "hard-coded case", primitive: cases, api: proxy(200, "Hello b"), result: .fail,
                observed: "1 of 2 are wrong: `a`"))
        table.append(
            Case(name: "cases that may not be asked", primitive: cases, api: proxyError(403, "no"), result: .error))
        table.append(
            Case(
                name: "lines", primitive: lines,
                api: RecordedAPI(["\(ns)/pods": .success(["items": [pod("a")]])], logs: ["a": "begin\nrun xnonce\n"]),
                result: .pass))
        table.append(
            Case(
                name: "missing line", primitive: lines,
                api: RecordedAPI(["\(ns)/pods": .success(["items": [pod("a")]])], logs: ["a": "begin\n"]),
                result: .fail,
                observed: "none of 1 line"))
        table.append(
            Case(
                name: "line that must not be there", primitive: lines,
                api: RecordedAPI(["\(ns)/pods": .success(["items": [pod("a")]])], logs: ["a": "xnonce\npanic: x\n"]),
                result: .fail, observed: "panic"))
        table.append(
            Case(
                name: "logs that may not be read", primitive: lines, api: RecordedAPI(["\(ns)/pods": forbidden]),
                result: .error))
        table.append(
            Case(name: "rows", primitive: rows, api: sql("count(*)\n5\n"), result: .pass))
        table.append(
            Case(
                name: "too few rows", primitive: rows, api: sql("count(*)\n2\n"), result: .fail,
                observed: "first cell is `2`"))
        table.append(
            Case(
                name: "table that is not there", primitive: rows,
                api: sql("", status: 1, errors: "ERROR 1146 (42S02): Table 't' doesn't exist\n"), result: .fail,
                observed: "doesn't exist"))
        table.append(
            Case(
                name: "database that is not ready", primitive: rows,
                api: RecordedAPI([
                    "\(ns)/services/db": .success(["spec": ["selector": ["app": "web"]]]),
                    "\(ns)/pods": .success(["items": [pod("db-0", ready: false)]]),
                ]), result: .fail, observed: "none of 1 pod"))
        table.append(
            Case(
                name: "database that may not be asked", primitive: rows,
                api: RecordedAPI(["\(ns)/services/db": forbidden]),
                result: .error))
        table.append(
            Case(
                name: "nothing forbidden", primitive: forbid,
                api: RecordedAPI([
                    "\(ns)/configmaps": .success(["items": [["metadata": ["name": "a"], "data": ["x": "short"]]]])
                ]), result: .pass))
        table.append(
            Case(
                name: "key in an environment", primitive: forbid,
                api: RecordedAPI([
                    "\(apps)/deployments": .success([
                        "items": [
                            [
                                "metadata": ["name": "web"],
                                "spec": ["env": [["name": "API_KEY", "value": "abcdefghijklmnopqrstuvwx"]]],
                            ]
                        ]
                    ])
                ]), result: .fail, observed: "deployment/web at spec.env[0].value"))
        table.append(
            Case(
                name: "objects that may not be read", primitive: forbid,
                api: RecordedAPI(["\(apps)/deployments": forbidden]), result: .error))
        return table
    }()

    static let times: [Case] = {
        var table: [Case] = []
        table.append(
            Case(
                name: "fired often enough", primitive: runs, api: fired([job("a", at: 30), job("b", at: 90)]),
                result: .pass
            ))
        table.append(
            Case(
                name: "old runs do not count", primitive: runs,
                api: fired([job("a", at: -90), job("b", at: -30), job("c", at: 30)]), result: .fail,
                observed: "1 run with success"))
        table.append(
            Case(
                name: "a run that failed", primitive: runs,
                api: fired([job("a", at: 30), job("b", at: 90, done: "Failed")]), result: .fail,
                observed: "job b failed: BackoffLimitExceeded"))
        table.append(
            Case(
                name: "runs of another cron job", primitive: runs,
                api: fired([job("a", at: 30, owner: "other"), job("b", at: 90)]), result: .fail, observed: "1 run"))
        table.append(
            Case(
                name: "runs too far apart", primitive: runs, api: fired([job("a", at: 30), job("b", at: 150)]),
                result: .fail, observed: "120 s apart"))
        table.append(
            Case(
                name: "suspended", primitive: runs, api: fired([job("a", at: 30), job("b", at: 90)], suspended: true),
                result: .fail, observed: "suspended"))
        table.append(
            Case(
                name: "jobs that may not be listed", primitive: runs,
                api: RecordedAPI([
                    "/apis/batch/v1": .success(["resources": [["name": "cronjobs", "kind": "CronJob"]]]),
                    "\(batch)/jobs": forbidden,
                ]), result: .error))
        table.append(
            Case(
                name: "schedule of working days",
                primitive: "schedule: {text: \"0 9 * * 1-5\", expect: {weekday: MON-FRI, at: \"09:00\"}}", result: .pass
            ))
        table.append(
            Case(
                name: "schedule on a Sunday",
                primitive: "schedule: {text: \"0 9 * * 0-4\", expect: {weekday: MON-FRI, at: \"09:00\"}}",
                result: .fail,
                observed: "fires on SUN"))
        table.append(
            Case(
                name: "schedule in another zone",
                primitive:
                    "schedule: {text: \"0 9 * * 1-5\", zone: Europe/Berlin, expect: {weekday: MON-FRI, at: \"09:00\"}}",
                result: .fail, observed: "at 10:00"))
        table.append(
            Case(
                name: "schedule of a cron job",
                primitive: "schedule: {from: {object: cronjob/price, path: spec.schedule}, expect: {every: 1m}}",
                api: fired([]), result: .pass))
        table.append(
            Case(
                name: "schedule of another pace", primitive: "schedule: {text: \"*/5 * * * *\", expect: {every: 1m}}",
                result: .fail, observed: "300 s"))
        table.append(
            Case(
                name: "schedule that is none", primitive: "schedule: {text: \"61 * * * *\", expect: {every: 1m}}",
                result: .fail, observed: "no schedule"))
        table.append(
            Case(
                name: "equivalent schedule",
                primitive: "schedule: {text: \"0 0 * * *\", expect: {equivalent_to: \"@daily\"}}", result: .pass))
        table.append(
            Case(
                name: "schedule that may not be read",
                primitive: "schedule: {from: {object: cronjob/price, path: spec.schedule}, expect: {every: 1m}}",
                api: RecordedAPI(["/apis/batch/v1": forbidden]), result: .error))
        return table
    }()

    static let places: [Case] = {
        var table: [Case] = []
        table.append(
            Case(
                name: "processes", primitive: process,
                ground: hosts(script("etcd\tetcd\nkube-controller\tkube-controller-manager")), result: .pass))
        table.append(
            Case(
                name: "names cut after 15 characters", primitive: process,
                ground: hosts(script("etcd\t\nkube-controller\t")), result: .pass))
        table.append(
            Case(
                name: "process that is missing", primitive: process, ground: hosts(script("etcd\tetcd")), result: .fail,
                observed: "cp-1: kube-controller-manager: 0 running"))
        table.append(
            Case(
                name: "host that is away", primitive: process, ground: RecordedGround(), result: .error,
                observed: "cannot be reached"))
        table.append(
            Case(
                name: "no access to hosts", primitive: process, ground: RecordedGround(hosts: nil), result: .error,
                observed: "-f"))
        table.append(
            Case(name: "open port", primitive: port, ground: hosts(script(sockets)), result: .pass))
        table.append(
            Case(
                name: "closed port", primitive: "port: {node: control-plane, port: 8080}",
                ground: hosts(script(sockets)),
                result: .fail, observed: "nothing listens on 8080"))
        table.append(
            Case(name: "port of a host that is away", primitive: port, ground: RecordedGround(), result: .error))
        table.append(
            Case(
                name: "service that runs", primitive: unit,
                ground: hosts(service("active", "enabled"), service("active", "enabled")), result: .pass))
        table.append(
            Case(
                name: "service that stopped on one host", primitive: unit,
                ground: hosts(service("active", "enabled"), service("inactive", "enabled")), result: .fail,
                observed: "worker-1: it is inactive"))
        table.append(
            Case(
                name: "service that is not enabled", primitive: unit,
                ground: hosts(service("active", "enabled"), service("active", "disabled")), result: .fail,
                observed: "worker-1: it is disabled at boot"))
        table.append(
            Case(
                name: "service of a host that is away", primitive: unit, ground: hosts(service("active", "enabled")),
                result: .error, observed: "worker-1"))
        table.append(
            Case(
                name: "program", primitive: command,
                ground: RecordedGround(answer: LabProgramAnswer(status: 0, output: "node/a\n"), programs: ["kubectl"]),
                result: .pass))
        table.append(
            Case(
                name: "program that fails", primitive: command,
                ground: RecordedGround(
                    answer: LabProgramAnswer(status: 1, output: "", errors: "no server\n"), programs: ["kubectl"]),
                result: .fail, observed: "status 1: no server"))
        table.append(
            Case(
                name: "program that says something else", primitive: command,
                ground: RecordedGround(answer: LabProgramAnswer(status: 0, output: "none\n"), programs: ["kubectl"]),
                result: .fail, observed: "does not match"))
        table.append(
            Case(name: "program that is not there", primitive: command, result: .error, observed: "no program kubectl"))
        table.append(
            Case(
                name: "kubeconfig", primitive: config,
                ground: RecordedGround(facts: KubeconfigFacts(mode: 0o600, context: "c", identity: "me")), result: .pass
            ))
        table.append(
            Case(
                name: "kubeconfig of another cluster", primitive: config,
                ground: RecordedGround(facts: KubeconfigFacts(mode: 0o600, context: "c", identity: "other")),
                result: .fail,
                observed: "another cluster"))
        table.append(
            Case(
                name: "kubeconfig that others read", primitive: config,
                ground: RecordedGround(facts: KubeconfigFacts(mode: 0o644, context: "c", identity: "me")),
                result: .fail,
                observed: "mode 644"))
        table.append(
            Case(name: "kubeconfig that is not there", primitive: config, result: .fail, observed: "cannot be read"))
        table.append(
            Case(
                name: "right answer", primitive: quiz, api: items("/api/v1/nodes", [node("a"), node("b")]),
                answers: ["it": " 2 "], result: .pass))
        table.append(
            Case(
                name: "wrong answer", primitive: quiz, api: items("/api/v1/nodes", [node("a")]), answers: ["it": "2"],
                result: .fail, observed: "`2` is not right"))
        table.append(
            Case(
                name: "no answer", primitive: quiz, api: items("/api/v1/nodes", [node("a")]), result: .fail,
                observed: "not answered yet"))
        table.append(
            Case(
                name: "answer that cannot be judged", primitive: quiz, api: RecordedAPI(["/api/v1/nodes": forbidden]),
                answers: ["it": "2"], result: .error))
        table.append(
            Case(
                name: "amount in another unit", primitive: amount, api: items("/api/v1/nodes", [node("a")]),
                answers: ["it": "2048Mi"], result: .pass))
        table.append(
            Case(
                name: "wrong amount", primitive: amount, api: items("/api/v1/nodes", [node("a")]),
                answers: ["it": "2G"],
                result: .fail))
        table.append(
            Case(name: "clean", primitive: clean, api: RecordedAPI(tidyLists), result: .pass))
        table.append(
            Case(
                name: "namespace that is left", primitive: clean, api: one(ns, ["metadata": ["name": "lab-xnonce"]]),
                result: .fail, observed: "namespace lab-xnonce is there"))
        table.append(
            Case(
                name: "claim that is left", primitive: clean,
                api: RecordedAPI(
                    tidyLists.merging([
                        "/api/v1/persistentvolumeclaims": .success([
                            "items": [["metadata": ["name": "data", "namespace": "x", "labels": ["lab": "sample"]]]]
                        ])
                    ]) { $1 }), result: .fail, observed: "persistentvolumeclaim data in x is left"))
        table.append(
            Case(
                name: "clean that may not be asked", primitive: clean, api: RecordedAPI([ns: forbidden]), result: .error
            ))
        return table
    }()

    static let combined: [Case] = {
        var table: [Case] = []
        table.append(
            Case(
                name: "all", primitive: "all: [{object: {ref: configmap/a}}, {object: {ref: configmap/b}}]",
                api: RecordedAPI(["\(ns)/configmaps/a": .success([:]), "\(ns)/configmaps/b": .success([:])]),
                result: .pass))
        table.append(
            Case(
                name: "all but one", primitive: "all: [{object: {ref: configmap/a}}, {object: {ref: configmap/b}}]",
                api: one("\(ns)/configmaps/a", [:]), result: .fail, observed: "no ConfigMap b"))
        table.append(
            Case(
                name: "all with one that cannot be asked",
                primitive: "all: [{object: {ref: configmap/a}}, {object: {ref: configmap/b}}]",
                api: RecordedAPI(["\(ns)/configmaps/a": forbidden]), result: .error))
        table.append(
            Case(
                name: "any", primitive: "any: [{object: {ref: configmap/a}}, {object: {ref: configmap/b}}]",
                api: one("\(ns)/configmaps/b", [:]), result: .pass))
        table.append(
            Case(
                name: "none of any", primitive: "any: [{object: {ref: configmap/a}}, {object: {ref: configmap/b}}]",
                result: .fail, observed: "no ConfigMap a; there is no ConfigMap b"))
        table.append(
            Case(
                name: "any with one that cannot be asked",
                primitive: "any: [{object: {ref: configmap/a}}, {object: {ref: configmap/b}}]",
                api: RecordedAPI(["\(ns)/configmaps/a": forbidden]), result: .error))
        table.append(
            Case(name: "not", primitive: "not: {object: {ref: configmap/a}}", result: .pass))
        table.append(
            Case(
                name: "not of what is", primitive: "not: {object: {ref: configmap/a}}",
                api: one("\(ns)/configmaps/a", [:]),
                result: .fail))
        table.append(
            Case(
                name: "not of what cannot be asked", primitive: "not: {object: {ref: configmap/a}}",
                api: RecordedAPI(["\(ns)/configmaps/a": forbidden]), result: .error))
        table.append(
            Case(
                name: "sequence",
                primitive:
                    "sequence: [{do: {delete: configmap/a}}, {check: {object: {ref: configmap/a, absent: true}}}]",
                api: one("\(ns)/configmaps/a", [:]), result: .pass))
        table.append(
            Case(
                name: "sequence whose end is another",
                primitive:
                    "sequence: [{do: {delete: configmap/a}}, {check: {object: {ref: configmap/a}}, timeout: 10ms}]",
                api: one("\(ns)/configmaps/a", [:]), result: .fail, observed: "part 2: there is no ConfigMap a"))
        table.append(
            Case(
                name: "sequence without anything to act on",
                primitive: "sequence: [{do: {scale: {ref: deployment/web, replicas: 2}}}]",
                result: .fail, observed: "there is no deployment/web"))
        table.append(
            Case(
                name: "part of a sequence without anything to act on",
                primitive:
                    "sequence: [{check: {sequence: [{do: {scale: {ref: deployment/web, replicas: 2}}}]}, timeout: 10ms}]",
                result: .fail, observed: "part 1: there is no deployment/web"))
        table.append(
            Case(
                name: "sequence that may not be done",
                primitive: "sequence: [{do: {patch: {ref: configmap/a, merge: {}}}}]",
                api: RecordedAPI(["\(ns)/configmaps/a": forbidden]), result: .error))
        return table
    }()

    static let everything =
        objects + requests + times + places + combined + measured + steered + kept + pictures + enginePictures + hidden

    @Test("Judges", arguments: everything)
    func judges(_ each: Case) async throws {
        let outcome = try await Sample.look(each.primitive, each.api, each.ground, answers: each.answers)
        #expect(outcome.result == each.result, "\(outcome.observed)")
        #expect(each.observed.isEmpty || outcome.observed.contains(each.observed), "\(outcome.observed)")
        #expect(!outcome.expected.isEmpty && !outcome.why.isEmpty)
        if outcome.result != .pass { #expect(!outcome.next.isEmpty) }
    }

    @Test("Every primitive was seen in each of its results")
    func everyPrimitive() throws {
        let seen = Set(
            Self.everything.map {
                "\($0.primitive.prefix { $0 != ":" }) \($0.result.rawValue)"
            })
        for entry in PrimitiveTable.entries {
            for result in [CheckResult.pass, .fail, .error] {
                // A kubeconfig that says nothing is a fault of its own; what it cannot judge is tested below.
                if entry.word == "kubeconfig", result == .error { continue }
                // What a learner says is never a pass, and there is nobody who could not be asked.
                if entry.word == "attest", result != .fail { continue }
                // Compares with what another part has noted: its cases are sequences.
                if entry.word == "changed" { continue }
                #expect(seen.contains("\(entry.word) \(result.rawValue)"), "\(entry.word) was never \(result.rawValue)")
            }
        }
    }

    @Test("A stranger's program does not run unless it was accepted")
    func stranger() async throws {
        let ground = RecordedGround(answer: LabProgramAnswer(status: 0, output: "node/a\n"), programs: ["kubectl"])
        let refused = try await Sample.look(Self.command, RecordedAPI(), ground, isOwn: false)
        #expect(refused.result == .error)
        #expect(refused.observed.contains("--accept-commands"))
        let accepted = try await Sample.look(Self.command, RecordedAPI(), ground, isOwn: false, accepts: true)
        #expect(accepted.result == .pass)
    }

    @Test("A request that a variable leads outside is refused when it is sent")
    func outside() async throws {
        let lab = try Sample.lab("http: {via: direct, url: \"http://${colour}/\", expect: {status: 200}}")
        let outcomes = await LabEvaluation(Sample.context(lab), waiting: .atMost(.zero)).run(lab.checks)
        #expect(outcomes[0].result == .error)
        #expect(outcomes[0].observed.contains("outside of the lab"))
        for url in [
            "http://8.8.8.8", "http://example.com", "http://10.0.0.1@example.com/", "ftp://localhost",
            "http://172.32.0.1",
        ] {
            #expect(!PrivateAddress.isAllowed(url), "\(url)")
        }
        for url in [
            "http://localhost:80/x", "https://127.0.0.1", "http://10.1.2.3:30000", "http://192.168.1.1",
            "http://[::1]:80/",
        ] {
            #expect(PrivateAddress.isAllowed(url), "\(url)")
        }
    }
}
