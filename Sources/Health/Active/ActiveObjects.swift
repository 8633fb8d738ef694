internal import KubernetesAPI

/// The objects that a run makes, all in its namespace.
///
/// The pods ask for nothing: no rights, no account, no room, so that policies for pods let them in everywhere.
struct ActiveObjects: Sendable {
    let namespace: String
    let image: String

    private var core: String { "/api/v1/namespaces/\(namespace)" }
    private var apps: String { "/apis/apps/v1/namespaces/\(namespace)" }
    private var networking: String { "/apis/networking.k8s.io/v1/namespaces/\(namespace)" }

    struct Made: Sendable {
        /// Of the collection.
        var path: String
        var object: JSONValue
    }

    // MARK: pods

    /// Not root, no rights: allowed by the `restricted` standard of pod security.
    private var podSecurity: JSONValue {
        [
            "runAsNonRoot": true, "runAsUser": 65534, "runAsGroup": 65534, "fsGroup": 65534,
            "seccompProfile": ["type": "RuntimeDefault"],
        ]
    }

    private func container(_ script: String, mount: String, isProbed: Bool = false, lingers: Bool = false) -> JSONValue
    {
        var container: JSONValue = [
            "name": "main", "image": .string(image), "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", .string(script)],
            "env": [["name": "NODE", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]]],
            "volumeMounts": [["name": "files", "mountPath": .string(mount)]],
            "securityContext": ["allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]]],
        ]
        if isProbed {
            container["readinessProbe"] = [
                "httpGet": ["path": "/name", "port": .integer(MeasuringScript.port)], "periodSeconds": 1,
            ]
        }
        // Long enough for all nodes to take the pod out of the service; it answers meanwhile.
        if lingers { container["lifecycle"] = ["preStop": ["exec": ["command": ["sleep", "4"]]]] }
        return container
    }

    private func pod(
        _ container: JSONValue, volume: JSONValue = ["name": "files", "emptyDir": [:]], grace: Int = 1
    ) -> JSONValue {
        [
            "automountServiceAccountToken": false, "enableServiceLinks": false, "securityContext": podSecurity,
            "terminationGracePeriodSeconds": .integer(grace), "containers": [container], "volumes": [volume],
        ]
    }

    private func metadata(_ name: String, app: String? = nil) -> JSONValue {
        var metadata: JSONValue = ["name": .string(name), "namespace": .string(namespace)]
        if let app { metadata["labels"] = ["app": .string(app)] }
        return metadata
    }

    private func service(_ name: String, app: String, _ more: [String: JSONValue]) -> Made {
        let port: JSONValue = [
            "name": "http", "port": .integer(MeasuringScript.port), "targetPort": .integer(MeasuringScript.port),
        ]
        let spec: [String: JSONValue] = ["selector": ["app": .string(app)], "ports": [port]]
        return Made(
            path: core + "/services",
            object: [
                "apiVersion": "v1", "kind": "Service", "metadata": metadata(name),
                "spec": .object(spec.merging(more) { $1 }),
            ])
    }

    // MARK: network

    /// One server on every node, whatever taints it has.
    var servers: Made {
        var template = pod(container(MeasuringScript.server, mount: "/www", isProbed: true))
        template["tolerations"] = [["operator": "Exists"]]
        template["nodeSelector"] = ["kubernetes.io/os": "linux"]
        return Made(
            path: apps + "/daemonsets",
            object: [
                "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata("servers"),
                "spec": [
                    "selector": ["matchLabels": ["app": "servers"]],
                    "template": ["metadata": ["labels": ["app": "servers"]], "spec": template],
                ],
            ])
    }

    var serversService: Made { service("servers", app: "servers", ["type": "NodePort"]) }
    var headlessService: Made { service("headless", app: "servers", ["clusterIP": "None"]) }

    /// The pod that the policies are about.
    var guarded: Made {
        Made(
            path: core + "/pods",
            object: [
                "apiVersion": "v1", "kind": "Pod", "metadata": metadata("guarded", app: "guarded"),
                "spec": tolerant(pod(container(MeasuringScript.server, mount: "/www"))),
            ])
    }

    var policies: [Made] {
        let target: JSONValue = ["matchLabels": ["app": "guarded"]]
        let allowed: JSONValue = ["port": .integer(MeasuringScript.port), "protocol": "TCP"]
        return [
            policy("deny-all", ["podSelector": target, "policyTypes": ["Ingress"]]),
            policy(
                "allow-one-port",
                ["podSelector": target, "policyTypes": ["Ingress"], "ingress": [["ports": [allowed]]]]),
        ]
    }

    private func policy(_ name: String, _ spec: JSONValue) -> Made {
        Made(
            path: networking + "/networkpolicies",
            object: [
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata(name), "spec": spec,
            ])
    }

    /// May run on control planes: some clusters have nothing else.
    private func tolerant(_ spec: JSONValue) -> JSONValue {
        var spec = spec
        spec["tolerations"] = [
            ["key": "node-role.kubernetes.io/control-plane", "operator": "Exists"],
            ["key": "node-role.kubernetes.io/master", "operator": "Exists"],
        ]
        return spec
    }

    // MARK: workload

    var web: Made {
        var template = tolerant(
            pod(container(MeasuringScript.server, mount: "/www", isProbed: true, lingers: true), grace: 6))
        template["affinity"] = apart(from: "web")
        return Made(
            path: apps + "/deployments",
            object: [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"),
                "spec": [
                    "replicas": 2, "selector": ["matchLabels": ["app": "web"]],
                    "strategy": ["rollingUpdate": ["maxSurge": "100%", "maxUnavailable": 0]],
                    "template": ["metadata": ["labels": ["app": "web"]], "spec": template],
                ],
            ])
    }

    var webService: Made { service("web", app: "web", [:]) }

    private func apart(from app: String) -> JSONValue {
        [
            "podAntiAffinity": [
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    [
                        "weight": 100,
                        "podAffinityTerm": [
                            "topologyKey": "kubernetes.io/hostname",
                            "labelSelector": ["matchLabels": ["app": .string(app)]],
                        ],
                    ]
                ]
            ]
        ]
    }

    // MARK: storage

    var claim: Made {
        Made(
            path: core + "/persistentvolumeclaims",
            object: [
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata("claim"),
                "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Mi"]]],
            ])
    }

    var writer: Made { storagePod("writer", "echo \(MeasuringScript.greeting) >/data/martlet-health && sync") }
    /// - Parameter node: where the volume was written.
    func reader(awayFrom node: String) -> Made {
        storagePod(
            "reader", awayFrom: node,
            "grep -q \(MeasuringScript.greeting) /data/martlet-health && rm /data/martlet-health")
    }

    private func storagePod(_ name: String, awayFrom node: String? = nil, _ script: String) -> Made {
        var spec = tolerant(
            pod(
                container(script, mount: "/data"),
                volume: ["name": "files", "persistentVolumeClaim": ["claimName": "claim"]]))
        spec["restartPolicy"] = "Never"
        if let node {
            let other: JSONValue = [
                "key": "kubernetes.io/hostname", "operator": "NotIn", "values": [.string(node)],
            ]
            spec["affinity"] = [
                "nodeAffinity": [
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        ["weight": 100, "preference": ["matchExpressions": [other]]]
                    ]
                ]
            ]
        }
        return Made(
            path: core + "/pods",
            object: ["apiVersion": "v1", "kind": "Pod", "metadata": metadata(name, app: name), "spec": spec])
    }
}
