internal import Diagnostics
internal import FoundationEssentials
package import KubernetesAPI
internal import WebClient
internal import YAMLDocument

/// What one look at a check brought.
package struct CheckObservation: Sendable, Hashable, Codable {
    package var holds: Bool
    /// Looking again cannot change it.
    package var isFinal: Bool
    /// As a person would say it, with names and numbers.
    package var observed: String
    /// Lines quoted from the cluster.
    package var evidence: [String]

    package init(_ holds: Bool, _ observed: String, isFinal: Bool = false, evidence: [String] = []) {
        self.holds = holds
        self.isFinal = isFinal
        self.observed = observed
        self.evidence = evidence
    }
}

/// Looks at checks, and waits for them: no fixed pauses, and a failure that says its cause.
package struct CheckRunner: Sendable {
    package let release: FrameworkRelease
    package let client: KubernetesClient
    package let reach: EndpointReach
    private let paths: KindPaths

    package init(_ release: FrameworkRelease, _ client: KubernetesClient, _ reach: EndpointReach) {
        self.release = release
        self.client = client
        self.reach = reach
        paths = KindPaths { (path) async throws(KubernetesError) in try await client.value(path) }
    }

    // MARK: waiting

    /// How long a pod may be in trouble before somebody hears of it: registries stumble, and programs wait for each other.
    static let patience = Duration.seconds(8)

    /// Returns when all hold.
    ///
    /// - Parameter tell: hears, once, of each trouble of pods that waiting alone does not end.
    /// - Throws: `framework.not-ready` with every check that does not hold, what was seen, and why; at the deadline, or at once
    ///   where waiting cannot help.
    package func wait(
        _ checks: [ReadinessCheck], within limit: Duration, phase: String,
        tell: @Sendable (String) -> Void = { _ in }
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var open = checks.filter { release.holds($0.applies) }
        var pause = Duration.milliseconds(100)
        var told: Set<String> = []
        var nextLook = start + Self.patience
        while true {
            var rest: [(ReadinessCheck, CheckObservation)] = []
            for (check, seen) in await observe(open) where !seen.holds { rest.append((check, seen)) }
            if rest.isEmpty { return }
            open = rest.map(\.0)
            let now = clock.now
            let isLate = rest.contains { now - start >= max($0.0.timeout ?? limit, .zero) }
            var isHopeless = rest.contains(where: \.1.isFinal)
            if now >= nextLook, !isLate, !isHopeless {
                let troubles = await troubles(open)
                isHopeless = troubles.contains(where: \.isHopeless)
                // The reason changes to and fro between an error and the pause after it.
                for trouble in troubles where told.insert("\(trouble.pod) \(trouble.kind)").inserted && !isHopeless {
                    tell(trouble.fullText)
                }
                nextLook = clock.now + .seconds(4)
            }
            if isLate || isHopeless {
                throw Diagnostics(await failures(rest, phase: phase, waited: now - start))
            }
            // Pods report within a second or so; looking more often than that costs the API server without helping.
            try await clock.sleep(for: pause)
            pause = min(pause * 3 / 2, .milliseconds(500))
        }
    }

    private func troubles(_ checks: [ReadinessCheck]) async -> [PodTrouble] {
        var found: [PodTrouble] = []
        for check in checks {
            guard case .rollout(let kind, let name) = check.subject else { continue }
            found += await WorkloadCauses(client).lasting(
                kind: kind, name: release.fill(name), namespace: release.fill(check.namespace ?? release.coreNamespace))
        }
        return found
    }

    /// All at a time, in their order.
    package func observe(_ checks: [ReadinessCheck]) async -> [(ReadinessCheck, CheckObservation)] {
        await withTaskGroup(of: (Int, CheckObservation).self, returning: [(ReadinessCheck, CheckObservation)].self) {
            group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await observe(check)) } }
            var seen: [Int: CheckObservation] = [:]
            for await (index, observation) in group { seen[index] = observation }
            return checks.enumerated().compactMap { index, check in seen[index].map { (check, $0) } }
        }
    }

    private func failures(
        _ open: [(ReadinessCheck, CheckObservation)], phase: String, waited: Duration
    ) async -> [Diagnostic] {
        var found: [Diagnostic] = []
        for (check, seen) in open {
            var evidence = seen.evidence
            if case .rollout(let kind, let name) = check.subject {
                evidence += await WorkloadCauses(client).causes(
                    kind: kind, name: release.fill(name),
                    namespace: release.fill(check.namespace ?? release.coreNamespace))
            }
            let issue = release.framework.knownIssues.first { issue in
                (evidence + [seen.observed]).contains { $0.contains(issue.symptom) }
            }
            found.append(
                Diagnostic(
                    code: "framework.not-ready",
                    "phase \(phase): waited \(Self.seconds(waited)) s in vain for: \(check.words(release))",
                    detail: [seen.observed, check.explanation, issue?.explanation].compactMap { $0 }.joined(
                        separator: "\n"),
                    hint: issue?.remedy ?? "run the same command again when the cause is gone: it goes on from here",
                    evidence: evidence))
        }
        return found
    }

    private static func seconds(_ duration: Duration) -> Int { Int(duration.components.seconds) }

    // MARK: looking

    /// One look; what cannot be judged does not hold, and says why.
    package func observe(_ check: ReadinessCheck) async -> CheckObservation {
        do {
            return try await look(check)
        } catch let error as KubernetesError {
            return CheckObservation(
                false, Self.words(error.diagnostic), isFinal: error.code == 401 || error.code == 403)
        } catch let error as WebError {
            return CheckObservation(false, Self.words(error.diagnostic))
        } catch let error as Diagnostic {
            return CheckObservation(false, Self.words(error))
        } catch let error as Diagnostics {
            return CheckObservation(false, error.list.first.map(Self.words) ?? "it cannot be judged", isFinal: true)
        } catch {
            return CheckObservation(false, "\(error)")
        }
    }

    private static func words(_ diagnostic: Diagnostic) -> String {
        diagnostic.summary + (diagnostic.detail.map { ": \($0.shortened(300))" } ?? "")
    }

    private func look(_ check: ReadinessCheck) async throws -> CheckObservation {
        let namespace = release.fill(check.namespace ?? release.coreNamespace)
        switch check.subject {
        case .rollout(let kind, let name):
            let object = try await find(
                ObjectName(apiVersion: "apps/v1", kind: kind, name: release.fill(name), namespace: namespace))
            return object.map(Rollout.judge)
                ?? CheckObservation(false, "there is no \(kind) \(namespace)/\(release.fill(name))")
        case .established(let names): return try await established(names.map(release.fill))
        case .condition(let name, let type, let status):
            let name = release.filled(name)
            guard let object = try await find(name) else { return missing(name) }
            let found = object.condition(type)
            let text = found.map { condition in
                let why = [condition["reason"]?.string, condition["message"]?.string].compactMap { $0 }
                return "\(type) is \(condition["status"]?.string ?? "?")"
                    + (why.isEmpty ? "" : ": \(why.joined(separator: ", ").shortened(300))")
            }
            return CheckObservation(
                found?["status"]?.string == release.fill(status), text ?? "it has no condition \(type)")
        case .endpoints(let service, let minimum):
            let name = release.fill(service)
            let object = try await find(
                ObjectName(apiVersion: "v1", kind: "Endpoints", name: name, namespace: namespace))
            let ready = (object?["subsets"]?.array ?? []).reduce(0) { $0 + ($1["addresses"]?.array?.count ?? 0) }
            return CheckObservation(ready >= minimum, "Service \(namespace)/\(name) has \(ready) ready addresses")
        case .job(let name): return try await job(release.fill(name), namespace)
        case .accepted(let file): return try await accepted(file)
        case .http(let request, let contains, let json): return try await http(request, contains, json)
        case .field(let name, let condition):
            let name = release.filled(name)
            guard let object = try await find(name) else { return missing(name) }
            var filled = condition
            if case .equals(let value) = condition.test { filled.test = .equals(release.fill(value)) }
            let values = filled.path.values(in: object).map { $0.text.shortened(100) }
            return CheckObservation(
                filled.holds(object),
                "\(filled.path.text) is \(values.isEmpty ? "absent" : values.joined(separator: ", "))")
        case .absent(let objects): return try await absent(release.filled(objects))
        }
    }

    private func missing(_ name: ObjectName) -> CheckObservation {
        CheckObservation(false, "there is no \(name.kind) \(name.name)")
    }

    /// nil if it is not there, or its kind is not.
    private func find(_ name: ObjectName) async throws -> JSONValue? {
        do {
            let kind = KnownKinds.find(apiVersion: name.apiVersion, kind: name.kind)
            let collection = try await paths.path(
                kind ?? ObjectKind(name.apiVersion, name.kind, plural: nil),
                namespace: name.namespace ?? release.coreNamespace)
            return try await client.value("\(collection)/\(PathText.escaped(name.name))")
        } catch let error as KubernetesError where error.isNotFound {
            return nil
        } catch is KindPaths.NotServed {
            return nil
        }
    }

    private func established(_ names: [String]) async throws -> CheckObservation {
        let found = try await client.list(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", of: DefinitionStatus.self)
        let good = Set(found.items.filter(\.isEstablished).map(\.metadata.name))
        let open = names.filter { !good.contains($0) }
        if let refused = found.items.first(where: { open.contains($0.metadata.name) && $0.refusal != nil }) {
            return CheckObservation(false, "\(refused.metadata.name): \(refused.refusal ?? "")")
        }
        return CheckObservation(
            open.isEmpty,
            open.isEmpty ? "all are served" : "not served yet: \(open.joined(separator: ", ").shortened(200))")
    }

    private func job(_ name: String, _ namespace: String) async throws -> CheckObservation {
        let object = try await find(
            ObjectName(apiVersion: "batch/v1", kind: "Job", name: name, namespace: namespace))
        guard let object else { return CheckObservation(false, "there is no Job \(namespace)/\(name)") }
        if object.condition("Complete")?["status"]?.string == "True" { return CheckObservation(true, "it is complete") }
        if let failed = object.condition("Failed"), failed["status"]?.string == "True" {
            let evidence = await WorkloadCauses(client).log(job: name, namespace: namespace)
            return CheckObservation(
                false, "it failed: \(failed["message"]?.string ?? failed["reason"]?.string ?? "without a reason")",
                isFinal: true, evidence: evidence)
        }
        return CheckObservation(false, "\(object["status"]?["active"]?.int ?? 0) pods of it run")
    }

    /// A dry run goes through admission, webhooks included, and leaves nothing.
    private func accepted(_ file: String) async throws -> CheckObservation {
        let path = "\(release.framework.folder)/\(file)"
        let objects = try ObjectFile.objects(try YAMLFile.bytes(at: path, limit: 1 << 20), file: path)
        for object in objects.map(release.fill) {
            let version = object["apiVersion"]?.string ?? "v1"
            let kind = object["kind"]?.string ?? ""
            let namespace = object["metadata"]?["namespace"]?.string ?? release.coreNamespace
            let collection: String
            do {
                collection = try await paths.path(ObjectKind(version, kind, plural: nil), namespace: namespace)
            } catch is KindPaths.NotServed {
                return CheckObservation(false, "the cluster does not serve \(version) \(kind) yet")
            }
            do throws(KubernetesError) {
                _ = try await client.create("\(collection)?dryRun=All", object)
            } catch {
                // There already: it went through all that comes before the store.
                guard error.code != 409 else { continue }
                return CheckObservation(false, Self.words(error.diagnostic))
            }
        }
        return CheckObservation(true, "it is let in")
    }

    private func absent(_ objects: FrameworkRemoval.Objects) async throws -> CheckObservation {
        let found = try await ObjectSearch(client).find(objects)
        let names = found.prefix(5).map(\.objectName).joined(separator: ", ")
        return CheckObservation(
            found.isEmpty, found.isEmpty ? "there is none" : "\(found.count) \(objects.kind) left: \(names)")
    }

    // MARK: requests

    private func http(
        _ request: EndpointRequest, _ contains: String?, _ json: [FieldCondition]
    ) async throws -> CheckObservation {
        let answer = try await RequestSender(release, client, reach).send(request)
        guard request.accepts(answer.status) else {
            return CheckObservation(
                false, "\(request.endpoint) answered \(answer.status)", evidence: [answer.text.shortened(200)])
        }
        if let contains, !answer.text.contains(release.fill(contains)) {
            return CheckObservation(
                false, "the answer does not contain `\(release.fill(contains))`", evidence: [answer.text.shortened(200)]
            )
        }
        if !json.isEmpty {
            guard let value = JSONValue.parse(answer.body) else {
                return CheckObservation(false, "the answer is not JSON", evidence: [answer.text.shortened(200)])
            }
            if let wrong = json.first(where: { !$0.holds(value) }) {
                let found = wrong.path.values(in: value).map { $0.text.shortened(80) }.joined(separator: ", ")
                return CheckObservation(false, "wanted: \(wrong.words); found: \(found.isEmpty ? "nothing" : found)")
            }
        }
        return CheckObservation(true, "\(request.endpoint) answered \(answer.status)")
    }
}

/// Of a definition as much as tells whether it is served.
private struct DefinitionStatus: Decodable, Sendable {
    struct Metadata: Decodable, Sendable { var name: String }
    struct Condition: Decodable, Sendable {
        var type: String
        var status: String
        var message: String?
    }
    struct Status: Decodable, Sendable { var conditions: [Condition]? }

    var metadata: Metadata
    var status: Status?

    var isEstablished: Bool {
        status?.conditions?.contains { $0.type == "Established" && $0.status == "True" } ?? false
    }

    /// Why its names are not accepted.
    var refusal: String? {
        status?.conditions?.first { $0.type == "NamesAccepted" && $0.status == "False" }?.message
    }
}

/// Whether a workload is rolled out; fields of apps/v1, as `kubectl rollout status` reads them.
package enum Rollout {
    package static func judge(_ object: JSONValue) -> CheckObservation {
        let status = object["status"]
        if object.isBeingDeleted { return CheckObservation(false, "it is being deleted") }
        let generation = object["metadata"]?["generation"]?.int ?? 0
        guard status?["observedGeneration"]?.int ?? 0 >= generation else {
            return CheckObservation(false, "its controller has not seen the newest form yet")
        }
        if object["kind"]?.string == "DaemonSet" || status?["desiredNumberScheduled"] != nil {
            let wanted = status?["desiredNumberScheduled"]?.int ?? 0
            let updated = status?["updatedNumberScheduled"]?.int ?? 0
            let ready = status?["numberAvailable"]?.int ?? status?["numberReady"]?.int ?? 0
            return CheckObservation(updated >= wanted && ready >= wanted, "\(ready) of \(wanted) pods are available")
        }
        let wanted = object["spec"]?["replicas"]?.int ?? 1
        let total = status?["replicas"]?.int ?? 0
        let updated =
            status?["updatedReplicas"]?.int ?? (status?["currentRevision"] == status?["updateRevision"] ? total : 0)
        let available = status?["availableReplicas"]?.int ?? status?["readyReplicas"]?.int ?? 0
        let failure = object.condition("ReplicaFailure").flatMap {
            $0["status"]?.string == "True" ? $0["message"]?.string : nil
        }
        if let failure { return CheckObservation(false, failure.shortened(400)) }
        if let progressing = object.condition("Progressing"),
            progressing["reason"]?.string == "ProgressDeadlineExceeded"
        {
            return CheckObservation(false, progressing["message"]?.string ?? "it makes no progress")
        }
        let isDone = updated >= wanted && available >= wanted && total <= max(wanted, updated)
        return CheckObservation(isDone, "\(available) of \(wanted) replicas are available, \(updated) up to date")
    }
}

/// Sends the requests of phases and checks: variables and secrets are put in here and nowhere else.
struct RequestSender: Sendable {
    let release: FrameworkRelease
    let client: KubernetesClient
    let reach: EndpointReach

    init(_ release: FrameworkRelease, _ client: KubernetesClient, _ reach: EndpointReach) {
        self.release = release
        self.client = client
        self.reach = reach
    }

    func send(_ request: EndpointRequest) async throws -> ProxyAnswer {
        let endpoint = try release.endpoint(request.endpoint)
        let variables = try await variables(for: request)
        var headers = request.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: variables.fill($0.value)) }
        var body: [UInt8]?
        if let file = request.bodyFile {
            let bytes = try YAMLFile.bytes(at: "\(release.framework.folder)/\(file)", limit: 4 << 20)
            body = Array(variables.fill(String(decoding: bytes, as: UTF8.self)).utf8)
        } else if let value = request.body {
            if case .string(let text) = variables.fill(value) {
                body = Array(text.utf8)
            } else {
                body = variables.fill(value).jsonBytes
            }
        }
        if body != nil, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            headers.append(("Content-Type", "application/json"))
        }
        guard let method = WebRequest.Method(rawValue: request.method) else {
            throw Diagnostic(code: "framework.method", "\(request.method) is no method that can be sent")
        }
        return try await reach.send(method, variables.fill(request.path), headers: headers, body: body, to: endpoint)
    }

    /// With the values of those secrets that the request names.
    private func variables(for request: EndpointRequest) async throws -> Variables {
        var variables = release.variables
        let file = try request.bodyFile.map {
            String(
                decoding: try YAMLFile.bytes(at: "\(release.framework.folder)/\($0)", limit: 4 << 20), as: UTF8.self)
        }
        let texts =
            [request.path, request.body.map { String(decoding: $0.jsonBytes, as: UTF8.self) } ?? "", file ?? ""]
            + request.headers.values
        let all = texts.joined(separator: "\n")
        for secret in release.secrets where all.contains("${secret.\(secret.name).") {
            let values = try await SecretReader(client).values(secret.name, namespace: secret.namespace)
            for (key, value) in values { variables.values["secret.\(secret.name).\(key)"] = .string(value.reveal()) }
        }
        return variables
    }
}
