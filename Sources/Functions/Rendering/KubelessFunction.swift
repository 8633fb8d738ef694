internal import Diagnostics
internal import Digests
internal import Foundation
internal import KubernetesAPI

/// The resource `Function` of one order (vmware-archive/kubeless `pkg/apis/kubeless/v1beta1/function.go`).
struct KubelessFunction: Sendable {
    var site: FunctionSite
    var order: FunctionOrder
    var source: SourcePackage
    /// `module.function`.
    var handler: String
    var runtime: FunctionRuntime

    /// Bytes that a ConfigMap may hold (core/v1, MaxSecretSize), less what else is in it.
    static let contentLimit = (1 << 20) - 4096

    private var bytes: [UInt8] { source.isFolder ? ZipArchive.pack(source.files) : source.mainBytes }
    private var environment: [JSONValue] { KnativePlatform.list(order.environment) }

    /// Text of the field `function`.
    var content: String { source.isFolder ? Data(bytes).base64EncodedString() : source.mainText }

    /// The file that names dependencies, by the runtime's language.
    private var dependencies: String? {
        let names = ["python": "requirements.txt", "nodejs": "package.json", "ruby": "Gemfile", "php": "composer.json"]
        let file = source.files.first { $0.path == names[runtime.language] }
        return file.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private var metadata: JSONValue {
        let labels = order.labels.merging(ServedPod.labels(order.name, framework: site.framework).texts) { $1 }
        return ["name": .string(order.name), "namespace": .string(site.namespace), "labels": JSONValue(labels)]
    }

    private var common: [String: JSONValue?] {
        [
            "handler": .string(handler), "runtime": .string(runtime.id), "function": .string(content),
            "function-content-type": .string(source.isFolder ? "base64+zip" : "text"),
            "checksum": .string("sha256:" + Digest.sha256(bytes)),
            // Left out rather than empty: server-side apply of Kubernetes 1.20 makes null of an empty text, which is no text.
            "deps": dependencies.map { .string($0) }, "timeout": .string(String(order.timeout ?? 180)),
        ]
    }

    private func object(_ spec: [String: JSONValue?], _ metadata: JSONValue) -> JSONValue {
        [
            "apiVersion": .string(KubelessObjects.group), "kind": "Function", "metadata": metadata,
            "spec": .record(spec),
        ]
    }

    /// Where martlet makes the rest: nobody reads more of it than that.
    var resource: JSONValue {
        var spec = common
        if !environment.isEmpty {
            let container: JSONValue = ["name": .string(order.name), "env": .array(environment)]
            spec["deployment"] = ["spec": ["template": ["spec": ["containers": [container]]]]]
        }
        return object(spec, metadata)
    }

    /// As Kubeless' own program writes it (`cmd/kubeless/function/function.go`, `cmd/kubeless/autoscale/autoscale.go`), for its
    /// controller to make the rest of it.
    var forController: JSONValue {
        var spec = common
        spec["deployment"] = deployment
        spec["service"] = service
        spec["horizontalPodAutoscaler"] = scaler
        var metadata = metadata
        // The controller hands them on to Deployment and pods.
        if !order.annotations.isEmpty { metadata["annotations"] = JSONValue(order.annotations) }
        // The controller does not look at a change of nothing but runtime, labels or annotations (`functionObjChanged`); with this one of
        // the Deployment changes, too. It is also how one sees what of a Function has become a Deployment.
        let revision = Self.digest(object(spec, metadata))
        var deployment = deployment
        deployment["spec"]?["template"]?["metadata"] = ["annotations": [Self.revisionKey: .string(revision)]]
        spec["deployment"] = deployment
        return object(spec, metadata)
    }

    static let revisionKey = "martlet.dev/revision"

    /// What a Deployment, or the part of a Function that becomes one, says it was made of; nil if martlet did not write it.
    static func revision(_ deployment: JSONValue?) -> String? {
        deployment?.at("spec", "template", "metadata", "annotations")?[revisionKey]?.string
    }

    private static func digest(_ object: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(Digest.sha256([UInt8]((try? encoder.encode(object)) ?? Data())).prefix(16))
    }

    private var deployment: JSONValue {
        var resources: [String: JSONValue] = [:]
        if let memory = order.memory { resources["memory"] = .string(memory) }
        if let cpu = order.cpu { resources["cpu"] = .string(cpu) }
        let mounts: [JSONValue] = order.secrets.map {
            ["name": .string("\($0)-vol"), "mountPath": .string("/\($0)"), "readOnly": true]
        }
        let volumes: [JSONValue] = order.secrets.map {
            ["name": .string("\($0)-vol"), "secret": ["secretName": .string($0)]]
        }
        // No image: the controller puts the source beside the runtime's own image only.
        let container = JSONValue.record([
            "name": .string(order.name), "imagePullPolicy": "IfNotPresent",
            // Neither has the controller one: a pod would be ready before its server listens, and old ones would go before that.
            "readinessProbe": [
                "httpGet": ["path": "/healthz", "port": 8080], "periodSeconds": 1, "failureThreshold": 30,
            ],
            "env": environment.isEmpty ? nil : .array(environment),
            "resources": resources.isEmpty ? nil : ["limits": .object(resources), "requests": .object(resources)],
            "volumeMounts": mounts.isEmpty ? nil : .array(mounts),
        ])
        return [
            "spec": .record([
                // With an autoscaler the number is its own.
                "replicas": scaler == nil ? .integer(order.minimum ?? 1) : nil,
                "template": [
                    "spec": .record([
                        "containers": [container], "volumes": volumes.isEmpty ? nil : .array(volumes),
                    ])
                ],
            ])
        ]
    }

    /// Without it the controller selects pods by all labels of the Function, and keeps that when they change.
    private var service: JSONValue {
        [
            "type": "ClusterIP", "selector": ["created-by": "kubeless", "function": .string(order.name)],
            "ports": [
                [
                    "name": .string(KubelessObjects.portName), "protocol": "TCP", "port": 8080, "targetPort": 8080,
                ]
            ],
        ]
    }

    /// In autoscaling/v2beta1, which the controller speaks (served up to Kubernetes 1.24); nil unless more than the fewest are allowed.
    private var scaler: JSONValue? {
        guard let maximum = order.maximum, maximum > max(1, order.minimum ?? 1) else { return nil }
        return [
            "apiVersion": "autoscaling/v2beta1", "kind": "HorizontalPodAutoscaler", "metadata": metadata,
            "spec": [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(order.name)],
                "minReplicas": .integer(max(1, order.minimum ?? 1)), "maxReplicas": .integer(maximum),
                "metrics": [["type": "Resource", "resource": ["name": "cpu", "targetAverageUtilization": 70]]],
            ],
        ]
    }
}
