import APIServerRig
import ConfigTree
import Diagnostics
import Foundation
import KubernetesAPI
import Testing
import YAMLDocument

@testable import Functions

/// What is written for Kubeless' controllers, on the kube-apiserver of the bundle that MARTLET_TEST_BUNDLE names, with our definitions.
///
/// The controller is played: it writes as the real one does, whose updates hold null for each field that is not there.
@Suite("Kubeless on a real API server", .enabled(if: ControlPlane.bundle != nil), .serialized, .timeLimit(.minutes(5)))
struct KubelessOnServerTests {
    let client: KubernetesClient
    let calls: ClusterCalls
    let namespace = uniqueName("kubeless")

    init() async throws {
        client = try await ControlPlane.shared().client()
        calls = ClusterCalls(client, fieldManager: "martlet")
        try await define()
        _ = try await client.create("/api/v1/namespaces", ["metadata": ["name": .string(namespace)]])
    }

    private func define() async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = "manifests/kubeless/definitions.yaml"
        let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        for part in text.components(separatedBy: "\n---\n") {
            let definition = NodeValue.json(try YAMLReader.document(Array(part.utf8), file: path).root)
            try await calls.apply(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\(definition.name)", definition)
        }
        let plurals: Set = ["functions", "httptriggers", "cronjobtriggers"]
        for _ in 0..<100 {
            let served = try? await client.value("/apis/kubeless.io/v1beta1")["resources"]?.array
            if plurals.isSubset(of: (served ?? []).compactMap { $0["name"]?.string }) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the kinds of Kubeless are not served")
    }

    /// A pod in which the function controller runs, says its status.
    private func startController() async throws {
        let name = KubelessController.deployment
        let labels: JSONValue = ["kubeless": "controller"]
        let containers: JSONValue = [
            ["name": "kubeless-function-controller", "image": "x:1"],
            ["name": "http-trigger-controller", "image": "x:1"],
        ]
        let template: JSONValue = ["metadata": ["labels": labels], "spec": ["containers": containers]]
        _ = try await client.create(
            path("apps/v1", "deployments"),
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
                "spec": ["selector": ["matchLabels": labels], "template": template],
            ])
        _ = try await client.create(
            path("v1", "pods"),
            [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "controller", "labels": labels],
                "spec": ["containers": containers],
            ])
        let running: JSONValue = [
            "name": "kubeless-function-controller", "image": "x:1", "imageID": "", "ready": true, "restartCount": 0,
            "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]],
        ]
        _ = try await client.patch(
            path("v1", "pods", "controller") + "/status", ["status": ["containerStatuses": [running]]])
    }

    private func path(_ version: String, _ plural: String, _ name: String? = nil) -> String {
        FunctionObjects.path(version, plural, namespace: namespace, name)
    }

    private var function: String { path(KubelessObjects.group, "functions", "hello") }

    private func platform() -> KubelessPlatform {
        let site = FunctionSite(
            framework: "kubeless", adapter: .kubeless, namespace: namespace, core: namespace,
            runtimes: [FunctionRuntime(id: "python3.8", language: "python")], takesImages: false,
            triggers: [.http, .schedule], triggerImage: "busybox:1")
        var platform = KubelessPlatform(
            site, DoorClient(cluster: calls, web: NoWeb(), insecureWeb: NoWeb()), servers: Sample.servers)
        platform.patience = .seconds(1)
        return platform
    }

    /// As `FunctionObjAddFinalizer` and `httpTriggerObjAddFinalizer` write it back: a whole object, with null where nothing is.
    private func hold(_ path: String, _ finalizer: String) async throws {
        var object = try await client.value(path)
        object["metadata"]?["finalizers"] = [.string(finalizer)]
        for key in ["deps", "service", "horizontalPodAutoscaler", "host-name", "tls", "payload"]
        where object["spec"]?[key] == nil {
            object["spec"]?[key] = .null
        }
        try await calls.replace(path, object)
    }

    @Test("All of it is accepted, held by finalizers, replaced, and gone when they are taken off")
    func life() async throws {
        try await startController()
        _ = try await client.create(path("v1", "secrets"), ["metadata": ["name": "mail"]])
        var order = FunctionOrder(
            name: "hello", code: .source(Sample.source()), environment: ["A": "b"], secrets: ["mail"],
            labels: ["team": "x"], annotations: ["note": "y"], memory: "64Mi", minimum: 1, maximum: 3,
            triggers: [.schedule(cron: "0 6 * * *", payload: "{\"a\":1}")])
        #expect(try await platform().deploy(order) == .created)
        try await hold(function, "kubeless.io/function")
        try await hold(path(KubelessObjects.group, "cronjobtriggers", "hello"), "kubeless.io/cronjobtrigger")

        // Somebody's write between reading and replacing: the server refuses the first, and the second has all of it.
        let stale = try await client.value(function)
        _ = try await client.patch(function, ["metadata": ["annotations": ["from": "controller"]]])
        #expect(try await FunctionObjects(calls).replace(function, stale) == false)
        order.environment = ["A": "c"]
        order.maximum = nil
        #expect(try await platform().deploy(order) == .updated)
        let now = try await client.value(function)
        #expect(now["metadata"]?["finalizers"] == ["kubeless.io/function"])
        #expect(now["metadata"]?["annotations"]?["from"] == "controller")
        #expect(now["spec"]?["horizontalPodAutoscaler"] == nil)
        let container = now["spec"]?["deployment"]?["spec"]?["template"]?["spec"]?["containers"]?[0]
        #expect(container?["env"] == [["name": "A", "value": "c"]])
        try await platform().scale("hello", to: 2)

        // The controller's pod is there and takes no finalizer off.
        try await platform().remove("hello")
        for plural in ["functions", "cronjobtriggers"] {
            #expect(try await FunctionObjects(calls).find(path(KubelessObjects.group, plural, "hello")) == nil)
        }
    }
}
