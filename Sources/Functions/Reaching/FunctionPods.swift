package import Diagnostics
package import KubernetesAPI

/// Where the instances of a function are found.
package struct FunctionPods: Sendable, Hashable {
    package var namespace: String
    /// A label selector.
    package var selector: String
    /// The container that runs the function; nil where there is only one.
    package var container: String?
    /// Of the pods' names, where labels do not tell functions apart.
    package var nameEnd: String?

    package init(namespace: String, selector: String, container: String? = nil, nameEnd: String? = nil) {
        self.namespace = namespace
        self.selector = selector
        self.container = container
        self.nameEnd = nameEnd
    }

    package var path: String { FunctionObjects.path("v1", "pods", namespace: namespace) }
}

extension FunctionObjects {
    /// Those that are not about to end.
    package func pods(_ pods: FunctionPods) async throws(Diagnostic) -> [JSONValue] {
        try await list(pods.path, labels: pods.selector).filter { pod in
            pod.at("metadata", "deletionTimestamp") == nil && (pods.nameEnd.map { pod.name.hasSuffix($0) } ?? true)
        }
    }

    /// Of the first pod that waiting alone does not help, with what its events say.
    package func trouble(_ pods: FunctionPods) async throws(Diagnostic) -> PodTrouble? {
        for pod in try await self.pods(pods) {
            guard var trouble = PodTrouble.of(pod), trouble.kind.isLasting else { continue }
            let path = Self.path("v1", "events", namespace: pods.namespace)
            let field = "involvedObject.name=\(pod.name)"
            if let events = try? await cluster.list(path, labels: nil, fields: field) {
                trouble.take(events: events.items)
            }
            return trouble
        }
        return nil
    }

    /// Of all instances, newest last.
    ///
    /// - Parameter container: which one of a pod, where that is not the same in all.
    package func logs(
        _ pods: FunctionPods, tail: Int, container: ((JSONValue) -> String?)? = nil
    ) async throws(Diagnostic) -> [FunctionLogLine] {
        var lines: [FunctionLogLine] = []
        for pod in try await list(pods.path, labels: pods.selector) {
            let text: String
            do throws(KubernetesError) {
                text = try await cluster.logs(
                    namespace: pods.namespace, pod: pod.name, container: container?(pod) ?? pods.container,
                    tail: tail, previous: false)
            } catch {
                // A container that has not begun has written nothing; what comes before it may have.
                guard error.code == 400 else { throw error.diagnostic }
                text = try await preparation(pod, pods.namespace, tail: tail)
            }
            lines += text.split(separator: "\n", omittingEmptySubsequences: true).map {
                FunctionLogLine(instance: pod.name, text: String($0))
            }
        }
        return lines
    }

    /// What the init container wrote that runs, or fails.
    private func preparation(_ pod: JSONValue, _ namespace: String, tail: Int) async throws(Diagnostic) -> String {
        let containers = pod.at("status", "initContainerStatuses")?.array ?? []
        guard
            let name = containers.first(where: { $0.at("state", "terminated", "exitCode")?.int != 0 })?["name"]?.string
        else { return "" }
        do throws(KubernetesError) {
            return try await cluster.logs(
                namespace: namespace, pod: pod.name, container: name, tail: tail, previous: false)
        } catch {
            guard error.code == 400 else { throw error.diagnostic }
            return ""
        }
    }

    package static func isReady(_ pod: JSONValue) -> Bool { pod.condition("Ready")?["status"]?.string == "True" }
}
