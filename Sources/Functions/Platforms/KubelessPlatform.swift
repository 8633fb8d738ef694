package import Diagnostics
internal import Foundation
internal import KubernetesAPI
internal import WebClient

/// Kubeless through its custom resources: with its own controller where one runs, else martlet makes what the controller would.
///
/// Sources: vmware-archive/kubeless `pkg/apis/kubeless/v1beta1/function.go` (fields), `pkg/controller/function_controller.go` (finalizer, what
/// is made), `cmd/kubeless/function/call.go` (headers of an invocation; the trailing slash that a POST through the API server needs),
/// vmware-archive/http-trigger and cronjob-trigger (what triggers become), vmware-archive/runtimes (contract of the servers).
package struct KubelessPlatform: FunctionPlatform {
    package let client: DoorClient
    package let servers: RuntimeServers
    package let site: FunctionSite
    /// How long the controllers of triggers are given to make something of one, and to let go of it.
    package var patience = Duration.seconds(10)
    var objects: FunctionObjects { FunctionObjects(client.cluster) }

    package init(_ site: FunctionSite, _ client: DoorClient, servers: RuntimeServers) {
        self.site = site
        self.client = client
        self.servers = servers
    }

    func path(_ plural: String, _ name: String? = nil) -> String {
        FunctionObjects.path(KubelessObjects.group, plural, namespace: site.namespace, name)
    }

    /// The makers' finalizers (`functionFinalizer` and its likes in the three controllers).
    static func finalizer(_ plural: String) -> String { "kubeless.io/\(plural.dropLast())" }

    /// The catalogue's runtimes have no images where the controllers' settings name those.
    private var needsController: Bool { !site.runtimes.isEmpty && site.runtimes.allSatisfy { $0.image == nil } }

    private func controller() async throws(Diagnostic) -> KubelessController? {
        let found = try await KubelessController.find(objects, namespace: site.core)
        guard found == nil, needsController else { return found }
        throw Diagnostic(
            code: "function.controller",
            "Kubeless' controllers are not there: no Deployment \(site.core)/\(KubelessController.deployment)",
            detail: "they make of a Function what runs it; without them nothing comes of one",
            hint: "`martlet framework install kubeless --channel controller` puts them back")
    }

    /// As the controller's settings name them, else the catalogue's.
    package func runtimes() async throws(Diagnostic) -> [FunctionRuntime] {
        try await controller()?.runtimes ?? site.runtimes
    }

    // MARK: deploying

    package func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        try check(order)
        guard let source = order.source else { throw FunctionProblem.input("an image", site, "source: --source") }
        for case .schedule in order.triggers where site.triggerImage == nil {
            throw Diagnostic(
                code: "function.trigger", "\(site.framework) has no image for schedules",
                hint: "an image with a shell and wget or curl: --trigger-image", exitCode: .usage)
        }
        if let controller = try await controller() { return try await deploy(order, source, controller) }
        let runtime = try RuntimeChoice.choose(
            order.runtime, language: SourceReader.language(ending: source.ending), of: site.runtimes,
            framework: site.framework)
        try await checkSecrets(order, objects)
        let pod = try servers.pod(order, source, runtime, framework: site.framework)
        let old = try await objects.find(path("functions", order.name))
        let function = KubelessFunction(
            site: site, order: order, source: source, handler: pod.handler, runtime: runtime)
        var rendered = KubelessObjects(
            site: site, order: order, pod: pod, uid: old?.at("metadata", "uid")?.string ?? Self.trialOwner,
            cronVersion: try await TriggerObjects.cronVersion(objects),
            autoscalingVersion: try await TriggerObjects.autoscalingVersion(objects))
        // Nothing is written before it is clear that all of it can be.
        try await objects.tryApply(path("functions", order.name), function.resource)
        for (path, object) in rendered.all {
            try await refuseForeign(path)
            try await objects.tryApply(path, object)
        }
        try await objects.apply(path("functions", order.name), function.resource)
        for trigger in order.triggers { try await apply(trigger, order.name) }
        guard let uid = try await objects.find(path("functions", order.name))?.at("metadata", "uid")?.string else {
            throw try await missing(order.name)
        }
        rendered.uid = uid
        for (path, object) in rendered.all { try await objects.apply(path, object) }
        if old != nil { try await removeTriggers(of: rendered) }
        return old == nil ? .created : .updated
    }

    /// The owner that objects have while they are tried, before there is one.
    private static let trialOwner = "00000000-0000-0000-0000-000000000000"

    /// An order says what there is to be: triggers and the autoscaler of an earlier one go.
    private func removeTriggers(of rendered: KubelessObjects) async throws(Diagnostic) {
        let name = rendered.order.name
        let wanted = Set(rendered.all.map(\.path))
        let made: [(path: String, trigger: String?)] = [
            (rendered.path("networking.k8s.io/v1", "ingresses"), "httptriggers"),
            (rendered.path(rendered.cronVersion, "cronjobs", "trigger-\(name)"), "cronjobtriggers"),
            (rendered.path(rendered.autoscalingVersion, "horizontalpodautoscalers"), nil),
        ]
        for (path, trigger) in made where !wanted.contains(path) {
            if let trigger { try await objects.delete(self.path(trigger, name)) }
            guard let there = try await objects.find(path),
                there.at("metadata", "labels", FunctionObjects.functionLabel)?.string == name
            else { continue }
            try await objects.delete(path)
        }
    }

    /// Whether something comes true within the patience.
    func eventually(_ holds: () async throws(Diagnostic) -> Bool) async throws(Diagnostic) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + patience
        while true {
            if try await holds() { return true }
            guard clock.now < end else { return false }
            do { try await clock.sleep(for: .milliseconds(200)) } catch { return false }
        }
    }

    /// Kubeless itself looks at the same label.
    func refuseForeign(_ path: String) async throws(Diagnostic) {
        try await objects.refuseForeign(path) { $0.at("metadata", "labels", "created-by")?.string == "kubeless" }
    }

    /// Without its first slash; nil if nothing is left.
    static func plain(_ route: String) -> String? {
        let path = String(route.drop { $0 == "/" })
        return path.isEmpty ? nil : path
    }

    func apply(_ trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) {
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
        let isTaken =
            function.at("metadata", "finalizers")?.array?.contains(.string(Self.finalizer("functions"))) ?? false
        let isGoing = function.at("metadata", "deletionTimestamp")?.string != nil
        // A Deployment that is done may be that of the function before its last change.
        let isBehind =
            deployment != nil
            && KubelessFunction.revision(function.at("spec", "deployment"))
                .map { $0 != KubelessFunction.revision(deployment) } ?? false
        let isScaledDown = rollout.map { $0.isDone && $0.replicas == 0 } ?? false
        let reason =
            isGoing
            ? "it is being deleted"
            : isBehind
                ? "Kubeless' controller has not changed its Deployment yet"
                : rollout?.reason
                    ?? (isTaken
                        ? "Kubeless' controller has seen it and made no Deployment of it yet"
                        : "there is no Deployment yet")
        return FunctionRecord(
            name: function.name, framework: site.framework, namespace: site.namespace,
            state: isGoing || isBehind
                ? .pending : isScaledDown ? .idle : rollout?.isDone == true ? .ready : .pending,
            reason: reason,
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
        let scaled: JSONValue = ["spec": ["replicas": .integer(replicas)]]
        guard try await controller() != nil else {
            return try await objects.patch(
                FunctionObjects.path("apps/v1", "deployments", namespace: site.namespace, name), scaled)
        }
        // The controller makes the Deployment what the Function says, whenever it looks at it again.
        try await objects.patch(path("functions", name), ["spec": ["deployment": scaled]])
    }

    package func pods(_ name: String) -> FunctionPods? {
        FunctionPods(namespace: site.namespace, selector: "created-by=kubeless,function=\(name)")
    }

    package func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        guard let pods = pods(name) else { return nil }
        return try await objects.sum("function_calls_total", pods: pods, port: 8080) { _ in true }
    }
}
