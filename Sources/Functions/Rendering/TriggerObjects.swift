package import Diagnostics
package import KubernetesAPI

/// Objects that call functions.
package enum TriggerObjects {
    /// `batch/v1` from Kubernetes 1.21 on, `batch/v1beta1` before (removed in 1.25).
    package static func cronVersion(_ objects: FunctionObjects) async throws(Diagnostic) -> String {
        try await serves("batch/v1", "cronjobs", objects) ? "batch/v1" : "batch/v1beta1"
    }

    /// `autoscaling/v2` from Kubernetes 1.23 on, `autoscaling/v2beta2` before (removed in 1.26).
    package static func autoscalingVersion(_ objects: FunctionObjects) async throws(Diagnostic) -> String {
        try await serves("autoscaling/v2", "horizontalpodautoscalers", objects)
            ? "autoscaling/v2" : "autoscaling/v2beta2"
    }

    /// Whether the server has a kind in a group version.
    package static func serves(
        _ version: String, _ plural: String, _ objects: FunctionObjects
    ) async throws(Diagnostic) -> Bool {
        let resources = try await objects.find("/apis/\(version)")?["resources"]?.array ?? []
        return resources.contains { $0["name"]?.string == plural }
    }

    /// A CronJob that posts to a URL (name, history limits and event headers as Kubeless' cron trigger makes them).
    ///
    /// - Parameter image: has a shell and curl or wget.
    package static func cronJob(
        name: String, framework: String, namespace: String, version: String, cron: String, payload: String?,
        url: String, image: String, owner: JSONValue?
    ) -> JSONValue {
        let labels: JSONValue = [
            FunctionObjects.functionLabel: .string(name), FunctionObjects.frameworkLabel: .string(framework),
        ]
        // Servers of languages read JSON where it is called that, as Kubeless' trigger calls all of it.
        let type = JSONValue.parse(Array((payload ?? "{}").utf8)) == nil ? "text/plain" : "application/json"
        // URL and payload are variables, so that nothing in them is read by the shell.
        let script = """
            if command -v curl >/dev/null; then
              exec curl -sS -f -m 60 -H "Content-Type: $TYPE" -H "event-type: $TYPE" -H "event-namespace: cronjobtrigger.kubeless.io" \
            -H "event-id: $HOSTNAME" -H "event-time: $(date -u +%Y-%m-%dT%H:%M:%SZ)" --data-raw "$PAYLOAD" "$URL"
            fi
            exec wget -q -T 60 -O - --header "Content-Type: $TYPE" --header "event-type: $TYPE" --header "event-id: $HOSTNAME" \
            --post-data "$PAYLOAD" "$URL"
            """
        let pod: JSONValue = [
            "restartPolicy": "Never",
            "containers": [
                [
                    "name": "trigger", "image": .string(image), "command": ["sh", "-c", .string(script)],
                    "env": [
                        ["name": "URL", "value": .string(url)], ["name": "PAYLOAD", "value": .string(payload ?? "{}")],
                        ["name": "TYPE", "value": .string(type)],
                    ],
                    "resources": [
                        "limits": ["cpu": "100m", "memory": "64Mi"], "requests": ["cpu": "10m", "memory": "16Mi"],
                    ],
                ]
            ],
        ]
        return [
            "apiVersion": .string(version), "kind": "CronJob",
            "metadata": .record([
                "name": .string("trigger-\(name)"), "namespace": .string(namespace), "labels": labels,
                "ownerReferences": owner.map { [$0] },
            ]),
            "spec": [
                "schedule": .string(cron), "concurrencyPolicy": "Forbid", "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 1,
                "jobTemplate": [
                    "metadata": ["labels": labels],
                    "spec": ["backoffLimit": 1, "template": ["metadata": ["labels": labels], "spec": pod]],
                ],
            ],
        ]
    }

    static func applyCronJob(
        _ objects: FunctionObjects, name: String, framework: String, namespace: String, cron: String, payload: String?,
        url: String, image: String, owner: JSONValue?
    ) async throws(Diagnostic) {
        let version = try await cronVersion(objects)
        let job = cronJob(
            name: name, framework: framework, namespace: namespace, version: version, cron: cron, payload: payload,
            url: url, image: image, owner: owner)
        try await objects.apply(
            FunctionObjects.path(version, "cronjobs", namespace: namespace, "trigger-\(name)"), job)
    }
}

extension FunctionObjects {
    /// The sum of a metric over pods, of those samples whose labels are wanted; nil if no pod has it.
    func sum(
        _ metric: String, pods: FunctionPods, port: Int, path: String = "/metrics",
        where isWanted: ([String: String]) -> Bool
    ) async throws(Diagnostic) -> (metric: String, value: Double)? {
        var sum: Double?
        for pod in try await self.pods(pods) {
            guard
                let text = try? await cluster.podText(
                    namespace: pods.namespace, pod: pod.name, port: port, path: path)
            else { continue }
            for sample in MetricsText.parse(text, names: [metric]) where isWanted(sample.labels) {
                sum = (sum ?? 0) + sample.value
            }
        }
        return sum.map { (metric, $0) }
    }
}
