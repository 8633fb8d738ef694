package import Diagnostics
internal import Foundation
internal import KubernetesAPI
internal import WebClient

/// OpenFaaS through its gateway.
///
/// Sources: routes and authentication in openfaas/faas `gateway/main.go`; bodies in openfaas/faas-provider
/// `types/function_deployment.go`, `types/function_status.go`, `types/requests.go`, `types/secret.go`, `logs/logs.go`; statuses in
/// openfaas/faas-netes `pkg/handlers`. `/function/` and `/async-function/` need no credentials, `/system/` does.
package struct OpenFaaSPlatform: FunctionPlatform {
    package let gateway: FunctionGateway
    package var site: FunctionSite { gateway.site }
    private var objects: FunctionObjects { FunctionObjects(gateway.client.cluster) }

    package init(_ gateway: FunctionGateway) { self.gateway = gateway }

    /// Where faas-netes mounts the secrets of a function (faas-netes `pkg/k8s/secrets.go`).
    static let secretFolder = "/var/openfaas/secrets"

    /// Source travels as a secret of this name: OpenFaaS builds no images.
    static func sourceSecret(_ name: String) -> String { "\(name.prefix(50))-source" }

    // MARK: deploying

    /// POST makes (202), PUT replaces (202; 404 for one that is not there); a refusal is 400 with a text.
    package func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        try check(order)
        let exists = try await find(order.name) != nil
        var order = order
        var oldSource: String?
        if let source = order.source {
            let runtime = try RuntimeChoice.choose(
                order.runtime, language: SourceReader.language(ending: source.ending), of: site.runtimes,
                framework: site.framework, image: order.runtimeImage)
            order.runtimeImage = order.runtimeImage ?? runtime.image
            guard order.runtimeImage != nil else {
                throw Diagnostic(
                    code: "function.runtime-image", "\(site.framework) has no image for \(runtime.id)",
                    hint: "name one with a watchdog and the interpreter: --runtime-image", exitCode: .usage)
            }
            if order.command == nil {
                order.command =
                    try Self.command(runtime.language) + " \(Self.secretFolder)/\(Self.sourceSecret(order.name))"
            }
            order.secrets.append(Self.sourceSecret(order.name))
            // Standard error goes to the log and not into the answer (openfaas/classic-watchdog, README).
            order.environment["combine_output"] = order.environment["combine_output"] ?? "false"
            oldSource = exists ? try? await storedSource(of: order.name) : nil
            try await store(source, of: order.name)
        }
        let schedules = order.triggers.compactMap { trigger -> (cron: String, payload: String?)? in
            if case .schedule(let cron, let payload) = trigger { (cron, payload) } else { nil }
        }
        var isConnected = false
        if let schedule = schedules.first, try await hasCronConnector() {
            // openfaas/cron-connector reads these two annotations.
            order.annotations["topic"] = "cron-function"
            order.annotations["schedule"] = schedule.cron
            isConnected = true
        }
        for case .queue(let topic) in order.triggers { order.annotations["topic"] = topic }
        let body = Self.body(order, site)
        if exists {
            let put = DoorRequest(.put, "/system/functions", json: body)
            do throws(Diagnostic) {
                // One that is about to go is no longer there for PUT, and still there for POST: until it has gone.
                if try await gateway.order(put, expecting: [200, 202, 404]).status == 404 {
                    try await waitUntilGone(order.name)
                    _ = try await gateway.order(
                        DoorRequest(.post, "/system/functions", json: body), expecting: [200, 202])
                }
            } catch {
                // The function of before runs on, and with its own code.
                if let oldSource { try? await store(oldSource, of: order.name) }
                throw error
            }
        } else {
            do throws(Diagnostic) {
                _ = try await gateway.order(
                    DoorRequest(.post, "/system/functions", json: body), expecting: [200, 202])
            } catch {
                // Of a function that was refused nothing stays.
                if order.source != nil, error.code == "function.refused" { try? await removeSource(of: order.name) }
                throw error
            }
        }
        if !isConnected {
            for each in schedules { try await schedule(order.name, each.cron, each.payload) }
        }
        // An order says what there is to be: the schedule of an earlier one goes.
        if exists, schedules.isEmpty || isConnected { try await removeSchedule(of: order.name) }
        return exists ? .updated : .created
    }

    private func waitUntilGone(_ name: String) async throws(Diagnostic) {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(90)
        while try await find(name) != nil, clock.now < end {
            do { try await clock.sleep(for: .milliseconds(300)) } catch { return }
        }
    }

    /// `FunctionDeployment` of faas-provider.
    static func body(_ order: FunctionOrder, _ site: FunctionSite) -> JSONValue {
        var environment = order.environment
        if let timeout = order.timeout {
            // Read by both watchdogs (openfaas/classic-watchdog and of-watchdog, README).
            for name in ["exec_timeout", "read_timeout", "write_timeout"] where environment[name] == nil {
                environment[name] = "\(timeout)s"
            }
        }
        var labels = order.labels
        if let minimum = order.minimum { labels["com.openfaas.scale.min"] = String(minimum) }
        if let maximum = order.maximum { labels["com.openfaas.scale.max"] = String(maximum) }
        labels[FunctionObjects.frameworkLabel] = site.framework
        var resources: JSONValue?
        if order.memory != nil || order.cpu != nil {
            resources = .record(["memory": order.memory.map { .string($0) }, "cpu": order.cpu.map { .string($0) }])
        }
        return .record([
            "service": .string(order.name), "image": .string(order.image ?? order.runtimeImage ?? ""),
            "namespace": .string(site.namespace), "envProcess": order.command.map { .string($0) },
            "envVars": environment.isEmpty ? nil : JSONValue(environment),
            "secrets": order.secrets.isEmpty ? nil : .array(order.secrets.map { .string($0) }),
            "labels": JSONValue(labels), "annotations": order.annotations.isEmpty ? nil : JSONValue(order.annotations),
            "limits": resources, "requests": resources,
        ])
    }

    static func command(_ language: String) throws(Diagnostic) -> String {
        switch language {
        case "shell": return "sh"
        case "python": return "python3"
        case "nodejs": return "node"
        case "ruby", "php": return language
        default:
            throw Diagnostic(
                code: "function.runtime", "source in \(language) needs to be compiled, which OpenFaaS does not do",
                hint: "build an image and deploy that with --image", exitCode: .usage)
        }
    }

    private func store(_ source: SourcePackage, of name: String) async throws(Diagnostic) {
        guard !source.isFolder else {
            throw Diagnostic(
                code: "function.input", "\(site.framework) takes one file of source, not a folder",
                hint: "build an image and deploy that with --image", exitCode: .usage)
        }
        try await store(source.mainText, of: name)
    }

    /// Nil where it cannot be read: gateways hand no secrets out.
    private func storedSource(of name: String) async throws(Diagnostic) -> String? {
        let path = FunctionObjects.path("v1", "secrets", namespace: site.namespace, Self.sourceSecret(name))
        let data = try await objects.find(path)?.at("data", Self.sourceSecret(name))?.string
        return data.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    private func store(_ text: String, of name: String) async throws(Diagnostic) {
        let body: JSONValue = [
            "name": .string(Self.sourceSecret(name)), "namespace": .string(site.namespace), "value": .string(text),
        ]
        // POST of one that is there is 409, and 500 where an older version does not tell the reasons apart.
        let made = try await gateway.order(DoorRequest(.post, "/system/secrets", json: body))
        guard !made.isSuccess else { return }
        _ = try await gateway.order(DoorRequest(.put, "/system/secrets", json: body), expecting: [200, 202])
    }

    // MARK: looking

    package func list() async throws(Diagnostic) -> [FunctionRecord] {
        let answer: InvocationAnswer
        do throws(Diagnostic) {
            answer = try await gateway.order(
                DoorRequest(.get, "/system/functions?namespace=\(PathText.escaped(site.namespace))"), expecting: [200])
        } catch {
            // Without an answer of Prometheus the gateway breaks the connection (seen with 0.26.3); one by one they can be had.
            guard error.code == "function.unreachable" else { throw error }
            let deployments = try await objects.list(
                FunctionObjects.path("apps/v1", "deployments", namespace: site.namespace))
            var records: [FunctionRecord] = []
            for deployment in deployments where deployment.at("metadata", "labels", "faas_function") != nil {
                if let record = try await find(deployment.name) { records.append(record) }
            }
            return records.sorted { $0.name < $1.name }
        }
        guard let items = JSONValue.parse(answer.body)?.array else {
            throw FunctionProblem.notUnderstood("GET /system/functions", site)
        }
        return items.map(record).sorted { $0.name < $1.name }
    }

    package func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? {
        let answer = try await gateway.order(
            DoorRequest(
                .get, "/system/function/\(PathText.escaped(name))?namespace=\(PathText.escaped(site.namespace))"),
            expecting: [200, 404])
        guard answer.status == 200 else { return nil }
        guard let item = JSONValue.parse(answer.body), item.object != nil else {
            throw FunctionProblem.notUnderstood("GET /system/function", site)
        }
        var record = record(item)
        // The gateway counts old instances as available, too, until they are replaced.
        if let deployment = try await objects.find(Self.deployment(name, site)) {
            let rollout = Rollout(deployment)
            if !rollout.isDone {
                record.state = .pending
                record.reason = rollout.reason
            }
        }
        // Who may not read CronJobs sees the function all the same.
        if let path = try? await schedulePath(name), let job = try? await objects.find(path),
            let cron = job.at("spec", "schedule")?.string
        {
            record.triggers.append("schedule \(cron)")
        }
        return record
    }

    static func deployment(_ name: String, _ site: FunctionSite) -> String {
        FunctionObjects.path("apps/v1", "deployments", namespace: site.namespace, name)
    }

    private func record(_ item: JSONValue) -> FunctionRecord {
        let replicas = item["replicas"]?.int ?? 0
        let available = item["availableReplicas"]?.int ?? 0
        let name = item["name"]?.string ?? ""
        var terms: [String: String] = [:]
        if let process = item["envProcess"]?.string, !process.isEmpty { terms["envProcess"] = process }
        let labels = item["labels"]?.texts ?? [:]
        for (key, value) in labels where key.hasPrefix("com.openfaas.") { terms[key] = value }
        let annotations = item["annotations"]?.texts ?? [:]
        var triggers = ["http /function/\(name)"]
        if let schedule = annotations["schedule"] { triggers.append("schedule \(schedule)") }
        if let topic = annotations["topic"], topic != "cron-function" { triggers.append("queue \(topic)") }
        return FunctionRecord(
            name: name, framework: site.framework, namespace: item["namespace"]?.string ?? site.namespace,
            state: replicas == 0 ? .idle : available > 0 ? .ready : .pending,
            reason: replicas == 0 || available > 0 ? "" : "no instance is available yet", image: item["image"]?.string,
            replicas: replicas, available: available, invocations: item["invocationCount"]?.double.map { Int($0) },
            url: "/function/\(name)", triggers: triggers, created: item["createdAt"]?.string, terms: terms)
    }

    // MARK: using

    /// Asynchronous requests are answered 202 with the header `X-Call-Id`; the result goes to `X-Callback-Url`.
    package func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        var headers = invocation.allHeaders
        if let callback = invocation.callback { headers.append(("X-Callback-Url", callback)) }
        let base = invocation.isAsynchronous ? "/async-function" : "/function"
        let path = "\(base)/\(PathText.escaped(name))" + (invocation.path.isEmpty ? "" : "/\(invocation.path)")
        var answer = try await gateway.send(
            DoorRequest(
                invocation.method, path, headers: headers, body: invocation.body.isEmpty ? nil : invocation.body,
                timeout: invocation.timeout))
        answer.id = answer.headers.first { $0.name == "x-call-id" }?.value
        // With `scale_from_zero` the gateway itself looks for the function (gateway/handlers/scaling.go).
        if answer.status == 404, answer.text.hasPrefix("error finding function \(name).") {
            throw try await missing(name)
        }
        if answer.status == 503, answer.text.hasPrefix("No endpoints available for") {
            // The provider says the same of a function that is not there and of one without instances.
            guard try await objects.find(Self.deployment(name, site)) != nil else { throw try await missing(name) }
        }
        if invocation.isAsynchronous, answer.status == 404 {
            throw Diagnostic(
                code: "function.no-async", "this \(site.framework) has no queue", hint: "it was installed without NATS")
        }
        return answer
    }

    /// Lines of JSON, of the last five minutes unless `tail` says otherwise.
    package func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] {
        guard try await find(name) != nil else { throw try await missing(name) }
        let query =
            "name=\(PathText.escaped(name))&namespace=\(PathText.escaped(site.namespace))&tail=\(tail)&follow=false"
        let answer = try await gateway.order(DoorRequest(.get, "/system/logs?\(query)"))
        guard answer.status == 200 else {
            // Not implemented by this provider: the pods have them.
            return try await objects.logs(
                FunctionPods(namespace: site.namespace, selector: "faas_function=\(name)"), tail: tail)
        }
        return answer.body.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let message = JSONValue.parse(Array(line)), let text = message["text"]?.string else { return nil }
            return FunctionLogLine(
                time: message["timestamp"]?.string, instance: message["instance"]?.string ?? "",
                text: text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
    }

    package func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {
        try checkScale(replicas)
        guard try await find(name) != nil else { throw try await missing(name) }
        _ = try await gateway.order(
            DoorRequest(
                .post,
                "/system/scale-function/\(PathText.escaped(name))?namespace=\(PathText.escaped(site.namespace))",
                json: [
                    "serviceName": .string(name), "replicas": .integer(replicas), "namespace": .string(site.namespace),
                ]), expecting: [200, 202])
    }

    package func delete(_ name: String) async throws(Diagnostic) {
        let answer = try await gateway.order(
            DoorRequest(
                .delete, "/system/functions?namespace=\(PathText.escaped(site.namespace))",
                json: ["functionName": .string(name), "namespace": .string(site.namespace)]),
            expecting: [200, 202, 404])
        try await removeSchedule(of: name)
        try await removeSource(of: name)
        guard answer.status != 404 else { throw try await missing(name) }
    }

    /// Answers 404, and 500 in older versions, for a function without one.
    private func removeSource(of name: String) async throws(Diagnostic) {
        _ = try await gateway.order(
            DoorRequest(
                .delete, "/system/secrets",
                json: ["name": .string(Self.sourceSecret(name)), "namespace": .string(site.namespace)]))
    }

    package func pods(_ name: String) -> FunctionPods? {
        FunctionPods(namespace: site.namespace, selector: "faas_function=\(name)")
    }

    /// The gateway's metrics are on port 8082 of its pod (`gateway/main.go`, runMetricsServer).
    package func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        let metric = "gateway_function_invocation_total"
        return try await objects.sum(
            metric, pods: FunctionPods(namespace: site.core, selector: "app=gateway"), port: 8082
        ) { labels in
            labels["function_name"] == name || labels["function_name"] == "\(name).\(site.namespace)"
        }
    }

    // MARK: schedules

    private func schedulePath(_ name: String) async throws(Diagnostic) -> String {
        FunctionObjects.path(
            try await TriggerObjects.cronVersion(objects), "cronjobs", namespace: site.namespace, "trigger-\(name)")
    }

    private func removeSchedule(of name: String) async throws(Diagnostic) {
        try await objects.delete(try await schedulePath(name))
    }

    private func hasCronConnector() async throws(Diagnostic) -> Bool {
        try await objects.find(
            FunctionObjects.path("apps/v1", "deployments", namespace: site.core, "cron-connector")) != nil
    }

    private func schedule(_ name: String, _ cron: String, _ payload: String?) async throws(Diagnostic) {
        guard let image = site.triggerImage else {
            throw Diagnostic(
                code: "function.trigger", "\(site.framework) was installed without its cron-connector",
                hint: "the function is deployed; install the connector, or call it from a CronJob of your own")
        }
        let port = site.gateway?.port ?? "8080"
        try await TriggerObjects.applyCronJob(
            objects, name: name, framework: site.framework, namespace: site.namespace, cron: cron, payload: payload,
            url: "http://\(site.gateway?.service ?? "gateway").\(site.core):\(port)/function/\(name)", image: image,
            owner: nil)
    }
}
