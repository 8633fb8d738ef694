package import Diagnostics
internal import Digests
internal import Foundation
internal import KubernetesAPI
internal import WebClient

/// Fission through its custom resources; invocations go to the router.
///
/// Sources: fission/fission `pkg/apis/core/v1/types.go` (Environment, Package, Function, HTTPTrigger, TimeTrigger, MessageQueueTrigger),
/// `const.go` (a literal holds 256 KiB at most), `crds/v1` (required fields), `pkg/router/asyncinvoke/envelope.go` (asynchronous
/// requests), `pkg/executor/executortype/poolmgr/gp.go` (labels of pods). The public router serves triggers only, so every
/// function gets one at `/NAME`.
package struct FissionPlatform: FunctionPlatform {
    package let gateway: FunctionGateway
    package var site: FunctionSite { gateway.site }
    /// How long the router may take to learn of a new trigger.
    package var patience = Duration.seconds(10)
    private var objects: FunctionObjects { FunctionObjects(gateway.client.cluster) }

    package init(_ gateway: FunctionGateway) { self.gateway = gateway }

    static let version = "fission.io/v1"
    /// `ArchiveLiteralSizeLimit`.
    static let literalLimit = 256 << 10

    private func path(_ plural: String, _ name: String? = nil) -> String {
        FunctionObjects.path(Self.version, plural, namespace: site.namespace, name)
    }

    // MARK: deploying

    package func deploy(_ order: FunctionOrder) async throws(Diagnostic) -> FunctionChange {
        try check(order)
        try await checkSecrets(order, objects)
        let old = try await objects.find(path("functions", order.name))
        for plural in Self.triggers where try await triggerOfAnother(plural, order.name) {
            throw Diagnostic(
                code: "function.conflict", "\(path(plural, order.name)) is there already and calls another function",
                hint: "give the function another name, or delete that trigger")
        }
        var package: String?
        var environment: String?
        if let source = order.source {
            let runtime = try RuntimeChoice.choose(
                order.runtime, language: SourceReader.language(ending: source.ending), of: try await runtimes(),
                framework: site.framework)
            if let there = try await objects.find(path("environments", runtime.id)) {
                let image = there.at("spec", "runtime", "image")?.string ?? ""
                guard order.runtimeImage ?? image == image else {
                    throw Diagnostic(
                        code: "function.runtime-image", "the environment \(runtime.id) has the image \(image) already",
                        hint: "all its functions run in that one: leave --runtime-image out, or change the environment",
                        exitCode: .usage)
                }
            } else {
                guard let image = order.runtimeImage ?? runtime.image else {
                    throw Diagnostic(
                        code: "function.runtime-image", "\(site.framework) has no image for \(runtime.id)",
                        hint: "name a Fission environment's: --runtime-image", exitCode: .usage)
                }
                try await objects.apply(
                    path("environments", runtime.id), Self.environment(runtime.id, image, site))
            }
            let made = try Self.package(order.name, source, environment: runtime.id, site)
            try await objects.apply(path("packages", made.name), made.object)
            package = made.name
            environment = runtime.id
        }
        try await objects.apply(
            path("functions", order.name),
            Self.function(order, site, package: package, environment: environment))
        try await objects.apply(path("httptriggers", order.name), Self.route(order, site))
        for trigger in order.triggers { try await make(trigger, order.name) }
        // An order says what there is to be: triggers of an earlier one go.
        if old != nil {
            for (kind, plural) in [(FunctionTrigger.Kind.schedule, "timetriggers"), (.queue, "messagequeuetriggers")]
            where !order.triggers.contains(where: { $0.kind == kind }) {
                try await objects.delete(path(plural, order.name))
            }
        }
        // The package of the code before; the function refers to the new one already.
        if let before = old?.at("spec", "package", "packageref", "name")?.string, before != package,
            before.hasPrefix("\(order.name)-")
        {
            try await objects.delete(path("packages", before))
        }
        return old == nil ? .created : .updated
    }

    private static let triggers = ["httptriggers", "timetriggers", "messagequeuetriggers"]

    /// Triggers bear the function's name; somebody may have given it to one that calls another function.
    private func triggerOfAnother(_ plural: String, _ name: String) async throws(Diagnostic) -> Bool {
        guard let trigger = try await objects.find(path(plural, name)) else { return false }
        return trigger.at("spec", "functionref", "name")?.string != name
    }

    static func labels(_ name: String, _ site: FunctionSite) -> JSONValue {
        [FunctionObjects.functionLabel: .string(name), FunctionObjects.frameworkLabel: .string(site.framework)]
    }

    static func environment(_ id: String, _ image: String, _ site: FunctionSite) -> JSONValue {
        [
            "apiVersion": .string(version), "kind": "Environment",
            "metadata": [
                "name": .string(id), "namespace": .string(site.namespace),
                "labels": [FunctionObjects.frameworkLabel: .string(site.framework)],
            ], "spec": ["version": 3, "poolsize": 1, "runtime": ["image": .string(image)]],
        ]
    }

    /// Its name follows its content, so that a function that refers to it gets new instances with new code.
    static func package(
        _ name: String, _ source: SourcePackage, environment: String, _ site: FunctionSite
    ) throws(Diagnostic) -> (name: String, object: JSONValue) {
        let bytes = source.isFolder ? ZipArchive.pack(source.files) : source.mainBytes
        guard bytes.count <= literalLimit else {
            throw Diagnostic(
                code: "function.source-too-large",
                "the source of \(name) has \(SourceReader.text(bytes.count)), and Fission takes at most "
                    + SourceReader.text(literalLimit) + " in a package's literal",
                hint: "put what is large into an image and deploy that with --image", exitCode: .invalid)
        }
        let digest = Digest.sha256(bytes).prefix(10)
        let own = "\(name.prefix(50))-\(digest)"
        return (
            own,
            [
                "apiVersion": .string(version), "kind": "Package",
                "metadata": [
                    "name": .string(own), "namespace": .string(site.namespace), "labels": labels(name, site),
                ],
                "spec": [
                    "environment": ["name": .string(environment), "namespace": .string(site.namespace)],
                    "deployment": ["type": "literal", "literal": .string(Data(bytes).base64EncodedString())],
                ],
            ]
        )
    }

    /// Source runs in the environment's pool; with variables of its own in a deployment (`newdeploy`), since a pool has none (Fission
    /// refuses `env` with poolmgr); an image in the container executor, on port 8888 unless `--env PORT` says otherwise.
    static func function(
        _ order: FunctionOrder, _ site: FunctionSite, package: String?, environment: String?
    ) -> JSONValue {
        let isImage = order.image != nil
        let executor =
            isImage ? "container" : order.environment.isEmpty && order.minimum == nil ? "poolmgr" : "newdeploy"
        var strategy: [String: JSONValue] = ["ExecutorType": .string(executor)]
        if executor != "poolmgr" {
            strategy["MinScale"] = .integer(order.minimum ?? 1)
            strategy["MaxScale"] = .integer(max(order.maximum ?? 3, order.minimum ?? 1, 1))
            strategy["SpecializationTimeout"] = 120
        }
        var resources: [String: JSONValue] = [:]
        if let memory = order.memory { resources["memory"] = .string(memory) }
        if let cpu = order.cpu { resources["cpu"] = .string(cpu) }
        let secrets: [JSONValue] = order.secrets.map {
            ["name": .string($0), "namespace": .string(site.namespace)]
        }
        let variables = order.environment.isEmpty ? nil : JSONValue.array(KnativePlatform.list(order.environment))
        let port = order.environment["PORT"].flatMap { Int($0) } ?? 8888
        let container = JSONValue.record([
            "name": .string(order.name), "image": order.image.map { .string($0) },
            "ports": [["name": "http-env", "containerPort": .integer(port)]],
            "command": order.command.map { .array($0.split(separator: " ").map { .string(String($0)) }) },
        ])
        let labels = order.labels.merging(labels(order.name, site).texts) { $1 }
        return [
            "apiVersion": .string(version), "kind": "Function",
            "metadata": .record([
                "name": .string(order.name), "namespace": .string(site.namespace), "labels": JSONValue(labels),
                "annotations": order.annotations.isEmpty ? nil : JSONValue(order.annotations),
            ]),
            "spec": .record([
                // Required by the definition, without a name for images (CRD of fission.io, `functions`).
                "environment": .record([
                    "name": environment.map { .string($0) }, "namespace": .string(site.namespace),
                ]),
                "package": .record([
                    "packageref": .record([
                        "name": package.map { .string($0) }, "namespace": .string(site.namespace),
                    ]),
                    "functionName": order.handler.map { .string($0) },
                ]),
                "InvokeStrategy": ["StrategyType": "execution", "ExecutionStrategy": .object(strategy)],
                "functionTimeout": .integer(order.timeout ?? 60), "env": variables,
                "secrets": secrets.isEmpty ? nil : .array(secrets),
                "resources": resources.isEmpty ? nil : ["limits": .object(resources), "requests": .object(resources)],
                "podspec": isImage ? ["containers": [container]] : nil,
            ]),
        ]
    }

    static func route(_ order: FunctionOrder, _ site: FunctionSite) -> JSONValue {
        var host: String?
        var url = "/\(order.name)"
        for case .http(let wanted, let path) in order.triggers {
            host = wanted
            if path != "/" { url = path }
        }
        return [
            "apiVersion": .string(version), "kind": "HTTPTrigger",
            "metadata": [
                "name": .string(order.name), "namespace": .string(site.namespace), "labels": labels(order.name, site),
            ],
            "spec": .record([
                "relativeurl": .string(url), "host": host.map { .string($0) },
                "methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
                "functionref": ["type": "name", "name": .string(order.name)],
            ]),
        ]
    }

    private func make(_ trigger: FunctionTrigger, _ name: String) async throws(Diagnostic) {
        let metadata: JSONValue = [
            "name": .string(name), "namespace": .string(site.namespace), "labels": Self.labels(name, site),
        ]
        let reference: JSONValue = ["type": "name", "name": .string(name)]
        switch trigger {
        case .http: return  // Made for every function.
        case .schedule(let cron, _):
            try await objects.apply(
                path("timetriggers", name),
                [
                    "apiVersion": .string(Self.version), "kind": "TimeTrigger", "metadata": metadata,
                    "spec": ["cron": .string(cron), "functionref": reference],
                ])
        case .queue(let topic):
            // Kafka by KEDA: the queue that Fission itself documents first.
            try await objects.apply(
                path("messagequeuetriggers", name),
                [
                    "apiVersion": .string(Self.version), "kind": "MessageQueueTrigger", "metadata": metadata,
                    "spec": [
                        "functionref": reference, "messageQueueType": "kafka", "mqtkind": "keda",
                        "topic": .string(topic), "maxRetries": 0, "contentType": "application/json",
                        "metadata": [
                            "topic": .string(topic), "consumerGroup": .string(name),
                            "bootstrapServers": "kafka.kafka:9092",
                        ],
                    ],
                ])
        }
    }

    /// Those of the catalogue, and environments that somebody made: one that is there has its own image.
    package func runtimes() async throws(Diagnostic) -> [FunctionRuntime] {
        var all = site.runtimes
        for environment in try await objects.list(path("environments")) {
            if let known = all.firstIndex(where: { $0.id == environment.name }) {
                all[known].image = environment.at("spec", "runtime", "image")?.string
                continue
            }
            let language = SourceReader.languages.first { environment.name.hasPrefix($0.language) }?.language
            let name = environment.name
            all.append(
                FunctionRuntime(
                    id: name, language: language ?? (name.hasPrefix("node") ? "nodejs" : name),
                    image: environment.at("spec", "runtime", "image")?.string))
        }
        return all
    }

    // MARK: looking

    package func list() async throws(Diagnostic) -> [FunctionRecord] {
        let functions = try await objects.list(path("functions"))
        let routes = try await objects.list(path("httptriggers"))
        let times = try await objects.list(path("timetriggers"))
        return functions.map { record($0, routes, times) }.sorted { $0.name < $1.name }
    }

    package func find(_ name: String) async throws(Diagnostic) -> FunctionRecord? {
        guard let function = try await objects.find(path("functions", name)) else { return nil }
        let routes = try await objects.find(path("httptriggers", name)).map { [$0] } ?? []
        let times = try await objects.find(path("timetriggers", name)).map { [$0] } ?? []
        var record = record(function, routes, times)
        // A package from a literal is not built (`none`); one that is built may fail.
        if let package = function.at("spec", "package", "packageref", "name")?.string, !package.isEmpty,
            let found = try await objects.find(path("packages", package))
        {
            switch found.at("status", "buildstatus")?.string {
            case "failed":
                record.state = .failed
                record.reason = found.at("status", "buildlog")?.string ?? "the package cannot be built"
            case "pending", "running":
                record.state = .pending
                record.reason = "the package is being built"
            default: break
            }
        }
        return record
    }

    private func record(_ function: JSONValue, _ routes: [JSONValue], _ times: [JSONValue]) -> FunctionRecord {
        let spec = function["spec"]
        let name = function.name
        let executor = spec?.at("InvokeStrategy", "ExecutionStrategy", "ExecutorType")?.string ?? "poolmgr"
        let isMine = { (trigger: JSONValue) in trigger.at("spec", "functionref", "name")?.string == name }
        let route = routes.first(where: isMine)
        let url = route.flatMap { $0.at("spec", "relativeurl")?.string ?? $0.at("spec", "prefix")?.string }
        return FunctionRecord(
            name: name, framework: site.framework, namespace: site.namespace,
            // Instances are made when they are needed.
            state: route == nil ? .pending : .idle, reason: route == nil ? "it has no HTTPTrigger" : "",
            image: spec?.at("podspec", "containers")?[0]?["image"]?.string,
            runtime: spec?.at("environment", "name")?.string.flatMap { $0.isEmpty ? nil : $0 }, url: url,
            triggers: (url.map { ["http \($0)"] } ?? [])
                + times.filter(isMine).compactMap { $0.at("spec", "cron")?.string }.map { "schedule \($0)" },
            created: function.at("metadata", "creationTimestamp")?.string,
            terms: [
                "executor": executor, "package": spec?.at("package", "packageref", "name")?.string ?? "",
            ].filter { !$0.value.isEmpty })
    }

    // MARK: using

    /// An asynchronous request bears `X-Fission-Invoke-Mode: async`; 501 where the feature is off.
    ///
    /// The router learns of a new trigger some time after it was made, and answers 404 until then: that is waited for, if the trigger is
    /// there.
    package func invoke(_ name: String, _ invocation: Invocation) async throws(Diagnostic) -> InvocationAnswer {
        guard invocation.callback == nil else { throw FunctionProblem.callback(site) }
        var headers = invocation.allHeaders
        if invocation.isAsynchronous { headers.append(("X-Fission-Invoke-Mode", "async")) }
        let path = "/\(PathText.escaped(name))" + (invocation.path.isEmpty ? "" : "/\(invocation.path)")
        let request = DoorRequest(
            invocation.method, path, headers: headers, body: invocation.body.isEmpty ? nil : invocation.body,
            timeout: invocation.timeout)
        let clock = ContinuousClock()
        let end = clock.now + min(invocation.timeout, patience)
        var knownURL: String?
        while true {
            var request = request
            if let knownURL { request.path = knownURL }
            let answer = try await gateway.send(request)
            if invocation.isAsynchronous, answer.status == 501 {
                throw Diagnostic(
                    code: "function.no-async", "this Fission was installed without asynchronous requests",
                    hint: "they need its state store")
            }
            guard answer.status == 404, clock.now < end else { return answer }
            // The function may have said 404 itself.
            guard let record = try await find(name) else { throw try await missing(name) }
            guard let url = record.url else { return answer }
            if url != path { knownURL = url }
            do { try await clock.sleep(for: .milliseconds(200)) } catch { return answer }
        }
    }

    package func logs(_ name: String, tail: Int) async throws(Diagnostic) -> [FunctionLogLine] {
        guard try await objects.find(path("functions", name)) != nil, let pods = pods(name) else {
            throw try await missing(name)
        }
        // The container bears the environment's name; the other one is Fission's fetcher.
        return try await objects.logs(pods, tail: tail) { pod in
            pod.at("spec", "containers")?.array?.first { $0["name"]?.string != "fetcher" }?["name"]?.string
        }
    }

    package func scale(_ name: String, to replicas: Int) async throws(Diagnostic) {
        try checkScale(replicas)
        guard let function = try await objects.find(path("functions", name)) else { throw try await missing(name) }
        let executor = function.at("spec", "InvokeStrategy", "ExecutionStrategy", "ExecutorType")?.string ?? "poolmgr"
        guard executor != "poolmgr" else {
            throw Diagnostic(
                code: "function.scale", "\(name) runs in a pool, which Fission scales by requests itself",
                hint: "deploy it with --min to give it a deployment of its own", exitCode: .usage)
        }
        try await objects.patch(
            path("functions", name),
            [
                "spec": [
                    "InvokeStrategy": [
                        "ExecutionStrategy": ["MinScale": .integer(replicas), "MaxScale": .integer(max(1, replicas))]
                    ]
                ]
            ])
    }

    package func delete(_ name: String) async throws(Diagnostic) {
        for plural in Self.triggers where try await !triggerOfAnother(plural, name) {
            try await objects.delete(path(plural, name))
        }
        let found = try await objects.delete(path("functions", name))
        let labels = "\(FunctionObjects.functionLabel)=\(name)"
        for package in try await objects.list(path("packages"), labels: labels) {
            try await objects.delete(path("packages", package.name))
        }
        guard found else { throw try await missing(name) }
    }

    package func pods(_ name: String) -> FunctionPods? {
        FunctionPods(namespace: site.namespace, selector: "functionName=\(name)")
    }

    /// On port 8080 of the router's pod.
    package func counted(_ name: String) async throws(Diagnostic) -> (metric: String, value: Double)? {
        try await objects.sum(
            "fission_function_calls_total", pods: FunctionPods(namespace: site.core, selector: "svc=router"), port: 8080
        ) { $0["function_name"] == name }
    }
}
