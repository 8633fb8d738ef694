import Foundation
import KubernetesAPI
import Synchronization

@testable import Labs
@testable import WebClient

/// Primitives that send many requests, or ask stub services.
extension PrimitiveTests {
    /// Answers in turn; the last one stays.
    static func answers(_ texts: [(Int, String)], more: [String: Result<JSONValue, KubernetesError>] = [:])
        -> RecordedAPI
    {
        let number = Counter()
        return RecordedAPI(
            more,
            proxied: { _ in
                let (status, text) = texts[min(number.next(), texts.count - 1)]
                return .success(ProxyAnswer(status: status, body: Array(text.utf8)))
            })
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock { value in
                defer { value += 1 }
                return value
            }
        }
    }

    static let request = "request: {via: service-proxy, service: \"web:80\"}"
    static let load = "load: {\(request), duration: 100ms, rate: 100/s, concurrency: 2}"
    static let traffic =
        "traffic: {n: 60, \(request), classify: [{name: v1, expect: {body: {contains: one}}}, {name: v2, expect: {body: {contains: two}}}], expect: {v1: 0.5, v2: 0.5}}"
    static let probing =
        "availability: {\(request), rate: 50/s, for: 200ms, max_failed: 1, do: {patch: {ref: configmap/a, merge: {data: {x: y}}}}}"
    static let recorded = "availability: {record: app=prober, since: ever, min: 3, max_failed: 1, max_gap: 2s}"
    static let growing =
        "scale: {target: {pods: app=web}, do: {patch: {ref: configmap/a, merge: {data: {x: y}}}}, before: 1, peak: {min: 2, max: 3, within: 2s}, ceiling: 3, settle: {to: 3, within: 1s}, sample: 200ms}"
    static let waking = "cold-start: {target: {pods: app=web}, at_zero_for: 10ms, \(request), within: 2s}"
    static let got =
        "received: {service: \"fixtures:8080\", fixture: receiver, match: {method: POST, json: {text: {op: contains, value: \"${nonce}\"}}}, count: 1}"
    static let counter =
        "metric: {from: {service: \"web:8080\"}, name: calls_total, labels: {code: \"200\"}, op: \">=\", value: 3}"
    static let rising =
        "metric: {from: {service: \"web:8080\"}, name: calls_total, grows: {by: 2, within: 100ms, after: {patch: {ref: configmap/a, merge: {data: {x: y}}}}}}"
    static let prometheus =
        "metric: {from: {prometheus: \"prometheus:9090\"}, query: \"sum(up)\", op: \">=\", value: 2}"
    static let faulty =
        "during: {fixture: {service: \"fixtures:8080\", faults: {receiver: [{kind: gone}]}}, checks: [{check: {object: {ref: configmap/a}}, timeout: 10ms}]}"
    static let loaded =
        "during: {load: {\(request), duration: 1m, rate: 50/s}, checks: [{check: {object: {ref: configmap/a}}, timeout: 100ms}]}"

    static let map: [String: Result<JSONValue, KubernetesError>] = ["\(ns)/configmaps/a": .success([:])]

    /// Pods that are there as soon as the config map was changed.
    static func grown(_ before: Int, _ after: Int) -> RecordedAPI {
        let list = { @Sendable (count: Int) -> JSONValue in
            ["items": .array((0..<count).map { pod("web-\($0)") })]
        }
        return RecordedAPI(
            map.merging(["\(ns)/pods": .success(list(before))]) { $1 },
            onWrite: { api, path in if path == "\(ns)/configmaps/a" { api.set("\(ns)/pods", list(after)) } })
    }

    static func received(_ requests: [JSONValue]) -> RecordedAPI {
        let body: JSONValue = ["count": .integer(requests.count), "requests": .array(requests)]
        return RecordedAPI(proxied: { request in
            request.path.hasPrefix("/received/receiver")
                ? .success(ProxyAnswer(status: 200, body: body.jsonBytes))
                : .failure(.status(code: 404, reason: "", message: "", path: ""))
        })
    }
    static func message(_ text: String, method: String = "POST") -> JSONValue {
        [
            "number": 1, "method": .string(method), "path": "/services/x",
            "headers": ["Content-Type": "application/json"],
            "json": ["text": .string(text)], "status": 200,
        ]
    }

    static func prober(_ lines: String) -> RecordedAPI {
        RecordedAPI(
            ["\(ns)/pods": .success(["items": [pod("p", labels: ["app": "prober"])]])], logs: ["p": lines])
    }

    static let measured: [Case] = {
        var table: [Case] = []
        table.append(
            Case(name: "load", primitive: load, api: proxy(200, "ok"), result: .pass, observed: "all well answered"))
        table.append(
            Case(
                name: "load with bad answers", primitive: load, api: answers([(500, "oops"), (200, "ok")]),
                result: .fail,
                observed: "status 500: oops"))
        table.append(
            Case(name: "load that may not be sent", primitive: load, api: proxyError(403, "no"), result: .error))
        table.append(
            Case(
                name: "load that is too slow", primitive: "load: {\(request), duration: 50ms, latency: {p50: 1ms}}",
                api: RecordedAPI(proxied: { _ in
                    usleep(5000)
                    return .success(ProxyAnswer(status: 200, body: []))
                }), result: .fail, observed: "50 of 100 needed"))
        table.append(
            Case(
                name: "half and half", primitive: traffic,
                api: answers((0..<60).map { (200, $0.isMultiple(of: 2) ? "one" : "two") }), result: .pass,
                observed: "30 v1"))
        table.append(
            Case(
                name: "all to one", primitive: traffic, api: proxy(200, "one"), result: .fail,
                observed: "50 % from v1 does not fit"))
        table.append(
            Case(
                name: "a third text", primitive: traffic, api: answers([(200, "three"), (200, "one")]), result: .fail,
                observed: "of none of them: status 200: three"))
        table.append(
            Case(
                name: "one request lost", primitive: traffic, api: answers([(503, "lost"), (200, "one")]),
                result: .fail,
                observed: "1 request without a good answer"))
        table.append(
            Case(name: "traffic that may not be sent", primitive: traffic, api: proxyError(403, "no"), result: .error))
        table.append(
            Case(
                name: "there all the time", primitive: probing,
                api: RecordedAPI(
                    map,
                    proxied: { _ in
                        .success(ProxyAnswer(status: 200, body: []))
                    }), result: .pass, observed: "0 of"))
        table.append(
            Case(
                name: "away while something is done", primitive: probing,
                api: RecordedAPI(
                    map.merging(["broken": .success(false)]) { $1 },
                    onWrite: { api, _ in
                        api.set("broken", true)
                    },
                    answering: { api, _ in
                        let isBroken = api.known("broken") == true
                        return .success(ProxyAnswer(status: isBroken ? 503 : 200, body: []))
                    }), result: .fail, observed: "status 503"))
        table.append(
            Case(
                name: "away from the beginning", primitive: probing,
                api: RecordedAPI(
                    map,
                    proxied: { _ in
                        .success(ProxyAnswer(status: 500, body: []))
                    }), result: .fail, observed: "before anything was done"))
        table.append(
            Case(
                name: "availability that may not be asked", primitive: probing, api: proxyError(403, "no"),
                result: .error))
        table.append(
            Case(
                name: "record without a gap", primitive: recorded,
                api: prober("1000 200\n1001.5 200\nnoise\n1003 000\n1003.4 200\n"), result: .pass,
                observed: "1 of 4 probes failed, at most 1.9 s"))
        table.append(
            Case(
                name: "record with a gap", primitive: recorded, api: prober("1000 200\n1001 200\n1008 200\n"),
                result: .fail, observed: "at most 7 s without"))
        table.append(
            Case(
                name: "record with failures", primitive: recorded,
                api: prober("1000 200\n1001 503\n1001.5 000\n1002 200\n"), result: .fail,
                observed: "2 of 4 probes failed"))
        table.append(
            Case(
                name: "no prober", primitive: recorded, api: items("\(ns)/pods", []), result: .fail,
                observed: "no prober"))
        table.append(
            Case(
                name: "record that may not be read", primitive: recorded, api: RecordedAPI(["\(ns)/pods": forbidden]),
                result: .error))
        table.append(Case(name: "grows", primitive: growing, api: grown(1, 3), result: .pass, observed: "0 s: 1"))
        table.append(
            Case(name: "does not grow", primitive: growing, api: grown(1, 1), result: .fail, observed: "1 at the most"))
        table.append(
            Case(name: "grows too much", primitive: growing, api: grown(1, 5), result: .fail, observed: "5 at one time")
        )
        table.append(
            Case(
                name: "too many before", primitive: growing, api: grown(2, 3), result: .fail,
                observed: "2 before anything was done"))
        table.append(
            Case(
                name: "pods that may not be counted", primitive: growing, api: RecordedAPI(["\(ns)/pods": forbidden]),
                result: .error))
        table.append(
            Case(
                name: "answers from nothing", primitive: waking,
                api: answers([(503, "wait"), (200, "ok")], more: ["\(ns)/pods": .success(["items": []])]),
                result: .pass,
                observed: "the first answer after"))
        table.append(
            Case(
                name: "does not rest", primitive: waking, api: items("\(ns)/pods", [pod("web-0")]), result: .fail,
                observed: "it does not rest"))
        table.append(
            Case(
                name: "nothing that could start",
                primitive: waking.replacingOccurrences(of: "{pods: app=web}", with: "deployment/web"),
                result: .fail, observed: "there is no deployment/web"))
        table.append(
            Case(
                name: "never wakes", primitive: waking,
                api: answers([(503, "asleep")], more: ["\(ns)/pods": .success(["items": []])]), result: .fail,
                observed: "no good answer within"))
        table.append(
            Case(
                name: "start that may not be watched", primitive: waking, api: RecordedAPI(["\(ns)/pods": forbidden]),
                result: .error))
        return table
    }()

    static let steered: [Case] = {
        var table: [Case] = []
        table.append(
            Case(
                name: "message", primitive: got, api: received([message("hello xnonce")]), result: .pass,
                observed: "1 request"))
        table.append(
            Case(
                name: "message of another run", primitive: got, api: received([message("hello xother")]), result: .fail,
                observed: "in the body text is hello xother"))
        table.append(
            Case(
                name: "message with another method", primitive: got, api: received([message("xnonce", method: "PUT")]),
                result: .fail, observed: "the method is PUT"))
        table.append(
            Case(
                name: "message sent twice", primitive: got, api: received([message("xnonce"), message("xnonce")]),
                result: .fail, observed: "2 requests"))
        table.append(Case(name: "no message", primitive: got, api: received([]), result: .fail, observed: "no request"))
        table.append(
            Case(
                name: "stub that is away", primitive: got, api: proxyError(503, "no endpoints available"),
                result: .error,
                observed: "do not answer"))
        table.append(
            Case(
                name: "counted", primitive: counter,
                api: proxy(
                    200,
                    "# HELP x\ncalls_total{code=\"200\",path=\"a\"} 2\ncalls_total{code=\"200\",path=\"b\"} 1\ncalls_total{code=\"500\"} 9\n"
                ),
                result: .pass, observed: "3"))
        table.append(
            Case(
                name: "counted too few", primitive: counter, api: proxy(200, "calls_total{code=\"200\"} 2\n"),
                result: .fail,
                observed: "it is 2"))
        table.append(
            Case(
                name: "not counted at all", primitive: counter, api: proxy(200, "other 1\n"), result: .fail,
                observed: "no sample"))
        table.append(
            Case(name: "numbers that may not be read", primitive: counter, api: proxyError(403, "no"), result: .error))
        table.append(
            Case(
                name: "number that rises", primitive: rising,
                api: answers([(200, "calls_total 1\n"), (200, "calls_total 4\n")], more: map), result: .pass,
                observed: "it was 1, it is 4"))
        table.append(
            Case(
                name: "number that stays", primitive: rising, api: answers([(200, "calls_total 1\n")], more: map),
                result: .fail, observed: "it was 1, it is 1"))
        table.append(
            Case(
                name: "Prometheus", primitive: prometheus,
                api: proxy(
                    200,
                    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1.5,\"2\"]}]}}"
                ),
                result: .pass, observed: "2"))
        table.append(
            Case(
                name: "Prometheus without a series", primitive: prometheus,
                api: proxy(200, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"),
                result: .fail,
                observed: "no sample"))
        let state = "{\"receiver\":{\"settings\":{\"path\":\"/services/\"},\"faults\":[],\"received\":0}}"
        table.append(
            Case(
                name: "holds with a fault", primitive: faulty, api: answers([(200, state)], more: map), result: .pass,
                observed: "ConfigMap a is as expected"))
        table.append(
            Case(
                name: "does not hold with a fault", primitive: faulty, api: answers([(200, state)]), result: .fail,
                observed: "no ConfigMap a"))
        table.append(
            Case(
                name: "fault that cannot be set", primitive: faulty, api: proxyError(503, "no endpoints"),
                result: .error))
        table.append(
            Case(
                name: "holds under a load", primitive: loaded, api: answers([(200, "ok")], more: map), result: .pass,
                observed: "the load:"))
        table.append(
            Case(
                name: "load that fails meanwhile",
                primitive: loaded.replacingOccurrences(of: "ref: configmap/a", with: "ref: pod/a, absent: true"),
                api: answers([(500, "oops")]), result: .fail, observed: "of the load"))
        return table
    }()

    static let kept: [Case] = {
        let snapshot = "snapshot: {take: before, of: configmap/a}"
        let changed =
            "sequence: [{check: {snapshot: {take: before, of: configmap/a}}, timeout: 10ms}, {do: {patch: {ref: configmap/a, merge: {data: {x: \"2\"}}}}}, {check: {changed: {since: before, compare: {data.x: increased, data.y: same}}}, timeout: 10ms}]"
        let attest = "attest: {statement: It is so.}"
        let file = "file: {path: main.go, contains: \"package main\", max_size: 1kB}"
        let files = "file: {glob: \"*.go\", count: {min: 2}, any: true, contains: Handler}"
        let conf = "file: {node: control-plane, path: /etc/kubernetes/admin.conf, private: true, contains: server}"
        var table: [Case] = []
        table.append(
            Case(
                name: "noted", primitive: snapshot, api: one("\(ns)/configmaps/a", ["data": ["x": "1"]]), result: .pass)
        )
        table.append(
            Case(name: "nothing to note", primitive: snapshot, result: .fail, observed: "there is no configmap/a"))
        table.append(
            Case(
                name: "what may not be noted", primitive: snapshot, api: RecordedAPI(["\(ns)/configmaps/a": forbidden]),
                result: .error))
        table.append(
            Case(
                name: "changed since", primitive: changed,
                api: one("\(ns)/configmaps/a", ["data": ["x": "1", "y": "9"]]),
                result: .pass))
        table.append(
            Case(
                name: "not changed as wanted",
                primitive: changed.replacingOccurrences(of: "increased", with: "decreased"),
                api: one("\(ns)/configmaps/a", ["data": ["x": "1", "y": "9"]]), result: .fail,
                observed: "data.x was 1 and is 2"))
        table.append(
            Case(name: "not confirmed", primitive: attest, result: .fail, observed: "not confirmed yet"))
        table.append(
            Case(
                name: "confirmed is no pass", primitive: attest, answers: ["it": "yes"], result: .skipped,
                observed: "self-reported"))
        table.append(
            Case(
                name: "file", primitive: file, ground: RecordedGround(texts: ["/learner/main.go": "package main\n"]),
                result: .pass))
        table.append(
            Case(
                name: "file without its text", primitive: file,
                ground: RecordedGround(texts: ["/learner/main.go": "package x\n"]),
                result: .fail, observed: "main.go: it is `package x"))
        table.append(Case(name: "no file", primitive: file, result: .fail, observed: "there is no main.go in /learner"))
        table.append(
            Case(
                name: "file that leads outside", primitive: "file: {path: link}", result: .error,
                observed: "out of the work folder"))
        table.append(
            Case(
                name: "files of which one is right", primitive: files,
                ground: RecordedGround(texts: [
                    "/learner/a.go": "x", "/learner/b.go": "Handler", "/learner/sub/c.go": "x",
                ]),
                result: .pass, observed: "2 files"))
        table.append(
            Case(
                name: "too few files", primitive: files, ground: RecordedGround(texts: ["/learner/b.go": "Handler"]),
                result: .fail, observed: "1 file: b.go"))
        table.append(
            Case(
                name: "file of a host", primitive: conf, ground: hosts(script("found 600 20\nserver: x")), result: .pass
            ))
        table.append(
            Case(
                name: "file of a host that others read", primitive: conf,
                ground: hosts(script("found 644 20\nserver: x")),
                result: .fail, observed: "its mode is 644"))
        table.append(
            Case(
                name: "file that a host lacks", primitive: conf, ground: hosts(script("absent")), result: .fail,
                observed: "there is no /etc/kubernetes/admin.conf"))
        table.append(
            Case(name: "file of a host that is away", primitive: conf, ground: RecordedGround(), result: .error))
        return table
    }()

    static let pictures: [Case] = {
        let inRegistry =
            "image: {of: deployment/web, in: {registry: {service: \"registry:5000\"}}, platform: node, max_size: 1MB, entrypoint: [/hello], non_root: true, env: {PORT: \"8080\"}, no_path: [usr/lib/go], no_history: [secret]}"
        let onNode = "image: {ref: lab/hello:1, on: worker, entrypoint: true, max_size: 1MB}"
        func config(_ user: String = "1000", machine: String = "amd64", entry: String = "/hello") -> JSONValue {
            [
                "architecture": .string(machine), "os": "linux",
                "config": ["User": .string(user), "Env": ["PORT=8080"], "Entrypoint": [.string(entry)]],
                "history": [["created_by": "COPY hello /hello"]],
            ]
        }
        func registry(_ config: JSONValue, files: String = "hello\nusr/lib/\n", size: Int = 500, there: Bool = true)
            -> RecordedAPI
        {
            let manifest: JSONValue = [
                "config": ["digest": "sha256:c", "size": 100],
                "layers": [["digest": "sha256:l", "size": .integer(size)]],
            ]
            return RecordedAPI(
                [
                    "\(apps)/deployments/web": .success([
                        "spec": [
                            "template": [
                                "spec": ["containers": [["name": "main", "image": "localhost:30500/hello:1"]]]
                            ]
                        ]
                    ]),
                    "/api/v1/nodes": .success([
                        "items": [["status": ["nodeInfo": ["operatingSystem": "linux", "architecture": "amd64"]]]]
                    ]),
                ],
                proxied: { request in
                    switch request.path {
                    case "/v2/hello/manifests/1" where there:
                        .success(ProxyAnswer(status: 200, body: manifest.jsonBytes))
                    case "/v2/hello/blobs/sha256:c": .success(ProxyAnswer(status: 200, body: config.jsonBytes))
                    case "/v2/hello/blobs/sha256:l": .success(ProxyAnswer(status: 200, body: Array(files.utf8)))
                    default: .success(ProxyAnswer(status: 404, body: []))
                    }
                })
        }
        func node(_ config: JSONValue, size: String = "500") -> RecordedGround {
            let answer: JSONValue = ["status": ["size": .string(size)], "info": ["imageSpec": config]]
            return RecordedGround(outputs: ["worker-1": String(decoding: answer.jsonBytes, as: UTF8.self)])
        }
        var table: [Case] = []
        table.append(Case(name: "image in a registry", primitive: inRegistry, api: registry(config()), result: .pass))
        table.append(
            Case(
                name: "image with a toolchain", primitive: inRegistry,
                api: registry(config(), files: "hello\nusr/lib/go/bin/go\n"), result: .fail,
                observed: "contains usr/lib/go"))
        table.append(
            Case(
                name: "image that runs as root", primitive: inRegistry, api: registry(config("0:0")), result: .fail,
                observed: "runs as 0:0"))
        table.append(
            Case(
                name: "image of another platform", primitive: inRegistry, api: registry(config(machine: "arm64")),
                result: .fail,
                observed: "is for linux/arm64"))
        table.append(
            Case(
                name: "image that is too large", primitive: inRegistry, api: registry(config(), size: 2_000_000),
                result: .fail,
                observed: "has 2 MB"))
        table.append(
            Case(
                name: "image that was not pushed", primitive: inRegistry, api: registry(config(), there: false),
                result: .fail,
                observed: "has no hello:1"))
        table.append(
            Case(
                name: "image of a workload that is not there", primitive: inRegistry, result: .fail,
                observed: "there is no deployment/web"))
        table.append(
            Case(
                name: "registry that may not be asked",
                primitive: "image: {ref: \"hello:1\", in: {registry: {service: \"registry:5000\"}}}",
                api: proxyError(403, "no"), result: .error))
        table.append(Case(name: "image on a node", primitive: onNode, ground: node(config()), result: .pass))
        table.append(
            Case(
                name: "image on a node without a program", primitive: onNode,
                ground: node(["os": "linux", "architecture": "amd64", "config": [:]]), result: .fail,
                observed: "worker-1: it names no program"))
        table.append(
            Case(name: "image on a node that is away", primitive: onNode, ground: RecordedGround(), result: .error))
        return table
    }()
}
