package import Diagnostics
internal import KubernetesAPI
internal import WebClient

/// Knative Serving through its custom resources; invocations go to the ingress with the host of the function's URL.
///
/// Sources: knative/serving `pkg/apis/serving/v1` (Service, RevisionSpec, conditions), `pkg/apis/autoscaling/register.go` (annotations),
/// `pkg/apis/serving/fieldmask.go` (which fields of a pod are let in); knative/eventing PingSource v1, Trigger v1.
package struct KnativePlatform: FunctionPlatform {
    package let gateway: FunctionGateway
    package let servers: RuntimeServers
    package var site: FunctionSite { gateway.site }
    /// Known from an earlier invocation; nil asks.
    private let host: String?
    private var objects: FunctionObjects { FunctionObjects(gateway.client.cluster) }

    package init(_ gateway: FunctionGateway, servers: RuntimeServers, host: String? = nil) {
        self.gateway = gateway
        self.servers = servers
        self.host = host
    }

    static let version = "serving.knative.dev/v1"

    private func path(_ name: String?) -> String {
        FunctionObjects.path(Self.version, "services", namespace: site.namespace, name)
    }

    private func pingPath(_ name: String) -> String {
        FunctionObjects.path("sources.knative.dev/v1", "pingsources", namespace: site.namespace, name)
    }

    private func triggerPath(_ name: String?) -> String {
        FunctionObjects.path("eventing.knative.dev/v1", "triggers", namespace: site.namespace, name)
    }

    // MARK: deploying

    package func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        try check(order)
        try await checkSecrets(order, objects)
        let old = try await objects.find(path(order.name))
        let code = FunctionObjects.path("v1", "configmaps", namespace: site.namespace, order.name)
        var pod: ServedPod?
        if let source = order.source {
            let runtime = try RuntimeChoice.choose(
                order.runtime, language: SourceReader.language(ending: source.ending), of: site.runtimes,
                framework: site.framework)
            pod = try servers.pod(order, source, runtime, framework: site.framework)
            try await objects.refuseForeign(code)
        }
        let service = Self.service(order, site, pod, after: old.flatMap(failedRevision))
        if let pod {
            // Revisions of before mount the same ConfigMap: new code must not get into them by an order that is refused.
            try await objects.tryApply(path(order.name), service)
            try await objects.apply(
                code, pod.configMap(order.name, namespace: site.namespace, framework: site.framework, owner: nil))
        }
        try await objects.apply(path(order.name), service)
        for trigger in order.triggers { try await make(trigger, order.name) }
        if old != nil { try await removeTriggers(of: order.name, except: order.triggers) }
        return old == nil ? .created : .updated
    }

    /// The revision that was given up, if that is how it stands.
    ///
    /// It is never tried again, though what kept it from running may be mended (seen with 1.23.0: a tag that could not be looked up): only
    /// a template that differs makes another one.
    private func failedRevision(_ service: JSONValue) -> String? {
        record(service).state == .failed ? service.at("status", "latestCreatedRevisionName")?.string : nil
    }

    /// An order says what there is to be: triggers of an earlier one go.
    private func removeTriggers(of name: String, except wanted: [FunctionTrigger] = []) async throws(Diagnostic) {
        if !wanted.contains(where: { $0.kind == .schedule }) { try await objects.delete(pingPath(name)) }
        let kept = wanted.compactMap { trigger in
            if case .queue(let topic) = trigger { Self.triggerName(name, topic) } else { nil }
        }
        let labels = "\(FunctionObjects.functionLabel)=\(name)"
        for trigger in try await objects.list(triggerPath(nil), labels: labels) where !kept.contains(trigger.name) {
            try await objects.delete(triggerPath(trigger.name))
        }
    }

    private static func triggerName(_ name: String, _ topic: String) -> String {
        "\(name)-\(FunctionName.suggestion(topic) ?? "topic")"
    }

    /// A Service of Knative; of source the pod mounts the ConfigMap with the function and its server.
    ///
    /// - Parameter failed: the revision after which another one is wanted, even if nothing else differs.
    static func service(
        _ order: FunctionOrder, _ site: FunctionSite, _ pod: ServedPod?, after failed: String? = nil
    ) -> JSONValue {
        var annotations: [String: String] = [:]
        if let failed { annotations["martlet.dev/after-revision"] = failed }
        if let minimum = order.minimum { annotations["autoscaling.knative.dev/min-scale"] = String(minimum) }
        if let maximum = order.maximum { annotations["autoscaling.knative.dev/max-scale"] = String(maximum) }
        if let pod { annotations["martlet.dev/source-sha256"] = pod.digest }
        var environment = order.environment
        if let pod { environment.merge(pod.environment) { old, _ in old } }
        // PORT is Knative's own, and no container may set it; the server falls back to it.
        environment["FUNC_PORT"] = nil
        var mounts: [JSONValue] = []
        var volumes: [JSONValue] = []
        if let pod {
            mounts.append(["name": "function", "mountPath": .string(ServedPod.folder), "readOnly": true])
            volumes.append(pod.volume(named: "function", configMap: order.name))
        }
        for secret in order.secrets {
            mounts.append([
                "name": .string("secret-\(secret)"), "mountPath": .string("/var/secrets/\(secret)"), "readOnly": true,
            ])
            volumes.append(["name": .string("secret-\(secret)"), "secret": ["secretName": .string(secret)]])
        }
        var limits: [String: JSONValue] = [:]
        if let memory = order.memory { limits["memory"] = .string(memory) }
        if let cpu = order.cpu { limits["cpu"] = .string(cpu) }
        let container = JSONValue.record([
            "name": "user-container", "image": .string(order.image ?? order.runtimeImage ?? pod?.image ?? ""),
            "command": pod.map { .array($0.command.map { .string($0) }) }
                ?? order.command.map { .array($0.split(separator: " ").map { .string(String($0)) }) },
            // Stock images may lie on the nodes already; what a user names is Kubernetes' to decide.
            "imagePullPolicy": pod == nil ? nil : "IfNotPresent",
            "env": environment.isEmpty ? nil : .array(Self.list(environment)),
            "volumeMounts": mounts.isEmpty ? nil : .array(mounts),
            "resources": limits.isEmpty ? nil : ["limits": .object(limits)],
        ])
        let spec = JSONValue.record([
            "containers": [container], "volumes": volumes.isEmpty ? nil : .array(volumes),
            "timeoutSeconds": order.timeout.map { .integer($0) },
        ])
        var labels = order.labels
        labels[FunctionObjects.functionLabel] = order.name
        labels[FunctionObjects.frameworkLabel] = site.framework
        return [
            "apiVersion": .string(version), "kind": "Service",
            "metadata": .record([
                "name": .string(order.name), "namespace": .string(site.namespace), "labels": JSONValue(labels),
                "annotations": order.annotations.isEmpty ? nil : JSONValue(order.annotations),
            ]),
            "spec": [
                "template": [
                    "metadata": .record([
                        "labels": JSONValue(labels), "annotations": annotations.isEmpty ? nil : JSONValue(annotations),
                    ]), "spec": spec,
                ]
            ],
        ]
    }

    static func list(_ environment: [String: String]) -> [JSONValue] {
        environment.sorted { $0.key < $1.key }.map { ["name": .string($0.key), "value": .string($0.value)] }
    }

    private func make(_ trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) {
        let sink: JSONValue = ["apiVersion": .string(Self.version), "kind": "Service", "name": .string(name)]
        let labels: JSONValue = [
            FunctionObjects.functionLabel: .string(name), FunctionObjects.frameworkLabel: .string(site.framework),
        ]
        switch trigger {
        case .http: return  // Every Service has a URL.
        case .schedule(let cron, let payload):
            guard try await TriggerObjects.serves("sources.knative.dev/v1", "pingsources", objects) else {
                throw noEventing("PingSource")
            }
            try await objects.apply(
                pingPath(name),
                [
                    "apiVersion": "sources.knative.dev/v1", "kind": "PingSource",
                    "metadata": [
                        "name": .string(name), "namespace": .string(site.namespace), "labels": labels,
                    ],
                    "spec": [
                        "schedule": .string(cron), "contentType": "application/json",
                        "data": .string(payload ?? "{}"), "sink": ["ref": sink],
                    ],
                ])
        case .queue(let topic):
            guard try await TriggerObjects.serves("eventing.knative.dev/v1", "triggers", objects) else {
                throw noEventing("Trigger")
            }
            let trigger = Self.triggerName(name, topic)
            try await objects.apply(
                triggerPath(trigger),
                [
                    "apiVersion": "eventing.knative.dev/v1", "kind": "Trigger",
                    "metadata": ["name": .string(trigger), "namespace": .string(site.namespace), "labels": labels],
                    "spec": [
                        "broker": "default", "filter": ["attributes": ["type": .string(topic)]],
                        "subscriber": ["ref": sink],
                    ],
                ])
        }
    }

    private func noEventing(_ kind: String) -> Diagnostic {
        Diagnostic(
            code: "function.trigger", "this cluster has no \(kind) of Knative",
            hint: "the function is deployed; install Knative Eventing for triggers")
    }

    // MARK: looking

    package func list() async throws(Diagnostic) -> [FunctionRecord] {
        try await objects.list(path(nil)).map(record).sorted { $0.name < $1.name }
    }

    package func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? {
        guard let service = try await objects.find(path(name)) else { return nil }
        var record = record(service)
        // Instances are counted in the revision (RevisionStatus actualReplicas, desiredReplicas; from 1.0 on).
        if let revision = service.at("status", "latestReadyRevisionName")?.string,
            let found = try await objects.find(
                FunctionObjects.path(Self.version, "revisions", namespace: site.namespace, revision))
        {
            let actual = found.at("status", "actualReplicas")?.int ?? 0
            // The first instance is there before the autoscaler has said that it wants one.
            record.replicas = max(found.at("status", "desiredReplicas")?.int ?? 0, actual)
            record.available = actual
            if record.state == .ready, record.available == 0 { record.state = .idle }
        }
        if let ping = try await objects.find(pingPath(name)), let cron = ping.at("spec", "schedule")?.string {
            record.triggers.append("schedule \(cron)")
        }
        return record
    }

    private func record(_ service: JSONValue) -> FunctionRecord {
        let ready = service.condition("Ready")
        let isSeen =
            service.at("status", "observedGeneration")?.int ?? 0 >= service.at("metadata", "generation")?.int ?? 0
        let state: FunctionRecord.State
        switch (ready?["status"]?.string, isSeen) {
        case ("True", true): state = .ready
        case ("False", true): state = .failed
        default: state = .pending
        }
        let spec = service.at("spec", "template", "spec")
        var terms: [String: String] = [:]
        for key in ["latestCreatedRevisionName", "latestReadyRevisionName"] {
            if let name = service.at("status", key)?.string { terms[key] = name }
        }
        for (key, value) in service.at("spec", "template", "metadata", "annotations")?.texts ?? [:]
        where key.hasPrefix("autoscaling.knative.dev/") { terms[key] = value }
        // Ready says only that there is no ready revision; why stands in the condition of the configuration.
        let configured = service.condition("ConfigurationsReady")
        let cause = configured?["status"]?.string == "False" ? configured : ready
        let words = [cause?["reason"]?.string, cause?["message"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
        return FunctionRecord(
            name: service.name, framework: site.framework, namespace: site.namespace, state: state,
            reason: state == .ready ? "" : words.isEmpty ? "it is not seen yet" : words.joined(separator: ": "),
            image: spec?["containers"]?[0]?["image"]?.string, url: service.at("status", "url")?.string,
            triggers: ["http"], created: service.at("metadata", "creationTimestamp")?.string, terms: terms)
    }

    // MARK: using

    /// The host alone tells the ingress which function is meant.
    package func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        guard !invocation.isAsynchronous else {
            throw Diagnostic(
                code: "function.no-async", "Knative Serving has no asynchronous requests",
                hint: "send an event to a broker and give the function a queue trigger", exitCode: .usage)
        }
        let host: String
        if let known = self.host {
            host = known
        } else if let found = try await remembered(name) {
            host = found
        } else {
            throw try await missing(name)
        }
        let path = "/" + invocation.path
        let answer = try await gateway.send(
            DoorRequest(
                invocation.method, path, headers: invocation.allHeaders + [("Host", host)],
                body: invocation.body.isEmpty ? nil : invocation.body, timeout: invocation.timeout))
        // So the ingress answers for a host that it does not know (seen with Kourier); a function may say 404, too.
        if answer.status == 404, answer.body.isEmpty, try await objects.find(self.path(name)) == nil {
            throw try await missing(name)
        }
        return answer
    }

    package func remembered(_ name: String) async throws(Diagnostic) -> String? {
        guard let service = try await objects.find(path(name)) else { return nil }
        guard let url = service.at("status", "url")?.string, let host = Self.host(of: url) else {
            throw Diagnostic(
                code: "function.not-ready", "\(name) has no URL yet: \(record(service).reason)",
                hint: "`martlet function describe \(name)` shows how far it is")
        }
        return host
    }

    /// `hello.default.example.com` of `http://hello.default.example.com`.
    static func host(of url: String) -> String? {
        for scheme in ["http://", "https://"] where url.hasPrefix(scheme) {
            let host = url.dropFirst(scheme.count).prefix { $0 != "/" }
            return host.isEmpty ? nil : String(host)
        }
        return nil
    }

    package func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] {
        guard try await objects.find(path(name)) != nil else { throw try await missing(name) }
        return try await objects.logs(
            FunctionPods(
                namespace: site.namespace, selector: "serving.knative.dev/service=\(name)",
                container: "user-container"), tail: tail)
    }

    /// Knative scales by requests; this sets the fewest instances, and for more than none the most, too.
    package func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {
        try checkScale(replicas)
        guard try await objects.find(path(name)) != nil else { throw try await missing(name) }
        let annotations: JSONValue = [
            "autoscaling.knative.dev/min-scale": .string(String(replicas)),
            "autoscaling.knative.dev/max-scale": replicas == 0 ? .null : .string(String(replicas)),
        ]
        try await objects.patch(
            path(name), ["spec": ["template": ["metadata": ["annotations": annotations]]]])
    }

    package func delete(_ name: String) async throws(Diagnostic) {
        let found = try await objects.delete(path(name))
        try await removeTriggers(of: name)
        let own = FunctionObjects.path("v1", "configmaps", namespace: site.namespace, name)
        if let map = try await objects.find(own),
            map.at("metadata", "labels", FunctionObjects.functionLabel)?.string == name
        {
            try await objects.delete(own)
        }
        guard found else { throw try await missing(name) }
    }

    package func pods(_ name: String) -> FunctionPods? {
        FunctionPods(
            namespace: site.namespace, selector: "serving.knative.dev/service=\(name)", container: "user-container")
    }

    /// queue-proxy serves Prometheus text on 9091: up to 1.18 by itself, later where `request-metrics-protocol` is `prometheus`, and then
    /// with the names of OpenTelemetry (knative/serving `pkg/queue/request_metric.go`).
    package func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        guard let pods = pods(name) else { return nil }
        for metric in [
            "kn_serving_invocation_duration_seconds_count", "revision_request_count", "revision_app_request_count",
        ] {
            if let found = try await objects.sum(metric, pods: pods, port: 9091, where: { _ in true }) { return found }
        }
        return nil
    }
}
