import APIServerRig
import Foundation
import KubernetesAPI
import Testing

@testable import Frameworks

/// What files that others publish do to an apply, as Knative's did on a real cluster.
@Suite("Files of others on a real API server", .enabled(if: ControlPlane.bundle != nil), .timeLimit(.minutes(3)))
struct OthersFilesTests {
    let client: KubernetesClient
    let mark = UUID().uuidString.prefix(8).lowercased()

    init() async throws { client = try await ControlPlane.shared().client() }

    func desired(_ body: JSONValue) -> DesiredObject {
        let id = ObjectID(
            apiVersion: body["apiVersion"]?.string ?? "", kind: body["kind"]?.string ?? "",
            namespace: body["metadata"]?["namespace"]?.string ?? "", name: body["metadata"]?["name"]?.string ?? "")
        return DesiredObject(id, body, framework: "others-\(mark)")
    }

    /// Kubernetes 1.20 refuses it as it stands in the file.
    @Test func aPortWithoutProtocol() async throws {
        let service: JSONValue = [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string("plain-\(mark)"), "namespace": "default"],
            "spec": ["ports": [["name": "http", "port": 80]]],
        ]
        let path = "/api/v1/namespaces/default/services/plain-\(mark)"
        let made = try await client.apply(path, desired(service).body, fieldManager: "martlet")
        #expect(made["spec"]?["ports"]?[0]?["protocol"] == "TCP")
        #expect(ObjectComparison.differences(desired: desired(service).body, live: made) == [])
        let kept = desired([
            "apiVersion": "v1", "kind": "Service", "spec": ["ports": [["port": 53, "protocol": "UDP"]]],
        ])
        #expect(kept.body["spec"]?["ports"]?[0]?["protocol"] == "UDP")
    }

    /// The server leaves them out of its answer; that is no drift.
    @Test func valuesThatAreEmpty() async throws {
        let path = "/apis/apps/v1/namespaces/default/deployments/empty-\(mark)"
        func deployment(_ value: JSONValue) -> DesiredObject {
            desired([
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": ["name": .string("empty-\(mark)"), "namespace": "default"],
                "spec": [
                    "selector": ["matchLabels": ["app": "empty"]],
                    "template": [
                        "metadata": ["labels": ["app": "empty"]],
                        "spec": [
                            "hostNetwork": false,
                            "containers": [
                                ["name": "one", "image": "none:1", "env": [["name": "A", "value": value]]]
                            ],
                        ],
                    ],
                ],
            ])
        }
        let made = try await client.apply(path, deployment("").body, fieldManager: "martlet")
        let container = made["spec"]?["template"]?["spec"]?["containers"]?[0]
        #expect(container?["env"]?[0]?["value"] == nil)
        #expect(ObjectComparison.differences(desired: deployment("").body, live: made) == [])
        #expect(ObjectComparison.differences(desired: deployment("b").body, live: made).count == 1)
        try await client.delete(path)
    }

    /// The webhook's own program writes its rules by an update: from then on they are not ours.
    @Test func rulesThatAWebhookWritesItself() async throws {
        let name = "webhook-\(mark).example.com"
        let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/\(name)"
        func rules(_ resource: String) -> JSONValue {
            [
                [
                    "apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"],
                    "resources": [.string(resource)],
                ]
            ]
        }
        func configuration(_ rules: JSONValue, timeout: Int = 10) -> JSONValue {
            [
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": ["name": .string(name)],
                "webhooks": [
                    [
                        "name": .string(name), "admissionReviewVersions": ["v1"], "sideEffects": "None",
                        "failurePolicy": "Fail", "timeoutSeconds": .integer(timeout), "rules": rules,
                        "clientConfig": ["service": ["name": "none", "namespace": "default"]],
                    ]
                ],
            ]
        }
        let wanted = desired(configuration(rules("things")))
        let made = try await client.apply(path, wanted.body, fieldManager: "martlet")
        #expect(ObjectComparison.differences(desired: wanted.body, live: made) == [])
        // Before the program took them over, a difference in the rules is one.
        let other = desired(configuration(rules("others")))
        #expect(!ObjectComparison.yielding(other.body, to: made).webhookRules.isEmpty)
        _ = try await client.patch(
            path, [["op": "replace", "path": "/webhooks/0/rules/0/resources/0", "value": "things/status"]],
            type: .operations)
        let live = try await client.value(path)
        #expect(ObjectComparison.differences(desired: wanted.body, live: live) == [])
        #expect(ObjectComparison.yielding(wanted.body, to: live).webhookRules.isEmpty)
        // Everything else of it is still ours, and is changed without touching them.
        let changed = desired(configuration(rules("things"), timeout: 5))
        let writer = ObjectWriter(client: client, framework: "others-\(mark)", adopts: false)
        try await writer.apply(changed, FrameworkPlan.Change(changed.id, .update), path: path)
        let after = try await client.value(path)
        #expect(after["webhooks"]?[0]?["timeoutSeconds"] == 5)
        #expect(after["webhooks"]?[0]?["rules"]?[0]?["resources"]?[0] == "things/status")
        try await client.delete(path)
    }
}

extension JSONValue {
    fileprivate var webhookRules: [JSONValue] { (self["webhooks"]?.array ?? []).compactMap { $0["rules"] } }
}
