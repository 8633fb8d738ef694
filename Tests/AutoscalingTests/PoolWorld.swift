import ClusterModel
import Foundation
import Health

@testable import Autoscaling

/// A cluster in JSON, as its API would list it.
struct PoolWorld {
    var pool = PoolSpec(name: "spare", minimum: 0, maximum: 2, labels: ["pool": "spare"])
    var taints: [Taint] = []
    var nodes: [String] = []
    var pods: [String] = []
    var budgets: [String] = []
    /// Hosts of the pool by name; false does not answer.
    var hosts: [(name: String, answers: Bool)] = [("worker-2", true), ("worker-3", true)]
    var now = Date(timeIntervalSince1970: 1_700_000_000)

    /// One control plane and one worker, two cores each.
    static var small: PoolWorld {
        var world = PoolWorld()
        world.addNode(
            "cp-1", labels: ["node-role.kubernetes.io/control-plane": ""],
            taints: [("node-role.kubernetes.io/master", "", "NoSchedule")])
        world.addNode("worker-1")
        return world
    }

    mutating func addNode(
        _ name: String, cpu: String = "2", labels: [String: String] = [:], taints: [(String, String, String)] = [],
        isReady: Bool = true, created: Double = -3600, isCordoned: Bool = false
    ) {
        let labels = labels.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ",")
        let taints = taints.map { "{\"key\": \"\($0.0)\", \"value\": \"\($0.1)\", \"effect\": \"\($0.2)\"}" }
            .joined(separator: ",")
        nodes.append(
            """
            {"metadata": {"name": "\(name)", "labels": {\(labels)},
              "creationTimestamp": "\(KubernetesTime.text(now.addingTimeInterval(created)))"},
             "spec": {"taints": [\(taints)], "unschedulable": \(isCordoned)},
             "status": {"capacity": {"cpu": "\(cpu)", "memory": "4100Mi", "pods": "110"},
                        "allocatable": {"cpu": "\(cpu)", "memory": "4000Mi", "pods": "110"},
                        "conditions": [{"type": "Ready", "status": "\(isReady ? "True" : "Unknown")"}]}}
            """)
    }

    /// - Parameters:
    ///   - node: nil waits, and the scheduler found no place.
    ///   - spec: further members of its specification, JSON.
    ///   - annotations: JSON.
    mutating func addPod(
        _ name: String, on node: String? = nil, cpu: String? = "400m", namespace: String = "work",
        owner: String? = "ReplicaSet", labels: String = "\"app\": \"web\"", annotations: String = "", spec: String = "",
        status: String = "", isGoing: Bool = false
    ) {
        let requests = cpu.map { "{\"cpu\": \"\($0)\"}" } ?? "{}"
        let owners = owner.map { "[{\"kind\": \"\($0)\", \"name\": \"x\"}]" } ?? "[]"
        let place = node.map { "\"nodeName\": \"\($0)\"," } ?? ""
        let scheduled =
            node == nil
            ? "{\"type\": \"PodScheduled\", \"status\": \"False\", \"reason\": \"Unschedulable\", \"message\": \"0/2 nodes are available: 2 Insufficient cpu.\"}"
            : "{\"type\": \"PodScheduled\", \"status\": \"True\"}"
        pods.append(
            """
            {"metadata": {"name": "\(name)", "namespace": "\(namespace)", "labels": {\(labels)},
              "annotations": {\(annotations)},
              \(isGoing ? "\"deletionTimestamp\": \"2023-11-14T22:13:20Z\"," : "") "ownerReferences": \(owners)},
             "spec": {\(place) \(spec.isEmpty ? "" : spec + ",")
               "containers": [{"name": "c", "resources": {"requests": \(requests)}}]},
             "status": {\(status.isEmpty ? "" : status + ",") "phase": "\(node == nil ? "Pending" : "Running")",
               "conditions": [\(scheduled)]}}
            """)
    }

    mutating func addBudget(_ name: String, allowed: Int, namespace: String = "work") {
        budgets.append(
            """
            {"metadata": {"name": "\(name)", "namespace": "\(namespace)"},
             "spec": {"selector": {"matchLabels": {"app": "web"}}}, "status": {"disruptionsAllowed": \(allowed)}}
            """)
    }

    func observation() throws -> PoolObservation {
        func read<Value: Decodable>(_ texts: [String], _ type: Value.Type) throws -> [Value] {
            try texts.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
        }
        return PoolObservation(
            pool: pool,
            hosts: hosts.map { entry in
                PoolHost(
                    host: HostSpec(
                        name: entry.name, address: "192.0.2.1", internalAddress: "192.0.2.1", roles: [.worker],
                        labels: pool.labels, taints: taints, pool: pool.name),
                    machine: entry.answers ? PoolHost.Machine(cpus: 2, memoryKiB: 4_198_400) : nil)
            }, nodes: try read(nodes, PoolNode.self), pods: try read(pods, PoolPod.self),
            budgets: try read(budgets, DisruptionBudget.self), now: now)
    }

    func decide(
        _ settings: PoolSettings = PoolSettings(idle: 60), _ memory: PoolMemory = PoolMemory()
    ) throws -> (decision: PoolDecision, memory: PoolMemory) {
        PoolAutoscaler.decide(try observation(), settings: settings, memory: memory)
    }
}
