import Foundation
import TestSupport

/// Health and objects as the scenarios need them.
extension TestFleet {
    func health(_ spec: Spec, _ options: [String] = []) async throws -> HealthAnswer {
        try await health(arguments: ["-f", spec.path] + options)
    }

    func health(arguments: [String]) async throws -> HealthAnswer {
        let outcome = try await start(["health", "--format", "json"] + arguments).wait(
            seconds: arguments.contains("--active") ? 150 : arguments.contains("--disruptive") ? 300 : 60)
        guard let answer = try? JSONDecoder().decode(HealthAnswer.self, from: Data(outcome.output.utf8)) else {
            throw Failure("health: \(outcome.said)")
        }
        return answer
    }

    /// Healthy again: what was done before must not be taken for what is done next.
    ///
    /// - Parameter known: probes whose alarms are true of this cluster.
    func calm(before what: String, besides known: Set<String> = []) async throws {
        var last: HealthAnswer?
        do {
            try await eventually("calm before: \(what)", within: 150) {
                last = try await health(spec)
                return last.map { $0.alarms.allSatisfy { known.contains($0.id) } } ?? false ? true : nil
            }
        } catch {
            throw Failure("\(error); alarms: \(last?.alarms.map { "\($0.id) \($0.subject) \($0.measured)" } ?? [])")
        }
    }

    func make(_ objects: String) async throws { try await kubectl("apply", "-f", try manifest(objects)) }

    func unmake(_ objects: String) async throws {
        try await kubectl("delete", "-f", try manifest(objects), "--ignore-not-found", "--wait=false")
    }

    private func manifest(_ objects: String) throws -> String {
        let path = folder + "/objects.yaml"
        try objects.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// What programs of the control plane were put through is no fault of the next case.
    ///
    /// Those of Kubernetes 1.20 may lose watches while etcd has no leader (kubernetes/kubernetes#97294), and then hear of
    /// nothing for minutes: they connect to the API anew. And restarts are an alarm for a day: the ended containers, by
    /// which the kubelet knows of them, are removed.
    func forgetDisturbance() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for host in hosts {
                group.addTask {
                    try await self.console(
                        host,
                        """
                        ss -Ktn '( dport = :6443 or dport = :8443 )' >/dev/null
                        ENDED=$(crictl ps -a -q --state Exited) && [ -n "$ENDED" ] && crictl rm $ENDED >/dev/null || true
                        """)
                }
            }
            try await group.waitForAll()
        }
    }

    /// As a network add-on would: in the node's status, which no kubelet touches for this condition.
    func setNetworkUnavailable(_ isUnavailable: Bool, of node: String) async throws {
        let text = try await kubectl("get", "node", node, "-o", "json")
        guard var object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            var status = object["status"] as? [String: Any],
            var conditions = status["conditions"] as? [[String: Any]]
        else { throw Failure("node \(node) is not understood") }
        conditions.removeAll { $0["type"] as? String == "NetworkUnavailable" }
        if isUnavailable {
            conditions.append([
                "type": "NetworkUnavailable", "status": "True", "reason": "Test", "message": "no route",
                "lastTransitionTime": "2026-01-01T00:00:00Z", "lastHeartbeatTime": "2026-01-01T00:00:00Z",
            ])
        }
        status["conditions"] = conditions
        object["status"] = status
        let path = folder + "/node.json"
        try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: path))
        try await kubectl("replace", "--raw", "/api/v1/nodes/\(node)/status", "-f", path)
    }
}
