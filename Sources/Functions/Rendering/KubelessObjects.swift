package import KubernetesAPI

/// What Kubeless' controller makes of its resources, made by martlet where no controller can run (Kubernetes 1.22 and later).
///
/// Shapes after vmware-archive/kubeless `pkg/utils/kubelessutil.go` (EnsureFuncConfigMap, EnsureFuncService, EnsureFuncDeployment) and its HTTP
/// and cron triggers, in API versions that are served today. All are owned by the Function, so that deleting it deletes them.
package struct KubelessObjects: Sendable {
    package var site: FunctionSite
    package var order: FunctionOrder
    package var pod: ServedPod
    /// `metadata.uid` of the Function.
    package var uid: String
    /// `batch/v1`, `autoscaling/v2` or what came before them.
    package var cronVersion: String
    package var autoscalingVersion: String

    package init(
        site: FunctionSite, order: FunctionOrder, pod: ServedPod, uid: String, cronVersion: String = "batch/v1",
        autoscalingVersion: String = "autoscaling/v2"
    ) {
        self.site = site
        self.order = order
        self.pod = pod
        self.uid = uid
        self.cronVersion = cronVersion
        self.autoscalingVersion = autoscalingVersion
    }

    package static let group = "kubeless.io/v1beta1"
    static let portName = "http-function-port"

    private var name: String { order.name }
    private var labels: JSONValue { ServedPod.labels(name, framework: site.framework) }

    private var owner: JSONValue { Self.owner(name, uid: uid) }

    static func owner(_ name: String, uid: String) -> JSONValue {
        [
            "apiVersion": .string(group), "kind": "Function", "name": .string(name), "uid": .string(uid),
            "controller": true, "blockOwnerDeletion": true,
        ]
    }

    private func metadata(_ own: String? = nil) -> JSONValue {
        [
            "name": .string(own ?? name), "namespace": .string(site.namespace), "labels": labels,
            "ownerReferences": [owner],
        ]
    }

    func path(_ version: String, _ plural: String, _ own: String? = nil) -> String {
        FunctionObjects.path(version, plural, namespace: site.namespace, own ?? name)
    }

    /// In the order in which they are made.
    package var all: [(path: String, object: JSONValue)] {
        var objects = [
            (
                path("v1", "configmaps"),
                pod.configMap(name, namespace: site.namespace, framework: site.framework, owner: owner)
            ),
            (path("v1", "services"), service), (path("apps/v1", "deployments"), deployment),
        ]
        if let scaler { objects.append((path(autoscalingVersion, "horizontalpodautoscalers"), scaler)) }
        for trigger in order.triggers {
            switch trigger {
            case .http(let host, let route):
                objects.append((path("networking.k8s.io/v1", "ingresses"), ingress(host: host, path: route)))
            case .schedule(let cron, let payload):
                objects.append(
                    (
                        path(cronVersion, "cronjobs", "trigger-\(name)"),
                        TriggerObjects.cronJob(
                            name: name, framework: site.framework, namespace: site.namespace, version: cronVersion,
                            cron: cron, payload: payload, url: "http://\(name).\(site.namespace):8080/",
                            image: site.triggerImage ?? "", owner: owner)
                    ))
            case .queue: continue
            }
        }
        return objects
    }

    package var service: JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(),
            "spec": [
                "type": "ClusterIP", "selector": ["created-by": "kubeless", "function": .string(name)],
                "ports": [
                    ["name": .string(Self.portName), "protocol": "TCP", "port": 8080, "targetPort": 8080]
                ],
            ],
        ]
    }

    package var deployment: JSONValue {
        let matched: JSONValue = ["created-by": "kubeless", "function": .string(name)]
        var environment = order.environment.merging(pod.environment) { $1 }
        if pod.installation != nil {
            environment["PYTHONPATH"] = environment["PYTHONPATH"] ?? "/packages"
            environment["NODE_PATH"] = environment["NODE_PATH"] ?? "/packages/node_modules"
        }
        var mounts: [JSONValue] = [["name": .string(name), "mountPath": .string(ServedPod.folder), "readOnly": true]]
        var volumes: [JSONValue] = [pod.volume(named: name, configMap: name)]
        if pod.installation != nil {
            mounts.append(["name": "packages", "mountPath": "/packages"])
            volumes.append(["name": "packages", "emptyDir": [:]])
        }
        for secret in order.secrets {
            // As `kubeless function deploy --secrets` mounts them.
            mounts.append(["name": .string("\(secret)-vol"), "mountPath": .string("/\(secret)"), "readOnly": true])
            volumes.append(["name": .string("\(secret)-vol"), "secret": ["secretName": .string(secret)]])
        }
        var resources: [String: JSONValue] = [:]
        if let memory = order.memory { resources["memory"] = .string(memory) }
        if let cpu = order.cpu { resources["cpu"] = .string(cpu) }
        let health: JSONValue = ["path": "/healthz", "port": 8080]
        let container = JSONValue.record([
            "name": .string(name), "image": .string(pod.image), "imagePullPolicy": "IfNotPresent",
            "command": .array(pod.command.map { .string($0) }), "env": .array(KnativePlatform.list(environment)),
            "ports": [["containerPort": 8080]], "volumeMounts": .array(mounts),
            "livenessProbe": ["httpGet": health, "initialDelaySeconds": 3, "periodSeconds": 30],
            // Kubeless has none; without it requests go to a server that does not listen yet.
            "readinessProbe": ["httpGet": health, "periodSeconds": 1, "failureThreshold": 30],
            "resources": resources.isEmpty ? nil : ["limits": .object(resources), "requests": .object(resources)],
        ])
        let installer: JSONValue? = pod.installation.map { command in
            [
                "name": "install", "image": .string(pod.image), "imagePullPolicy": "IfNotPresent",
                "command": ["sh", "-c", .string(command)],
                "env": [["name": "HOME", "value": "/packages"]], "volumeMounts": .array(mounts),
            ]
        }
        let podSpec = JSONValue.record([
            "initContainers": installer.map { [$0] }, "containers": [container], "volumes": .array(volumes),
            "securityContext": ["runAsUser": 1000, "fsGroup": 1000],
            "affinity": [
                "podAntiAffinity": [
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        [
                            "weight": 100,
                            "podAffinityTerm": [
                                "labelSelector": ["matchLabels": matched], "topologyKey": "kubernetes.io/hostname",
                            ],
                        ]
                    ]
                ]
            ],
        ])
        let annotations = order.annotations.merging([
            "prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "prometheus.io/port": "8080",
            "martlet.dev/source-sha256": pod.digest,
        ]) { $1 }
        let podLabels = order.labels.merging(labels.texts) { $1 }
        var spec: JSONValue = [
            "selector": ["matchLabels": matched],
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 0]],
            "template": [
                "metadata": ["labels": JSONValue(podLabels), "annotations": JSONValue(annotations)], "spec": podSpec,
            ],
        ]
        // With an autoscaler the number is its own.
        if scaler == nil { spec["replicas"] = .integer(order.minimum ?? 1) }
        return ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(), "spec": spec]
    }

    /// By processor use, at 70 percent of what the function asks for; nil unless more than the fewest are allowed.
    package var scaler: JSONValue? {
        guard let maximum = order.maximum, maximum > order.minimum ?? 1 else { return nil }
        return [
            "apiVersion": .string(autoscalingVersion), "kind": "HorizontalPodAutoscaler", "metadata": metadata(),
            "spec": [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(name)],
                "minReplicas": .integer(max(1, order.minimum ?? 1)), "maxReplicas": .integer(maximum),
                "metrics": [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 70]],
                    ]
                ],
            ],
        ]
    }

    package func ingress(host: String?, path: String) -> JSONValue {
        // By number: an Ingress takes names of up to 15 characters only, and Kubeless' is longer.
        let backend: JSONValue = ["service": ["name": .string(name), "port": ["number": 8080]]]
        let rule = JSONValue.record([
            "host": host.map { .string($0) },
            "http": ["paths": [["path": .string(path), "pathType": "Prefix", "backend": backend]]],
        ])
        return [
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata(), "spec": ["rules": [rule]],
        ]
    }
}
