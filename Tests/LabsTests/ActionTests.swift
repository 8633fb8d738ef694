import Diagnostics
import Foundation
import KubernetesAPI
import Testing

@testable import Labs
@testable import WebClient

/// What labs do, and that it is undone.
@Suite("Actions of labs")
struct ActionTests {
    private static let ns = "/api/v1/namespaces/lab-xnonce"

    private static func action(_ text: String, needs: String = "{nodes: true, hosts: true}", isOwn: Bool = true) throws
        -> (Lab, LabAction)
    {
        let lab = Sample.text(checks: "- {id: it, why: w, object: {ref: configmap/a}}", needs: needs)
            .replacingOccurrences(of: "    checks:", with: "    solution: \(text)\n    checks:")
        let reading = Sample.read(lab, files: ["files/main.go": ["kind": "x"]], isOwn: isOwn)
        guard let lab = reading.lab else { throw Diagnostics(reading.diagnostics) }
        return (lab, lab.steps[0].solution[0])
    }

    @Test("A patched service is put back with the version that is there")
    func service() async throws {
        let path = "\(Self.ns)/services/web"
        let api = RecordedAPI([
            path: .success(["metadata": ["name": "web", "resourceVersion": "5"], "spec": ["selector": ["app": "web"]]])
        ])
        let (lab, action) = try Self.action("{patch: {ref: service/web, merge: {spec: {selector: {app: nobody}}}}}")
        let context = Sample.context(lab, api)
        let undo = UndoJournal()
        try await ActionRunner(context, undo: undo).run(action)
        api.set(path, ["metadata": ["name": "web", "resourceVersion": "6"], "spec": ["selector": ["app": "nobody"]]])
        #expect(await undo.undo(context) == [])
        #expect(try await api.get(path)["spec"]?["selector"]?["app"] == "web")
    }

    @Test("Settings and faults of a stub are put back as they were")
    func fixture() async throws {
        let asked = Notes()
        let state = """
            {"rates":{"settings":{"key":"***","price":"0.0005"},"faults":[{"kind":"slow","seconds":1}],"received":3}}
            """
        let api = RecordedAPI(proxied: { request in
            asked.add(
                "\(request.method.rawValue) \(request.service):\(request.port)\(request.path) \(String(decoding: request.body ?? [], as: UTF8.self))"
            )
            return .success(ProxyAnswer(status: 200, body: Array(state.utf8)))
        })
        let (lab, action) = try Self.action(
            "{fixture: {service: \"fixtures:8080\", settings: {rates: {price: \"0.0007\"}}, faults: {rates: [{kind: quota, times: 1}]}}}"
        )
        let context = Sample.context(lab, api)
        let undo = UndoJournal()
        try await ActionRunner(context, undo: undo).run(action)
        #expect(await undo.undo(context) == [])
        #expect(
            asked.lines == [
                "GET fixtures:8080/state ",
                "PUT fixtures:8080/settings/rates {\"price\":\"0.0007\"}",
                "PUT fixtures:8080/faults/rates [{\"kind\":\"quota\",\"times\":1}]",
                "PUT fixtures:8080/settings/rates {\"price\":\"0.0005\"}",
                "PUT fixtures:8080/faults/rates [{\"kind\":\"slow\",\"seconds\":1}]",
            ])
    }

    @Test("A stub that refuses is an obstacle, and no failure")
    func refusedFixture() async throws {
        let api = RecordedAPI(proxied: { _ in
            .success(ProxyAnswer(status: 400, body: Array("{\"error\":\"price must be a number above zero\"}".utf8)))
        })
        let (lab, action) = try Self.action("{fixture: {service: \"fixtures:8080\", settings: {rates: {price: x}}}}")
        await #expect(throws: CannotJudge.self) { try await ActionRunner(Sample.context(lab, api)).run(action) }
    }

    private static func node(_ name: String, _ more: JSONValue = [:]) -> JSONValue {
        var node: JSONValue = ["metadata": ["name": .string(name), "labels": ["pool": "old", "x": "1"]], "spec": [:]]
        if let taints = more["taints"] { node["spec"]?["taints"] = taints }
        return node
    }

    @Test(
        "What is done to nodes, and that it is undone",
        arguments: [
            ("{label: {node: pool=old, set: {tier: cheap}, remove: [x]}}", "metadata.labels.tier", "cheap"),
            ("{taint: {node: \"name:a\", add: [\"k=v:NoSchedule\"]}}", "spec.taints[key=k].effect", "NoSchedule"),
            ("{cordon: {node: pool=old}}", "spec.unschedulable", "true"),
        ])
    func nodes(_ text: String, _ path: String, _ value: String) async throws {
        let before = Self.node("a", ["taints": [["key": "other", "effect": "NoExecute"]]])
        let api = RecordedAPI([
            "/api/v1/nodes": .success(["items": [before]]), "/api/v1/nodes/a": .success(before),
        ])
        let (lab, action) = try Self.action(text)
        let context = Sample.context(lab, api)
        let undo = UndoJournal()
        try await ActionRunner(context, undo: undo).run(action)
        let changed = try await api.get("/api/v1/nodes/a")
        #expect(try FieldPath(path).values(in: changed).map(FieldTest.text) == [value])
        #expect(await undo.undo(context) == [])
        let after = try await api.get("/api/v1/nodes/a")
        #expect(after["metadata"]?["labels"]?["x"] == "1")
        #expect(try FieldPath(path).values(in: after).isEmpty)
        #expect(try FieldPath("spec.taints[key=other]").values(in: after).count == 1)
    }

    @Test("A drain asks pods to go and leaves those of daemon sets and of the kubelet")
    func drain() async throws {
        func pod(_ name: String, owner: String? = nil, mirror: Bool = false) -> JSONValue {
            var pod: JSONValue = ["metadata": ["name": .string(name), "namespace": "n", "annotations": [:]]]
            if let owner { pod["metadata"]?["ownerReferences"] = [["kind": .string(owner), "name": "o"]] }
            if mirror { pod["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] = "x" }
            return pod
        }
        let stay: [JSONValue] = [pod("proxy", owner: "DaemonSet"), pod("etcd", mirror: true)]
        let api = RecordedAPI(
            [
                "/api/v1/nodes": .success(["items": [Self.node("a")]]), "/api/v1/nodes/a": .success(Self.node("a")),
                "/api/v1": .success([
                    "resources": [["name": "pods/eviction", "kind": "Eviction", "version": "v1beta1"]]
                ]),
                "/api/v1/pods": .success(["items": .array([pod("web", owner: "ReplicaSet")] + stay)]),
            ],
            onWrite: { api, path in
                if path.hasSuffix("/eviction") { api.set("/api/v1/pods", ["items": .array(stay)]) }
            })
        let (lab, action) = try Self.action("{drain: {node: pool=old, timeout: 5s}}")
        try await ActionRunner(Sample.context(lab, api)).run(action)
        #expect(api.writes == ["patch /api/v1/nodes/a", "create /api/v1/namespaces/n/pods/web/eviction"])
        #expect(try await api.get("/api/v1/nodes/a")["spec"]?["unschedulable"] == true)
    }

    @Test("A drain that a budget stops says so")
    func blockedDrain() async throws {
        let api = RecordedAPI([
            "/api/v1/nodes": .success(["items": [Self.node("a")]]), "/api/v1/nodes/a": .success(Self.node("a")),
            "/api/v1": .success(["resources": []]),
            "/api/v1/pods": .success(["items": [["metadata": ["name": "web", "namespace": "n"]]]]),
        ])
        api.refuse(
            "/api/v1/namespaces/n/pods/web/eviction",
            .status(code: 429, reason: "TooManyRequests", message: "it would violate the budget", path: ""))
        let (lab, action) = try Self.action("{drain: {node: pool=old, timeout: 10ms}}")
        let error = await #expect(throws: CannotJudge.self) {
            try await ActionRunner(Sample.context(lab, api)).run(action)
        }
        #expect(
            error?.reason.contains("web") == true && error?.reason.contains("budget") == true,
            "\(String(describing: error))")
    }

    @Test("A program in the background takes the place of another, and the other comes back")
    func background() async throws {
        let (lab, first) = try Self.action("{run: {argv: [go, run, .], background: true, name: server, port: 8080}}")
        let (_, second) = try Self.action("{run: {argv: [python3, x.py], background: true, name: server}}")
        let (_, stop) = try Self.action("{stop: {run: server}}")
        let ground = RecordedGround()
        let context = Sample.context(lab, RecordedAPI(), ground)
        try await ActionRunner(context).run(first)
        let undo = UndoJournal()
        try await ActionRunner(context, undo: undo).run(second)
        #expect(await undo.undo(context) == [])
        try await ActionRunner(context, undo: undo).run(stop)
        #expect(await undo.undo(context) == [])
        #expect(
            ground.notes.lines == [
                "start go run .", "end go run .", "start python3 x.py", "end python3 x.py", "start go run .",
                "end go run .",
                "start go run .",
            ])
    }

    @Test("What does not listen in time has not started, and its last words are quoted")
    func silent() async throws {
        let (lab, action) = try Self.action("{run: {argv: [go, run, .], background: true, port: 8081, timeout: 300ms}}")
        let error = await #expect(throws: CannotJudge.self) { try await ActionRunner(Sample.context(lab)).run(action) }
        #expect(
            error?.reason.contains("nothing listens on port 8081") == true
                && error?.reason.contains("the last line") == true)
    }

    @Test("A program that ends has something that takes it back")
    func ending() async throws {
        let (lab, action) = try Self.action("{run: {argv: [podman, stop, hello], undo: [podman, start, hello]}}")
        let ground = RecordedGround()
        let undo = UndoJournal()
        let context = Sample.context(lab, RecordedAPI(), ground)
        try await ActionRunner(context, undo: undo).run(action)
        #expect(await undo.undo(context) == [])
        #expect(ground.notes.lines == ["run podman stop hello", "run podman start hello"])
        let failing = RecordedGround(answer: LabProgramAnswer(status: 2, output: "", errors: "no such container\n"))
        let error = await #expect(throws: CannotJudge.self) {
            try await ActionRunner(Sample.context(lab, RecordedAPI(), failing)).run(action)
        }
        #expect(error?.reason.contains("status 2: no such container") == true)
    }

    @Test(
        "A stranger's lab neither runs programs nor changes nodes unless that was accepted",
        arguments: ["{run: {argv: [rm, x]}}", "{stop: {run: server}}", "{cordon: {node: pool=old}}"])
    func stranger(_ text: String) async throws {
        let (lab, action) = try Self.action(text, isOwn: false)
        let ground = RecordedGround()
        let api = RecordedAPI([
            "/api/v1/nodes": .success(["items": [Self.node("a")]]), "/api/v1/nodes/a": .success(Self.node("a")),
        ])
        let error = await #expect(throws: CannotJudge.self) {
            try await ActionRunner(Sample.context(lab, api, ground)).run(action)
        }
        #expect(error?.reason.contains("--accept-commands") == true)
        #expect(ground.notes.lines.isEmpty && api.writes.isEmpty)
        try await ActionRunner(Sample.context(lab, api, ground, accepts: true)).run(action)
    }

    @Test("Files are written into the work folder only, and taken back")
    func files() async throws {
        let (lab, action) = try Self.action("{write: {file: files/main.go, to: cmd/main.go}}")
        let context = Sample.context(lab)
        let undo = UndoJournal()
        // The file itself lies on no disk here; that it cannot be read is said.
        let error = await #expect(throws: CannotJudge.self) { try await ActionRunner(context, undo: undo).run(action) }
        #expect(error?.reason.contains("files/main.go cannot be read") == true)
        let ground = RecordedGround(texts: ["/learner/main.go": "old"])
        let (_, delete) = try Self.action("{delete: {work: main.go}}")
        let working = Sample.context(lab, RecordedAPI(), ground)
        try await ActionRunner(working, undo: undo).run(delete)
        #expect(await undo.undo(working) == [])
        #expect(ground.notes.lines == ["remove /learner/main.go", "write /learner/main.go: old"])
    }

    @Test(
        "What an action must not name",
        arguments: [
            ("{write: {file: files/main.go, to: ../x}}", "lab.outside"),
            ("{fixture: {service: \"fixtures:8080\", settings: {wether: {}}}}", "lab.unknown-fixture"),
            ("{fixture: {service: \"fixtures:8080\", settings: {rates: {key: x}}}}", "lab.value"),
            ("{fixture: {service: \"fixtures:8080\", faults: {rates: [{kind: gone}]}}}", "lab.value"),
            ("{fixture: {service: fixtures, forget: [rates]}}", "lab.value"),
            ("{taint: {node: a=b, add: [\"k=v:Never\"]}}", "lab.value"),
            ("{label: {node: a=b}}", "lab.missing-key"),
            ("{run: {argv: [x], name: y}}", "lab.conflict"),
            ("{run: {argv: [x], background: true, undo: [y]}}", "lab.conflict"),
            ("{stop: {run: server, on: worker}}", "lab.conflict"),
            ("{stop: {service: kubelet}}", "lab.missing-key"),
            ("{load: {request: {via: service-proxy, service: \"web:80\"}, duration: 2h}}", "lab.range"),
            (
                "{load: {request: {via: service-proxy, service: \"web:80\", namespace: default}, duration: 2s}}",
                "lab.outside"
            ),
        ])
    func refused(_ text: String, _ code: String) throws {
        let error = #expect(throws: Diagnostics.self) { try Self.action(text) }
        #expect(error?.list.contains { $0.code == code } == true, "\(String(describing: error))")
    }

    @Test("Nodes are changed only by labs that say so")
    func needsNodes() throws {
        let error = #expect(throws: Diagnostics.self) {
            try Self.action("{cordon: {node: a=b}}", needs: "{hosts: true}")
        }
        #expect(error?.list.map(\.code) == ["lab.missing-need"])
    }
}
