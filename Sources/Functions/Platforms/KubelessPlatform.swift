package import Diagnostics
internal import Digests
internal import Foundation
internal import KubernetesAPI
internal import WebClient

/// Kubeless through its custom resources: with its own controller where one runs, else martlet makes what the controller would.
///
/// Sources: vmware-archive/kubeless `pkg/apis/kubeless/v1beta1/function.go` (fields), `cmd/kubeless/function/call.go` (headers of an
/// invocation; the trailing slash that a POST through the API server needs), vmware-archive/runtimes (contract of the servers).
package struct KubelessPlatform: FunctionPlatform {
    package let client: DoorClient
    package let servers: RuntimeServers
    package let site: FunctionSite
    private var objects: FunctionObjects { FunctionObjects(client.cluster) }

    package init(_ site: FunctionSite, _ client: DoorClient, servers: RuntimeServers) {
        self.site = site
        self.client = client
        self.servers = servers
    }

    private func path(_ plural: String, _ name: String? = nil) -> String {
        FunctionObjects.path(KubelessObjects.group, plural, namespace: site.namespace, name)
    }

    /// Kubeless' own controllers, where they run, make the objects.
    private func hasController() async throws(Diagnostic) -> Bool {
        try await objects.find(
            FunctionObjects.path("apps/v1", "deployments", namespace: site.core, "kubeless-controller-manager")) != nil
    }

    // MARK: deploying

    package func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        try check(order)
        guard let source = order.source else { throw FunctionProblem.input("an image", site, "source: --source") }
        let runtime = try RuntimeChoice.choose(
            order.runtime, language: SourceReader.language(ending: source.ending), of: site.runtimes,
            framework: site.framework)
        for case .schedule in order.triggers where site.triggerImage == nil {
            throw Diagnostic(
                code: "function.trigger", "\(site.framework) has no image for schedules",
                hint: "an image with a shell and wget or curl: --trigger-image", exitCode: .usage)
        }
        let pod = try servers.pod(order, source, runtime, framework: site.framework)
        let isNew = try await objects.find(path("functions", order.name)) == nil
        try await objects.apply(path("functions", order.name), try Self.function(order, source, pod, runtime, site))
        for trigger in order.triggers { try await apply(trigger, order.name) }
        guard try await !hasController() else { return isNew ? .created : .updated }
        guard let uid = try await objects.find(path("functions", order.name))?.at("metadata", "uid")?.string else {
            throw try await missing(order.name)
        }
        let rendered = KubelessObjects(
            site: site, order: order, pod: pod, uid: uid, cronVersion: try await TriggerObjects.cronVersion(objects),
            autoscalingVersion: try await TriggerObjects.autoscalingVersion(objects))
        for (path, object) in rendered.all {
            try await refuseForeign(path)
            try await objects.apply(path, object)
        }
        return isNew ? .created : .updated
    }

    /// Something of the same name that no function owns must not be taken over (Kubeless looks at the same label).
    private func refuseForeign(_ path: String) async throws(Diagnostic) {
        guard let there = try await objects.find(path) else { return }
        let labels = there.at("metadata", "labels")
        guard labels?["created-by"]?.string != "kubeless", labels?[FunctionObjects.functionLabel] == nil else { return }
        throw Diagnostic(
            code: "function.conflict", "\(path) is there already and belongs to nobody's function",
            hint: "give the function another name, or delete that object")
    }

    /// The resource as `kubeless function deploy` writes it.
    static func function(
        _ order: FunctionOrder, _ source: SourcePackage, _ pod: ServedPod, _ runtime: FunctionRuntime,
        _ site: FunctionSite
    ) throws(Diagnostic) -> JSONValue {
        let bytes = source.isFolder ? ZipArchive.pack(source.files) : source.mainBytes
        let content = source.isFolder ? Data(bytes).base64EncodedString() : source.mainText
        let dependencies = source.files.first { $0.path == "requirements.txt" || $0.path == "package.json" }
        let labels = order.labels.merging(ServedPod.labels(order.name, framework: site.framework).texts) { $1 }
        let environment = KnativePlatform.list(order.environment)
        return [
            "apiVersion": .string(KubelessObjects.group), "kind": "Function",
            "metadata": [
                "name": .string(order.name), "namespace": .string(site.namespace), "labels": JSONValue(labels),
            ],
            "spec": .record([
                "handler": .string(pod.handler), "runtime": .string(runtime.id), "function": .string(content),
                "function-content-type": .string(source.isFolder ? "base64+zip" : "text"),
                "checksum": .string(
                    "sha256:" + Digest.sha256(bytes)),
                // Left out rather than empty: server-side apply of Kubernetes 1.20 makes null of an empty text, which is no text.
                "deps": dependencies.map { .string(String(decoding: $0.bytes, as: UTF8.self)) },
                "timeout": .string(String(order.timeout ?? 180)),
                "deployment": environment.isEmpty
                    ? nil
                    : [
                        "spec": [
                            "template": [
                                "spec": ["containers": [["name": .string(order.name), "env": .array(environment)]]]
                            ]
                        ]
                    ],
            ]),
        ]
    }

    /// Without its first slash; nil if nothing is left.
    static func plain(_ route: String) -> String? {
        let path = String(route.drop { $0 == "/" })
        return path.isEmpty ? nil : path
    }

    private func apply(_ trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) {
        let metadata: JSONValue = [
            "name": .string(name), "namespace": .string(site.namespace),
            "labels": ServedPod.labels(name, framework: site.framework),
        ]
        switch trigger {
        case .http(let host, let route):
            try await objects.apply(
                path("httptriggers", name),
                [
                    "apiVersion": .string(KubelessObjects.group), "kind": "HTTPTrigger", "metadata": metadata,
                    "spec": .record([
                        "function-name": .string(name), "host-name": host.map { .string($0) },
                        "path": Self.plain(route).map { .string($0) },
                    ]),
                ])
        case .schedule(let cron, let payload):
            try await objects.apply(
                path("cronjobtriggers", name),
                [
                    "apiVersion": .string(KubelessObjects.group), "kind": "CronJobTrigger", "metadata": metadata,
                    "spec": .record([
                        "function-name": .string(name), "schedule": .string(cron),
                        "payload": payload.map { JSONValue.parse(Array($0.utf8)) ?? .string($0) },
                    ]),
                ])
        case .queue: return
        }
    }

    // MARK: looking

    package func list() async throws(Diagnostic) -> [FunctionRecord] {
        let functions = try await objects.list(path("functions"))
        let deployments = try await objects.list(
            FunctionObjects.path("apps/v1", "deployments", namespace: site.namespace), labels: "created-by=kubeless")
        let https = try await objects.list(path("httptriggers"))
        let crons = try await objects.list(path("cronjobtriggers"))
        return functions.map { function in
            record(function, deployments.first { $0.name == function.name }, https, crons)
        }.sorted { $0.name < $1.name }
    }

    package func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? {
        guard let function = try await objects.find(path("functions", name)) else { return nil }
        let deployment = try await objects.find(
            FunctionObjects.path("apps/v1", "deployments", namespace: site.namespace, name))
        let https = try await objects.find(path("httptriggers", name)).map { [$0] } ?? []
        let crons = try await objects.find(path("cronjobtriggers", name)).map { [$0] } ?? []
        return record(function, deployment, https, crons)
    }

    private func record(
        _ function: JSONValue, _ deployment: JSONValue?, _ https: [JSONValue], _ crons: [JSONValue]
    ) -> FunctionRecord {
        let rollout = deployment.map { Rollout($0) }
        let isMine = { (trigger: JSONValue) in trigger.at("spec", "function-name")?.string == function.name }
        let routes = https.filter(isMine).map { trigger in
            "http \(trigger.at("spec", "host-name")?.string ?? "")/\(trigger.at("spec", "path")?.string ?? "")"
        }
        let schedules = crons.filter(isMine).compactMap { $0.at("spec", "schedule")?.string }.map { "schedule \($0)" }
        var terms = ["handler": function.at("spec", "handler")?.string ?? ""]
        if let checksum = function.at("spec", "checksum")?.string { terms["checksum"] = checksum }
        if let content = function.at("spec", "function-content-type")?.string {
            terms["function-content-type"] = content
        }
        let isScaledDown = rollout.map { $0.isDone && $0.replicas == 0 } ?? false
        return FunctionRecord(
            name: function.name, framework: site.framework, namespace: site.namespace,
            state: isScaledDown ? .idle : rollout?.isDone == true ? .ready : .pending,
            reason: rollout?.reason ?? "there is no Deployment yet",
            image: deployment?.at("spec", "template", "spec", "containers")?[0]?["image"]?.string,
            runtime: function.at("spec", "runtime")?.string, replicas: rollout?.replicas,
            available: rollout?.available, triggers: routes + schedules,
            created: function.at("metadata", "creationTimestamp")?.string, terms: terms)
    }

    // MARK: using

    /// Through the API server, as Kubeless' own program does it.
    package func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        guard !invocation.isAsynchronous else {
            throw Diagnostic(
                code: "function.no-async", "Kubeless has no asynchronous requests",
                hint: "its queue triggers need Kafka or NATS and their own controllers", exitCode: .usage)
        }
        let door = ServiceDoor(.proxy(namespace: site.namespace, service: name, port: KubelessObjects.portName))
        let type = invocation.isJSON ? "application/json" : "application/x-www-form-urlencoded"
        let event: [(name: String, value: String)] = [
            ("event-id", Self.eventID()), ("event-time", Date().formatted(.iso8601)), ("event-type", type),
            ("event-namespace", "cli.kubeless.io"),
        ]
        do throws(Diagnostic) {
            return try await client.send(
                DoorRequest(
                    invocation.method, "/" + invocation.path, headers: invocation.allHeaders + event,
                    body: invocation.body.isEmpty ? nil : invocation.body, timeout: invocation.timeout), through: door)
        } catch {
            guard error.code == "function.no-service" else { throw error }
            throw try await missing(name)
        }
    }

    /// Eleven letters and digits, as Kubeless makes them.
    static func eventID() -> String {
        String((0..<11).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "0" })
    }

    package func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] {
        guard try await objects.find(path("functions", name)) != nil, let pods = pods(name) else {
            throw try await missing(name)
        }
        return try await objects.logs(pods, tail: tail)
    }

    package func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {
        try checkScale(replicas)
        guard try await objects.find(path("functions", name)) != nil else { throw try await missing(name) }
        let scaler = FunctionObjects.path(
            try await TriggerObjects.autoscalingVersion(objects), "horizontalpodautoscalers", namespace: site.namespace,
            name)
        guard try await objects.find(scaler) == nil else {
            throw Diagnostic(
                code: "function.scale", "\(name) has an autoscaler, which would undo this",
                hint: "deploy it again with other --min and --max", exitCode: .usage)
        }
        try await objects.patch(
            FunctionObjects.path("apps/v1", "deployments", namespace: site.namespace, name),
            ["spec": ["replicas": .integer(replicas)]])
    }

    /// The rest belongs to the Function and goes with it.
    package func delete(_ name: String) async throws(Diagnostic) {
        for plural in ["httptriggers", "cronjobtriggers"] { try await objects.delete(path(plural, name)) }
        guard try await objects.delete(path("functions", name)) else { throw try await missing(name) }
    }

    package func pods(_ name: String) -> FunctionPods? {
        FunctionPods(namespace: site.namespace, selector: "created-by=kubeless,function=\(name)")
    }

    package func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        guard let pods = pods(name) else { return nil }
        return try await objects.sum("function_calls_total", pods: pods, port: 8080) { _ in true }
    }
}
