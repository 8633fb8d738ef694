internal import ConfigTree
internal import Foundation
internal import KubernetesAPI

/// A workload that is fully available, and stays so.
package struct RolloutCheck: LabPrimitive {
    package static let word = "rollout"

    package var reference: ObjectReference
    package var replicas: Int?
    package var stableFor: Duration?
    package var maximumRestarts: Int?

    package var patience: Duration { .seconds(60) }
    package var leastPatience: Duration { stableFor.map { $0 + .seconds(3) } ?? .zero }
    package var foreignNamespaces: [String] { reference.namespace.map { [$0] } ?? [] }

    package var isOfTheAPI: Bool { true }

    package var expected: String {
        var text =
            "\(reference.text): " + (replicas.map { "\(counted($0, "replica")), " } ?? "") + "all ready and up to date"
        if let stableFor { text += ", without a change for \(LabDuration.text(stableFor))" }
        if let maximumRestarts { text += ", at most \(counted(maximumRestarts, "restart"))" }
        return text
    }

    package var question: String {
        "Reads \(reference.text) and compares how many replicas are wanted, up to date, ready and available."
    }

    package var next: String {
        "`kubectl -n \(reference.namespace ?? "${namespace}") rollout status \(reference.text)`, then its pods and events"
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        guard let object = try await context.find(reference) else {
            return .missing(reference, "there is no \(context.fill(reference.text))")
        }
        if let problem = problem(of: object) {
            context.memory["since"] = nil
            var observation = Observation.fail(problem, evidence: try await causes(object, context))
            observation.clue = .unready(reference, pods: selector(of: object))
            return observation
        }
        let wanted = object["spec"]?["replicas"]?.int ?? object["status"]?["desiredNumberScheduled"]?.int ?? 1
        let pods = try await context.pods(selector(of: object), namespace: reference.namespace)
        if let problem = Self.ending(pods, wanted: wanted) {
            context.memory["since"] = nil
            return .fail(problem)
        }
        if let maximumRestarts {
            let restarts = Self.restarts(pods)
            guard restarts <= maximumRestarts else { return .fail("\(counted(restarts, "restart")) of its containers") }
        }
        if let stableFor {
            let now = context.now().timeIntervalSince1970
            let since = context.memory["since"]?.double ?? now
            context.memory["since"] = .number(since)
            guard now - since >= stableFor.inSeconds else {
                return .fail("available, but only for \(Int(now - since)) s so far")
            }
        }
        return .pass("\(counted(wanted, "replica")) ready and up to date", object: object)
    }

    /// Pure; the fields are those of apps/v1.
    func problem(of object: JSONValue) -> String? {
        if object.isBeingDeleted { return "it is being deleted" }
        let status = object["status"] ?? .null
        func number(_ key: String) -> Int { status[key]?.int ?? 0 }
        guard let seen = status["observedGeneration"]?.int, seen >= object["metadata"]?["generation"]?.int ?? 0 else {
            return "its controller has not looked at the newest specification yet"
        }
        if reference.kind.kind == "DaemonSet" {
            let wanted = number("desiredNumberScheduled")
            if let replicas, wanted != replicas { return "it wants \(wanted) pods" }
            guard wanted > 0 else { return "no node is one of its own" }
            let updated = number("updatedNumberScheduled")
            if updated < wanted { return "\(updated) of \(wanted) pods are up to date" }
            let ready = number("numberReady")
            return ready < wanted || number("numberAvailable") < wanted ? "\(ready) of \(wanted) pods are ready" : nil
        }
        let wanted = object["spec"]?["replicas"]?.int ?? 1
        if let replicas, wanted != replicas { return "it wants \(counted(wanted, "replica"))" }
        if number("readyReplicas") < wanted { return "\(number("readyReplicas")) of \(wanted) replicas are ready" }
        let isSet = reference.kind.kind == "StatefulSet"
        if isSet {
            let update = status["updateRevision"]?.string
            if let update, let current = status["currentRevision"]?.string, update != current {
                return "an update is under way: \(number("updatedReplicas")) of \(wanted) replicas are up to date"
            }
            return number("replicas") > wanted ? "replicas are still being taken away" : nil
        }
        if number("updatedReplicas") < wanted { return "\(number("updatedReplicas")) of \(wanted) are up to date" }
        if number("availableReplicas") < wanted { return "\(number("availableReplicas")) of \(wanted) are available" }
        return number("replicas") > wanted ? "old replicas are still being taken away" : nil
    }

    /// Controllers of sets count a pod as ready until it has ended (updateStatefulSet in
    /// pkg/controller/statefulset/stateful_set_control.go, updateDaemonSetStatus in pkg/controller/daemon): who was told to go serves nobody for long.
    static func ending(_ pods: [JSONValue], wanted: Int) -> String? {
        let going = pods.filter(\.isBeingDeleted)
        guard !going.isEmpty, pods.count(where: \.isReadyPod) < wanted else { return nil }
        let names = going.map(\.objectName).sorted().prefix(3).joined(separator: ", ")
        return
            "\(pods.count(where: \.isReadyPod)) of \(counted(wanted, "replica")) are ready without those that are ending: \(names)"
    }

    static func restarts(_ pods: [JSONValue]) -> Int {
        pods.reduce(0) { sum, pod in
            (pod["status"]?["containerStatuses"]?.array ?? []).reduce(sum) { $0 + ($1["restartCount"]?.int ?? 0) }
        }
    }

    private func selector(of object: JSONValue) -> String {
        let labels = object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
        return labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
    }

    private func causes(_ object: JSONValue, _ context: CheckContext) async throws -> [String] {
        let selector = selector(of: object)
        guard !selector.isEmpty, let pods = try? await context.pods(selector, namespace: reference.namespace) else {
            return []
        }
        return pods.filter { !$0.isReadyPod }.prefix(3).compactMap { pod in
            pod.podProblem.map { "pod \(pod.objectName): \($0)" }
        }
    }
}
