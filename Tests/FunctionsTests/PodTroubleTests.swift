import Diagnostics
import KubernetesAPI
import Testing

@testable import Functions

@Suite("What keeps instances from running")
struct PodTroubleTests {
    static func pod(_ reason: String, _ message: String = "", lastState: JSONValue? = nil) -> JSONValue {
        [
            "metadata": ["name": "hello-1", "labels": ["faas_function": "hello"]], "spec": ["nodeName": "worker-1"],
            "status": [
                "containerStatuses": [
                    .record([
                        "image": "registry.example/hello:1",
                        "state": ["waiting": ["reason": .string(reason), "message": .string(message)]],
                        "lastState": lastState,
                    ])
                ]
            ],
        ]
    }

    @Test(
        "Each kind has its code",
        arguments: [
            ("ErrImagePull", "function.image"), ("ImagePullBackOff", "function.image"),
            ("InvalidImageName", "function.image"), ("ErrImageNeverPull", "function.image"),
            ("CreateContainerConfigError", "function.configuration"), ("CrashLoopBackOff", "function.crash"),
        ])
    func kinds(_ reason: String, _ code: String) {
        let problem = PodTrouble.of(Self.pod(reason, "told"))?.diagnostic(function: "hello")
        #expect(problem?.code == code)
        #expect(problem?.host == "worker-1")
        #expect(problem?.summary.contains("worker-1") == true)
    }

    @Test("Pods on the way have none", arguments: ["ContainerCreating", "PodInitializing"])
    func none(_ reason: String) { #expect(PodTrouble.of(Self.pod(reason)) == nil) }

    @Test("No node takes it")
    func unschedulable() {
        let pod: JSONValue = [
            "metadata": ["name": "a"],
            "status": [
                "conditions": [
                    [
                        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                        "message": "0/2 nodes are available: 2 Insufficient cpu.",
                    ]
                ]
            ],
        ]
        let problem = PodTrouble.of(pod)?.diagnostic(function: "hello")
        #expect(problem?.code == "function.unschedulable")
        #expect(problem?.detail == "0/2 nodes are available: 2 Insufficient cpu.")
    }

    @Test("An image that cannot be pulled: which, on which node, and the error of its events")
    func image() async throws {
        let cluster = TableCluster([
            "/api/v1/namespaces/fn/pods/hello-1": Self.pod(
                "ImagePullBackOff", "Back-off pulling image \"registry.example/hello:1\""),
            "/api/v1/namespaces/fn/events/e1": [
                "involvedObject": ["name": "hello-1"], "reason": "Failed",
                "message":
                    "Failed to pull image \"registry.example/hello:1\": dial tcp: lookup registry.example: no such host",
            ],
        ])
        let waiting = FunctionWait(FunctionObjects(cluster), deadline: .seconds(5), patience: .milliseconds(20))
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await waiting.run("hello", pods: FunctionPods(namespace: "fn", selector: "faas_function=hello")) {
                () throws(Diagnostic) in
                FunctionRecord(name: "hello", framework: "openfaas", namespace: "fn", state: .pending)
            }
        }
        #expect(problem?.code == "function.image")
        #expect(problem?.summary == "the image registry.example/hello:1 of hello cannot be pulled on node worker-1")
        #expect(problem?.detail?.contains("no such host") == true)
    }

    @Test("Waiting ends at the deadline, and says how far it is")
    func deadline() async throws {
        let waiting = FunctionWait(FunctionObjects(TableCluster()), deadline: .milliseconds(60))
        let problem = await #expect(throws: Diagnostic.self) {
            _ = try await waiting.run("hello", pods: nil) { () throws(Diagnostic) in
                FunctionRecord(
                    name: "hello", framework: "openfaas", namespace: "fn", state: .pending, reason: "0 of 1 are new")
            }
        }
        #expect(problem?.code == "function.not-ready")
        #expect(problem?.summary.contains("0 of 1 are new") == true)
    }

    @Test("A Deployment is done as kubectl judges it")
    func rollout() {
        func deployment(_ generation: Int, _ status: JSONValue, replicas: Int = 2) -> JSONValue {
            [
                "metadata": ["generation": .integer(generation)], "spec": ["replicas": .integer(replicas)],
                "status": status,
            ]
        }
        let done: JSONValue = [
            "observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
        ]
        #expect(Rollout(deployment(3, done)).isDone)
        #expect(Rollout(deployment(4, done)).reason == "the change is not seen yet")
        var old = done
        old["replicas"] = 3
        #expect(Rollout(deployment(3, old)).reason == "1 old instances still run")
        var few = done
        few["availableReplicas"] = 1
        #expect(Rollout(deployment(3, few)).reason == "1 of 2 instances are available")
        #expect(Rollout(deployment(3, ["observedGeneration": 3], replicas: 0)).isDone)
    }
}
