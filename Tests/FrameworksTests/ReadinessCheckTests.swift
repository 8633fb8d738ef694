import APIServerRig
import ClusterModel
import ConfigTree
import Diagnostics
import Foundation
import KubernetesAPI
import Testing

@testable import Frameworks

/// Each kind of check seen to hold and seen not to, on the API server of the bundle that MARTLET_TEST_BUNDLE names.
@Suite("Readiness checks", .enabled(if: ControlPlane.bundle != nil), .serialized, .timeLimit(.minutes(3)))
struct ReadinessCheckTests {
    let client: KubernetesClient
    let namespace = uniqueName("ready")

    init() async throws {
        client = try await ControlPlane.shared().client()
        _ = try await client.create(
            "/api/v1/namespaces",
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
    }

    func release(_ change: (inout Framework) -> Void = { _ in }) throws -> FrameworkRelease {
        var framework = try Toadstool.framework()
        change(&framework)
        return try FrameworkRelease(
            framework, channel: framework.channels[0], parameters: ["namespace": .text(namespace)],
            cluster: ClusterFacts(
                version: KubernetesVersion(1, 20, 2), nodes: [ClusterFacts.Node(name: "me", address: "127.0.0.1")]))
    }

    func runner(_ change: (inout Framework) -> Void = { _ in }) throws -> CheckRunner {
        let release = try release(change)
        return CheckRunner(release, client, EndpointReach(client: client, facts: release.cluster))
    }

    func observe(_ subject: ReadinessCheck.Subject) async throws -> CheckObservation {
        try await runner().observe(ReadinessCheck(subject))
    }

    func make(_ path: String, _ object: JSONValue) async throws {
        var object = object
        object["metadata"]?["namespace"] = .string(namespace)
        _ = try await client.create(path, object)
    }

    @Test func aRolloutIsJudgedByItsStatus() {
        func deployment(_ status: JSONValue) -> JSONValue {
            ["kind": "Deployment", "metadata": ["generation": 2], "spec": ["replicas": 2], "status": status]
        }
        let good: JSONValue = [
            "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
        ]
        #expect(Rollout.judge(deployment(good)).holds)
        for (key, value, words) in [
            ("observedGeneration", 1, "has not seen"), ("availableReplicas", 1, "1 of 2"),
            ("updatedReplicas", 1, "1 up to date"), ("replicas", 3, "2 of 2"),
        ] {
            var status = good
            status[key] = .integer(value)
            let seen = Rollout.judge(deployment(status))
            #expect(!seen.holds && seen.observed.contains(words), "\(key): \(seen.observed)")
        }
        var failed = good
        failed["availableReplicas"] = 0
        failed["conditions"] = [["type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small"]]
        #expect(Rollout.judge(deployment(failed)).observed == "exceeded quota: small")
        let daemons: JSONValue = [
            "kind": "DaemonSet", "metadata": ["generation": 1],
            "status": [
                "observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 2,
            ],
        ]
        #expect(Rollout.judge(daemons).observed == "2 of 3 pods are available")
    }

    @Test func aPodSaysWhereAndWhy() {
        #expect(
            WorkloadCauses.words(["metadata": ["name": "p"], "spec": [:]])
                == "pod p: no node has been chosen for it yet")
        let waiting: JSONValue = [
            "metadata": ["name": "p"], "spec": ["nodeName": "worker-1"],
            "status": [
                "containerStatuses": [
                    [
                        "name": "c", "image": "a/b:1",
                        "state": ["waiting": ["reason": "ErrImagePull", "message": "no such"]],
                    ]
                ]
            ],
        ]
        #expect(
            WorkloadCauses.words(waiting) == "pod p on worker-1: container c waits: ErrImagePull: no such (image a/b:1)"
        )
    }

    @Test func definitionsAndConditions() async throws {
        let missing = try await observe(.established(["nothing.example"]))
        #expect(!missing.holds && missing.observed == "not served yet: nothing.example")
        let name = "things.\(namespace).example"
        _ = try await client.create(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            [
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": .string(name)],
                "spec": [
                    "group": .string("\(namespace).example"), "scope": "Namespaced",
                    "names": ["kind": "Thing", "plural": "things"],
                    "versions": [
                        [
                            "name": "v1", "served": true, "storage": true,
                            "schema": ["openAPIV3Schema": ["type": "object"]],
                        ]
                    ],
                ],
            ])
        try await runner().wait([ReadinessCheck(.established([name]))], within: .seconds(20), phase: "test")
        let object = ObjectName(
            apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: name)
        #expect(try await observe(.condition(object, type: "Established", status: "True")).holds)
        #expect(try await !observe(.condition(object, type: "Terminating", status: "True")).holds)
        try await client.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\(name)")
    }

    @Test func fieldsAndAbsence() async throws {
        try await make(
            "/api/v1/namespaces/\(namespace)/configmaps",
            [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "labels": ["x": "y"]],
                "data": ["k": "7"],
            ])
        let object = ObjectName(apiVersion: "v1", kind: "ConfigMap", name: "a")
        func field(_ test: FieldCondition.Test) async throws -> CheckObservation {
            try await observe(.field(object, FieldCondition(path: try FieldPath("data.k"), test: test)))
        }
        #expect(try await field(.equals("7")).holds)
        #expect(try await field(.exists).holds)
        let wrong = try await field(.equals("8"))
        #expect(!wrong.holds && wrong.observed == "data.k is 7")
        func absent(_ selector: String) -> ReadinessCheck.Subject {
            .absent(
                FrameworkRemoval.Objects(
                    apiVersion: "v1", kind: "ConfigMap", namespace: namespace, selector: selector, names: [],
                    applies: Applicability()))
        }
        let present = try await observe(absent("x=y"))
        #expect(!present.holds && present.observed == "1 ConfigMap left: a")
        #expect(try await observe(absent("x=z")).holds)
    }

    @Test func endpointsAndJobs() async throws {
        let none = try await observe(.endpoints(service: "s", minimum: 1))
        #expect(!none.holds && none.observed.hasSuffix("has 0 ready addresses"))
        // Without selector, so that its Endpoints are ours; those of no Service the controller of other suites may delete.
        try await make(
            "/api/v1/namespaces/\(namespace)/services",
            ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"], "spec": ["ports": [["port": 80]]]])
        try await make(
            "/api/v1/namespaces/\(namespace)/endpoints",
            [
                "apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": "s"],
                "subsets": [["addresses": [["ip": "10.244.0.7"]], "ports": [["port": 80]]]],
            ])
        #expect(try await observe(.endpoints(service: "s", minimum: 1)).holds)
        #expect(try await !observe(.endpoints(service: "s", minimum: 2)).holds)

        #expect(try await !observe(.job("j")).holds)
        let path = "/apis/batch/v1/namespaces/\(namespace)/jobs"
        for (type, holds, isFinal) in [("Failed", false, true), ("Complete", true, false)] {
            let name = type.lowercased()
            try await make(
                path,
                [
                    "apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": .string(name)],
                    "spec": [
                        "template": ["spec": ["restartPolicy": "Never", "containers": [["name": "c", "image": "i"]]]]
                    ],
                ])
            var seen = try await observe(.job(name))
            // The controller of Jobs writes the status, too, and may take this back once.
            for _ in 0..<20 where seen.holds != holds || seen.isFinal != isFinal {
                _ = try await client.patch(
                    "\(path)/\(name)/status",
                    ["status": ["conditions": [["type": .string(type), "status": "True", "message": "so it is"]]]])
                seen = try await observe(.job(name))
            }
            #expect(seen.holds == holds && seen.isFinal == isFinal, "\(type): \(seen)")
        }
    }

    @Test func anObjectThatIsLetIn() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func accepted(_ text: String) async throws -> CheckObservation {
            try Data(text.utf8).write(to: folder.appendingPathComponent("o.yaml"))
            return try await runner { $0.folder = folder.path }.observe(ReadinessCheck(.accepted(file: "o.yaml")))
        }
        #expect(try await accepted("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: let-in}\n").holds)
        let refused = try await accepted("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: []}\n")
        #expect(!refused.holds && refused.observed.contains("spec.ports"), "\(refused.observed)")
        let unknown = try await accepted("apiVersion: no.example/v1\nkind: Nothing\nmetadata: {name: s}\n")
        #expect(!unknown.holds && unknown.observed.contains("does not serve"))
        // A dry run leaves nothing.
        await #expect(throws: KubernetesError.self) {
            _ = try await client.value("/api/v1/namespaces/\(namespace)/configmaps/let-in")
        }
    }

    @Test func anEndpointWithCredentials() async throws {
        let server = try EchoServer()
        defer { server.stop() }
        try await make(
            "/api/v1/namespaces/\(namespace)/services",
            [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "outside"],
                "spec": [
                    "type": "NodePort", "ports": [["name": "http", "port": 80, "nodePort": .integer(server.port)]],
                ],
            ])
        try await make(
            "/api/v1/namespaces/\(namespace)/services",
            ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "inside"], "spec": ["ports": [["port": 80]]]])
        func endpoint(_ secret: String) -> FrameworkEndpoint {
            FrameworkEndpoint(
                id: "gate", service: "inside", namespace: namespace, port: "80", scheme: "http", isInsecure: false,
                nodePortService: "outside", nodePortPort: "http", host: nil,
                authentication: .basic(secret: secret, namespace: namespace, user: "u", password: "p"),
                applies: Applicability())
        }
        try await make(
            "/api/v1/namespaces/\(namespace)/secrets",
            [
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "spores"],
                "data": ["u": "YWRtaW4=", "p": "c2VjcmV0"],
            ])
        func check(
            _ path: String, secret: String = "spores", json: [FieldCondition] = [], contains: String? = nil
        ) async throws -> CheckObservation {
            let request = EndpointRequest(
                endpoint: "gate", method: "POST", path: path, body: ["name": "${secret.spores.p}"])
            return try await runner { framework in
                framework.endpoints = [endpoint(secret)]
                framework.secrets[0].keys = [(name: "p", value: .fixed("x"))]
            }.observe(ReadinessCheck(.http(request, contains: contains, json: json)))
        }
        func field(_ path: String, _ value: JSONValue) throws -> FieldCondition {
            FieldCondition(path: try FieldPath(path), test: .equals(value))
        }
        // admin:secret, and the secret's value in the body.
        let good = try await check(
            "/x",
            json: [
                try field("authorization", "Basic YWRtaW46c2VjcmV0"), try field("method", "POST"),
                try field("body", "{\"name\":\"secret\"}"),
            ])
        #expect(good.holds, "\(good)")
        let status = try await check("/status/503")
        #expect(!status.holds && status.observed == "gate answered 503")
        #expect(try await !check("/x", json: [try field("method", "GET")]).holds)
        #expect(try await !check("/x", contains: "nowhere").holds)
        let unknown = try await check("/x", secret: "other")
        #expect(!unknown.holds && unknown.observed.contains("is not there or lacks a key"))
        server.stop()
        let away = try await check("/x")
        #expect(!away.holds && away.observed.contains("is not reached from here"), "\(away.observed)")
        #expect(away.observed.contains("do not pass the API server's proxy"))
        #expect(away.observed.contains("a connection to one of its pods"), "\(away.observed)")
        // Without a port of its own, over a connection to its pod, which the kubelet of the rig plays.
        try await make(
            "/api/v1/namespaces/\(namespace)/pods",
            [
                "metadata": ["name": "gate"],
                "spec": ["nodeName": "played", "containers": [["name": "main", "image": "none"]]],
            ])
        try await make(
            "/api/v1/namespaces/\(namespace)/endpoints",
            [
                "apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": "inside"],
                "subsets": [
                    [
                        "addresses": [["ip": "10.244.0.7", "targetRef": ["kind": "Pod", "name": "gate"]]],
                        "ports": [["port": 80]],
                    ]
                ],
            ])
        let carried = try await check(
            "/x",
            json: [
                try field("line", "POST /x HTTP/1.1"),
                try field("authorization", ["Authorization: Basic YWRtaW46c2VjcmV0"]),
                try field("body", "{\"name\":\"secret\"}"),
            ])
        #expect(carried.holds, "\(carried)")
        // Its port may be the next server's.
        try await client.delete("/api/v1/namespaces/\(namespace)/services/outside")
    }

    @Test func waitingEndsWithTheCause() async throws {
        let check = ReadinessCheck(.endpoints(service: "none", minimum: 1), explanation: "Nothing is behind it.")
        await #expect {
            try await runner().wait([check], within: .milliseconds(300), phase: "core")
        } throws: { error in
            let diagnostic = (error as? Diagnostics)?.list.first
            return diagnostic?.code == "framework.not-ready"
                && diagnostic?.summary.contains("phase core: waited") == true
                && diagnostic?.detail?.contains("Nothing is behind it.") == true
        }
    }
}
