import Diagnostics
import Foundation
import KubernetesAPI
import Synchronization

@testable import Functions

/// A framework in memory whose behaviour is chosen: instances are pods of a table, which answer as the probes do.
///
/// The double for tests of the measuring itself; whether a real framework behaves so is what `assess` measures.
final class SimulatedPlatform: FunctionPlatform {
    struct Behaviour: Sendable {
        /// Requests at a time for each instance; nil never scales.
        var scalesEvery: Int? = 4
        var scalesToZero = true
        /// Answers with 502 while fewer instances run than should.
        var losesRequests = false
        var keepsState = false
        var replacesKilled = true
        var disturbsOthers = false
        var writesLogs = true
        var countsRequests = true
        var takesImages = true
        var nodes = 2
        /// What functions from an image answer to everything.
        var imageStatus = 200
        /// The API says that an instance is ready so long after it could answer.
        var becomesReadyAfter = Duration.zero
        /// How long an instance that a change replaced is still there.
        var keepsReplaced = Duration.zero
    }

    private struct Function {
        var instances: [String] = []
        var number = 0
        var busy = 0
        var most = 1
        var last = ContinuousClock.now
        var logs: [FunctionLogLine] = []
        var count = 0
        var lost = 0
        /// By instance.
        var files: [String: String] = [:]
        var shared = ""
    }

    private struct State {
        var functions: [String: Function] = [:]
        var serial = 0
        /// Pods that become ready, and pods that go, with the time of it.
        var waiting: [String: ContinuousClock.Instant] = [:]
        var going: [String: ContinuousClock.Instant] = [:]
    }

    let behaviour: Behaviour
    let cluster: TableCluster
    private let state = Mutex(State())

    init(_ behaviour: Behaviour = Behaviour()) {
        self.behaviour = behaviour
        cluster = TableCluster()
        for node in 1...behaviour.nodes {
            cluster.set(
                "/api/v1/nodes/node-\(node)",
                [
                    "metadata": ["name": .string("node-\(node)")],
                    "status": ["conditions": [["type": "Ready", "status": "True"]]],
                ])
        }
        cluster.observe { [weak self] in self?.settle() }
    }

    /// What is idle goes.
    private func settle() {
        state.withLock { state in
            for (pod, time) in state.waiting where time <= .now {
                state.waiting[pod] = nil
                guard var object = cluster.all[path(pod)] else { continue }
                object["status"] = Self.ready(true)
                cluster.set(path(pod), object)
            }
            for (pod, time) in state.going where time <= .now {
                state.going[pod] = nil
                cluster.set(path(pod), nil)
            }
            for (name, function) in state.functions where function.busy == 0 {
                let waited = ContinuousClock.now - function.last
                if waited > .milliseconds(900), behaviour.scalesToZero {
                    adjust(name, to: 0, &state)
                } else if waited > .milliseconds(400) {
                    adjust(name, to: 1, &state)
                }
            }
        }
    }

    var site: FunctionSite {
        FunctionSite(
            framework: "simulated", adapter: .kubeless, namespace: "fn", core: "fn", runtimes: Sample.runtimes,
            takesImages: behaviour.takesImages, scalesToZero: behaviour.scalesToZero)
    }

    var names: [String] { state.withLock { $0.functions.keys.sorted() } }

    private func path(_ name: String) -> String { "/api/v1/namespaces/fn/pods/\(name)" }

    private static func ready(_ isReady: Bool) -> JSONValue {
        ["conditions": [["type": "Ready", "status": isReady ? "True" : "False"]]]
    }

    /// As many pods as should be; called with the lock held.
    private func adjust(_ name: String, to wanted: Int, _ state: inout State) {
        guard var function = state.functions[name] else { return }
        function.instances = function.instances.filter { cluster.all[path($0)] != nil }
        while function.instances.count < wanted {
            state.serial += 1
            let pod = "\(name)-\(state.serial)"
            function.instances.append(pod)
            cluster.set(
                path(pod),
                [
                    "metadata": [
                        "name": .string(pod), "uid": .string(pod), "labels": ["function": .string(name)],
                    ],
                    "spec": [
                        "nodeName": .string("node-\(state.serial % behaviour.nodes + 1)"),
                        "containers": [["resources": ["requests": ["cpu": "50m", "memory": "64Mi"]]]],
                    ], "status": Self.ready(behaviour.becomesReadyAfter == .zero),
                ])
            if behaviour.becomesReadyAfter > .zero { state.waiting[pod] = .now + behaviour.becomesReadyAfter }
        }
        while function.instances.count > wanted { cluster.set(path(function.instances.removeLast()), nil) }
        state.functions[name] = function
    }

    func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        state.withLock { state in
            let isNew = state.functions[order.name] == nil
            if isNew {
                state.functions[order.name] = Function()
            } else if behaviour.keepsReplaced > .zero {
                for pod in state.functions[order.name]?.instances ?? [] {
                    state.going[pod] = .now + behaviour.keepsReplaced
                }
                state.functions[order.name]?.instances = []
            } else {
                adjust(order.name, to: 0, &state)
            }
            adjust(order.name, to: 1, &state)
            if !isNew, behaviour.disturbsOthers {
                for other in state.functions.keys where other != order.name {
                    adjust(other, to: 0, &state)
                    adjust(other, to: 1, &state)
                }
            }
            return isNew ? .created : .updated
        }
    }

    func list() async throws(Diagnostic) -> [FunctionRecord] { names.map(record) }
    func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? { names.contains(name) ? record(name) : nil }

    private func record(_ name: String) -> FunctionRecord {
        FunctionRecord(name: name, framework: "simulated", namespace: "fn", state: .ready)
    }

    func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        let words = String(decoding: invocation.body, as: UTF8.self).split(separator: " ").map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let instance = state.withLock { state -> String? in
            guard var function = state.functions[name] else { return nil }
            function.busy += 1
            function.last = .now
            function.count += 1
            if words.first == "log", behaviour.writesLogs {
                function.logs.append(FunctionLogLine(instance: "", text: words.last ?? ""))
            }
            state.functions[name] = function
            let alive = function.instances.count { cluster.all[path($0)] != nil }
            if behaviour.losesRequests, alive < 1 {
                state.functions[name]?.lost += 1
                if function.lost.isMultiple(of: 10), function.lost > 0 { adjust(name, to: 1, &state) }
                return nil
            }
            if alive < 1, behaviour.replacesKilled || function.count < 3 { adjust(name, to: 1, &state) }
            if let every = behaviour.scalesEvery {
                let wanted = min(5, max(1, (function.busy + every - 1) / every))
                if wanted > alive { adjust(name, to: wanted, &state) }
            }
            return state.functions[name]?.instances.randomElement()
        }
        defer { leave(name) }
        if behaviour.imageStatus != 200, name.hasSuffix("-image") {
            return InvocationAnswer(status: behaviour.imageStatus, body: [])
        }
        guard let instance else { return InvocationAnswer(status: 502, body: Array("no instance".utf8)) }
        if words.first == "sleep" {
            try? await Task.sleep(for: .milliseconds(Int(words.last ?? "") ?? 0))
        } else {
            try? await Task.sleep(for: .milliseconds(1))
        }
        let found = state.withLock { state -> String in
            if words.first == "write", let word = words.last {
                state.functions[name]?.files[instance] = word
                state.functions[name]?.shared = word
            }
            let function = state.functions[name]
            return behaviour.keepsState ? function?.shared ?? "" : function?.files[instance] ?? ""
        }
        let reply: JSONValue = ["instance": .string(instance), "state": .string(found)]
        return InvocationAnswer(status: 200, body: reply.jsonBytes)
    }

    private func leave(_ name: String) {
        state.withLock { state in
            guard let busy = state.functions[name]?.busy else { return }
            state.functions[name]?.busy = busy - 1
        }
    }

    func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] {
        state.withLock { $0.functions[name]?.logs ?? [] }
    }

    func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {}

    func delete(_ name: String) async throws(Diagnostic) {
        state.withLock { state in
            adjust(name, to: 0, &state)
            state.functions[name] = nil
        }
    }

    func pods(_ name: String) -> FunctionPods? {
        FunctionPods(namespace: "fn", selector: "function=\(name)")
    }

    func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        guard behaviour.countsRequests else { return nil }
        let count = state.withLock { $0.functions[name]?.count ?? 0 }
        return (metric: "calls_total", value: Double(count))
    }
}
