import Foundation
import Testing

@testable import KubernetesAPI

/// What large answers cost; one at a time, since memory is that of the whole process.
@Suite("Cost", .serialized, .timeLimit(.minutes(2))) struct CostTests {
    /// As much of a pod as a check looks at.
    struct SmallPod: Decodable, Sendable {
        struct Metadata: Decodable, Sendable {
            var name: String?
            var namespace: String?
            var labels: [String: String]?
        }
        struct Spec: Decodable, Sendable { var nodeName: String? }
        struct Condition: Decodable, Sendable {
            var type: String?
            var status: String?
        }
        struct Container: Decodable, Sendable {
            var name: String?
            var ready: Bool?
            var restartCount: Int?
        }
        struct Status: Decodable, Sendable {
            var phase: String?
            var conditions: [Condition]?
            var containerStatuses: [Container]?
        }

        var metadata: Metadata?
        var spec: Spec?
        var status: Status?
    }

    struct Page: Decodable { var items: [SmallPod] }

    /// Almost 3 kB each, as pods of a real cluster are without their managed fields.
    static func pods(_ count: Int) throws -> [UInt8] {
        let environment: [JSONValue] = (0..<12).map { index in
            [
                "name": "VARIABLE_\(index)",
                "valueFrom": ["secretKeyRef": ["name": "secret-\(index)", "key": "some-key"]],
            ]
        }
        let mounts: [JSONValue] = (0..<6).map {
            ["name": "volume-\($0)", "mountPath": "/var/lib/some/path/\($0)", "readOnly": true]
        }
        let pods: [JSONValue] = (0..<count).map { index in
            let conditions: [JSONValue] = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map {
                [
                    "type": .string($0), "status": "True", "lastProbeTime": nil,
                    "lastTransitionTime": "2026-01-02T03:04:05Z",
                ]
            }
            let container: JSONValue = [
                "name": "main", "image": "registry.test/team/application:v1.2.3", "env": .array(environment),
                "volumeMounts": .array(mounts), "resources": ["requests": ["cpu": "100m", "memory": "128Mi"]],
            ]
            return [
                "metadata": [
                    "name": "application-7d9c6b5f4-\(index)", "namespace": "team-\(index % 20)", "uid": "0000-\(index)",
                    "labels": ["app": "application", "pod-template-hash": "7d9c6b5f4", "team": "team-\(index % 20)"],
                    "annotations": [
                        "checksum/config": "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
                    ],
                ],
                "spec": [
                    "nodeName": "node-\(index % 500)", "containers": [container], "serviceAccountName": "default",
                    "tolerations": [
                        ["key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"]
                    ],
                ],
                "status": [
                    "phase": "Running", "podIP": "10.1.2.3", "conditions": .array(conditions),
                    "containerStatuses": [
                        [
                            "name": "main", "ready": true, "restartCount": 3,
                            "image": "registry.test/team/application:v1.2.3",
                        ]
                    ],
                ],
            ]
        }
        return try JSONCoding.encode(["items": .array(pods)] as JSONValue, path: "")
    }

    /// Ten pages of 500 are 5000 pods; the bound leaves room for a debug build on a busy machine.
    @Test func decodingIsQuick() throws {
        let bytes = try Self.pods(500)
        let start = ContinuousClock.now
        for _ in 0..<10 {
            let page = try JSONCoding.decode(Page.self, bytes, path: "")
            #expect(page.items.count == 500 && page.items[7].status?.containerStatuses?[0].restartCount == 3)
        }
        let passed = ContinuousClock.now - start
        #expect(passed < .seconds(20))
        if ProcessInfo.processInfo.environment["MARTLET_TEST_MEASURE"] != nil {
            print("5000 pods, \(bytes.count * 10) bytes: \(passed)")
        }
    }

    @Test func muchMetricsCostLittle() async throws {
        let client = try await FaultServer.shared().client()
        let before = try memory()
        let samples = try await client.metrics("/metrics/50", names: ["wanted_total"])
        let grown = try memory() - before
        #expect(client.traffic.bytes > 49 << 20 && samples.count > 40)
        #expect(samples.last == .init(name: "wanted_total", labels: ["code": "500"], value: 1))
        #expect(grown < 32 << 20, "\(grown) bytes more")
        if ProcessInfo.processInfo.environment["MARTLET_TEST_MEASURE"] != nil {
            print("50 MB of metrics: \(grown) bytes")
        }
    }

    private func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.filter(\.isNumber))) * 1024
    }
}
