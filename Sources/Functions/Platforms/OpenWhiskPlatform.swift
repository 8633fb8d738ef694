package import Diagnostics
internal import Foundation
internal import KubernetesAPI
internal import WebClient

/// Apache OpenWhisk through its REST API, in the namespace of the credentials.
///
/// Sources: apache/openwhisk `core/controller/src/main/resources/apiv1swagger.json` (paths, bodies, statuses), `docs/rest_api.md`,
/// `docs/annotations.md`, `docs/webactions.md`; `init` parameters become environment variables (`Parameter.scala`).
package struct OpenWhiskPlatform: FunctionPlatform {
    package let gateway: FunctionGateway
    package var site: FunctionSite { gateway.site }
    private var objects: FunctionObjects { FunctionObjects(gateway.client.cluster) }

    package init(_ gateway: FunctionGateway) { self.gateway = gateway }

    static let base = "/api/v1/namespaces/_"

    private static func action(_ name: String) -> String { "\(base)/actions/\(PathText.escaped(name))" }
    static func rule(_ name: String) -> String { "\(name)-rule" }
    static func scheduleTrigger(_ name: String) -> String { "\(name)-schedule" }

    // MARK: deploying

    package func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        try check(order)
        if let memory = order.memory, Self.megabytes(memory) == nil {
            throw Diagnostic(
                code: "function.memory", "`\(memory)` is no amount of memory", hint: "such as 256Mi", exitCode: .usage)
        }
        var exec: JSONValue
        switch order.code {
        case .image(let image): exec = ["kind": "blackbox", "image": .string(image)]
        case .source(let source):
            let runtime = try RuntimeChoice.choose(
                order.runtime, language: SourceReader.language(ending: source.ending), of: try await runtimes(),
                framework: site.framework)
            exec = ["kind": .string(runtime.kind ?? runtime.id)]
            if source.isFolder {
                // A zip, which each kind unpacks; it looks for the kind's own main file in it.
                exec["code"] = .string(Data(ZipArchive.pack(source.files)).base64EncodedString())
                exec["binary"] = true
            } else {
                exec["code"] = .string(source.mainText)
            }
        }
        if let handler = order.handler { exec["main"] = .string(String(handler.split(separator: ".").last ?? "main")) }
        let answer = try await gateway.order(
            DoorRequest(
                .put, Self.action(order.name) + "?overwrite=true",
                json: Self.body(order, exec, secrets: try await values(order.secrets)), timeout: .seconds(60)),
            expecting: [200])
        let isNew = JSONValue.parse(answer.body)?["version"]?.string == "0.0.1"
        // An order says what there is to be: triggers of an earlier one go.
        if !isNew { try await removeTriggers(of: order.name) }
        for trigger in order.triggers { try await make(trigger, order.name) }
        return isNew ? .created : .updated
    }

    /// An `ActionPut`.
    ///
    /// Environment and secrets are parameters with `init`, which OpenWhisk hands to the action as environment.
    static func body(_ order: FunctionOrder, _ exec: JSONValue, secrets: [String: String]) -> JSONValue {
        var parameters: [JSONValue] = []
        for (key, value) in order.environment.merging(secrets, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key })
        {
            parameters.append(["key": .string(key), "value": .string(value), "init": true])
        }
        let isWeb = order.triggers.contains { $0.kind == .http }
        var annotations: [JSONValue] = [
            ["key": "web-export", "value": .bool(isWeb)], ["key": "final", "value": .bool(isWeb)],
            ["key": "martlet", "value": true],
        ]
        for (key, value) in order.annotations.sorted(by: { $0.key < $1.key }) {
            annotations.append(["key": .string(key), "value": .string(value)])
        }
        var limits: [String: JSONValue] = [:]
        // Milliseconds and megabytes (ActionLimits).
        if let timeout = order.timeout { limits["timeout"] = .integer(timeout * 1000) }
        if let memory = order.memory.flatMap(Self.megabytes) { limits["memory"] = .integer(memory) }
        return .record([
            "namespace": "_", "name": .string(order.name), "exec": exec, "annotations": .array(annotations),
            "parameters": .array(parameters), "limits": limits.isEmpty ? nil : .object(limits),
        ])
    }

    /// Of a Kubernetes quantity, one at least; nil if it is none.
    static func megabytes(_ quantity: String) -> Int? {
        Quantity.parse(quantity).map { max(1, Int(($0 / 1_048_576).rounded())) }
    }

    /// OpenWhisk has no secrets: values come from Secrets of the cluster's namespace.
    private func values(_ secrets: [String]) async throws(Diagnostic) -> [String: String] {
        var values: [String: String] = [:]
        for name in secrets {
            guard
                let secret = try await objects.find(
                    FunctionObjects.path("v1", "secrets", namespace: site.namespace, name))
            else {
                throw FunctionProblem.secret(name, site)
            }
            for (key, value) in secret["data"]?.texts ?? [:] {
                values[key] = Data(base64Encoded: value).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return values
    }

    /// What the site says, else the answer of `/` (Controller.scala: `runtimes` by language, each with `kind` and `default`).
    package func runtimes() async throws(Diagnostic) -> [FunctionRuntime] {
        if !site.runtimes.isEmpty { return site.runtimes }
        let answer = try await gateway.order(DoorRequest(.get, "/"), expecting: [200])
        guard let all = JSONValue.parse(answer.body)?["runtimes"]?.object else {
            throw FunctionProblem.notUnderstood("GET /", site)
        }
        return all.sorted { $0.key < $1.key }.flatMap { language, kinds in
            (kinds.array ?? []).compactMap { kind in
                guard let name = kind["kind"]?.string, kind["deprecated"]?.bool != true else { return nil }
                return FunctionRuntime(
                    id: name.replacing(":", with: ""), language: language, kind: name,
                    isDefault: kind["default"]?.bool ?? false)
            }
        }
    }

    // MARK: triggers

    private func make(_ trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) {
        switch trigger {
        case .http: return  // The annotation `web-export` is all there is to it.
        case .queue(let topic): try await connect(trigger: topic, rule: Self.rule("\(name)-\(topic)"), name)
        case .schedule(let cron, let payload):
            let trigger = Self.scheduleTrigger(name)
            try await connect(trigger: trigger, rule: Self.rule(name), name)
            // The feed of the alarms package (openwhisk-package-alarms, action `alarm`).
            try await alarm("CREATE", trigger, ["cron": .string(cron), "trigger_payload": .string(payload ?? "{}")])
        }
    }

    private func connect(trigger: String, rule: String, _ name: String) async throws(Diagnostic) {
        _ = try await gateway.order(
            DoorRequest(.put, "\(Self.base)/triggers/\(PathText.escaped(trigger))?overwrite=true", json: [:]),
            expecting: [200])
        _ = try await gateway.order(
            DoorRequest(
                .put, "\(Self.base)/rules/\(PathText.escaped(rule))?overwrite=true",
                json: ["trigger": .string("/_/\(trigger)"), "action": .string("/_/\(name)")]), expecting: [200])
    }

    private func alarm(_ event: String, _ trigger: String, _ more: JSONValue) async throws(Diagnostic) {
        var body = more
        body["lifecycleEvent"] = .string(event)
        body["triggerName"] = .string("/_/\(trigger)")
        let request = DoorRequest(
            .post, "/api/v1/namespaces/whisk.system/actions/alarms/alarm?blocking=true&result=true", json: body)
        let answer = try await gateway.order(request)
        if answer.status == 404, event == "CREATE" {
            throw Diagnostic(
                code: "function.trigger", "this OpenWhisk has no alarms package",
                hint: "the function is deployed; install the package whisk.system/alarms for schedules")
        }
        guard answer.isSuccess || answer.status == 404 else {
            throw FunctionGateway.refusal(answer, request, site.framework)
        }
    }

    // MARK: looking

    package func list() async throws(Diagnostic) -> [FunctionRecord] {
        let answer = try await gateway.order(DoorRequest(.get, "\(Self.base)/actions?limit=200"), expecting: [200])
        guard let items = JSONValue.parse(answer.body)?.array else {
            throw FunctionProblem.notUnderstood("GET actions", site)
        }
        return items.map(record).sorted { $0.name < $1.name }
    }

    package func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? {
        let answer = try await gateway.order(
            DoorRequest(.get, Self.action(name) + "?code=false"), expecting: [200, 404])
        guard answer.status == 200 else { return nil }
        guard let item = JSONValue.parse(answer.body) else { throw FunctionProblem.notUnderstood("GET action", site) }
        return record(item)
    }

    private func record(_ item: JSONValue) -> FunctionRecord {
        let annotations = Dictionary(
            (item["annotations"]?.array ?? []).compactMap { entry in
                entry["key"]?.string.map { ($0, entry["value"] ?? .null) }
            }, uniquingKeysWith: { $1 })
        let name = item["name"]?.string ?? ""
        let namespace = item["namespace"]?.string ?? "_"
        var terms: [String: String] = [:]
        if let version = item["version"]?.string { terms["version"] = version }
        for (key, value) in item["limits"]?.object ?? [:] {
            if let number = value.int { terms["limits.\(key)"] = String(number) }
        }
        let isWeb = annotations["web-export"]?.bool == true
        let kind = item.at("exec", "kind")?.string ?? annotations["exec"]?.string
        return FunctionRecord(
            name: name, framework: site.framework, namespace: namespace,
            // Instances are made when they are needed.
            state: .idle, image: item.at("exec", "image")?.string, runtime: kind,
            url: isWeb ? "/api/v1/web/\(namespace)/default/\(name)" : nil, triggers: isWeb ? ["http web action"] : [],
            created: item["updated"]?.int.map { Self.time(milliseconds: $0) }, terms: terms)
    }

    static func time(milliseconds: Int) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }

    // MARK: using

    /// Waits for the result, also where the controller does not.
    ///
    /// Blocking: 200 with the result, 202 with `activationId` if it takes longer than the controller waits (about a minute), 502
    /// with the error if the action failed. Not blocking: 202 with `activationId`.
    ///
    /// An action takes a JSON object: any other body is its member `data`.
    package func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        guard invocation.callback == nil else { throw FunctionProblem.callback(site) }
        guard invocation.path.isEmpty, invocation.method == .post else {
            throw Diagnostic(
                code: "function.option", "an action of OpenWhisk is called with a body, without --method and --path",
                hint: "a web action takes both: deploy it with --http /, and ask its URL (`martlet function describe`)",
                exitCode: .usage)
        }
        var body = JSONValue.parse(invocation.body) ?? .string(String(decoding: invocation.body, as: UTF8.self))
        if invocation.body.isEmpty { body = [:] }
        if body.object == nil { body = ["data": body] }
        let query = invocation.isAsynchronous ? "?blocking=false" : "?blocking=true&result=true"
        var request = DoorRequest(.post, Self.action(name) + query, json: body, timeout: invocation.timeout)
        request.headers += invocation.headers
        var answer = try await gateway.order(request)
        if answer.status == 404 { throw try await missing(name) }
        guard answer.status == 202, let id = JSONValue.parse(answer.body)?["activationId"]?.string else {
            return answer
        }
        answer.id = id
        guard !invocation.isAsynchronous else { return answer }
        return try await result(id, within: invocation.timeout)
    }

    /// The result of an activation: 404 until it has ended.
    private func result(_ id: String, within limit: Duration) async throws(Diagnostic) -> InvocationAnswer {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let answer = try await gateway.order(
                DoorRequest(.get, "\(Self.base)/activations/\(PathText.escaped(id))/result"), expecting: [200, 404])
            if answer.status == 200 {
                let result = JSONValue.parse(answer.body)
                let succeeded = result?["success"]?.bool ?? true
                return InvocationAnswer(
                    status: succeeded ? 200 : 502, headers: answer.headers,
                    body: (result?["result"] ?? .null).jsonBytes, id: id)
            }
            try? await Task.sleep(for: .milliseconds(500))
            if Task.isCancelled { break }
        }
        throw Diagnostic(
            code: "function.timeout", "activation \(id) has not ended in time",
            hint: "it goes on; its result is kept under that id", exitCode: .unreachable)
    }

    /// Logs are those of activations, newest first in the API: lines of `TIME STREAM: TEXT`.
    package func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] {
        guard try await find(name) != nil else { throw try await missing(name) }
        let query = "?name=\(PathText.escaped(name))&docs=true&limit=\(min(max(tail, 1), 200))"
        let answer = try await gateway.order(DoorRequest(.get, "\(Self.base)/activations\(query)"), expecting: [200])
        guard let activations = JSONValue.parse(answer.body)?.array else {
            throw FunctionProblem.notUnderstood("GET activations", site)
        }
        let lines = activations.reversed().flatMap { activation in
            (activation["logs"]?.array ?? []).compactMap(\.string).map { line in
                let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
                guard parts.count == 3, parts[1].hasSuffix(":") else {
                    return FunctionLogLine(instance: activation["activationId"]?.string ?? "", text: line)
                }
                return FunctionLogLine(
                    time: String(parts[0]), instance: activation["activationId"]?.string ?? "", text: String(parts[2]))
            }
        }
        return Array(lines.suffix(tail))
    }

    package func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {
        throw Diagnostic(
            code: "function.scale", "OpenWhisk decides itself how many instances run",
            detail: "its invokers keep a pool of containers within their memory", exitCode: .usage)
    }

    package func delete(_ name: String) async throws(Diagnostic) {
        try await removeTriggers(of: name)
        let answer = try await gateway.order(DoorRequest(.delete, Self.action(name)), expecting: [200, 404])
        guard answer.status != 404 else { throw try await missing(name) }
    }

    private func removeTriggers(of name: String) async throws(Diagnostic) {
        let schedule = Self.scheduleTrigger(name)
        let trigger = "\(Self.base)/triggers/\(PathText.escaped(schedule))"
        if try await gateway.order(DoorRequest(.get, trigger), expecting: [200, 404]).status == 200 {
            try await alarm("DELETE", schedule, [:])
            _ = try await gateway.order(DoorRequest(.delete, trigger), expecting: [200, 404])
        }
        let rules = try await gateway.order(DoorRequest(.get, "\(Self.base)/rules?limit=200"), expecting: [200])
        for rule in JSONValue.parse(rules.body)?.array ?? [] {
            guard let own = rule["name"]?.string, own.hasPrefix("\(name)-") else { continue }
            let path = "\(Self.base)/rules/\(PathText.escaped(own))"
            let whole = try await gateway.order(DoorRequest(.get, path), expecting: [200, 404])
            guard JSONValue.parse(whole.body)?.at("action", "name")?.string == name else { continue }
            _ = try await gateway.order(DoorRequest(.delete, path), expecting: [200, 404])
        }
    }

    /// Action pods of the Kubernetes container factory bear this label (WhiskPodBuilder.scala); the action's name is only in the name
    /// of the pod (ContainerProxy.containerName: letters and digits, each part of the name at its end).
    package func pods(_ name: String) -> FunctionPods? {
        FunctionPods(
            namespace: site.core, selector: "user-action-pod=true",
            nameEnd: String(name.filter { $0.isLetter || $0.isNumber }))
    }

    /// Activations, which OpenWhisk keeps itself.
    package func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        let answer = try await gateway.order(
            DoorRequest(.get, "\(Self.base)/activations?name=\(PathText.escaped(name))&count=true"), expecting: [200])
        let value = JSONValue.parse(answer.body)
        if let count = value?["activations"]?.double { return ("activations", count) }
        return value?.array.map { ("activations", Double($0.count)) }
    }
}
