internal import ConfigTree
internal import KubernetesAPI

/// Keys of checks, requests and names of objects.
enum CheckFields {
    // MARK: names of objects

    static let requiredVersion = Field(
        "apiVersion", FrameworkCodecs.text, required: true, "As objects write it, apps/v1")
    static let kind = Field("kind", FrameworkCodecs.text, required: true, "The kind of object")
    static let name = Field("name", FrameworkCodecs.text, required: true, "The object's name")
    static let namespace = Field(
        "namespace", FrameworkCodecs.text, "Its namespace; left out: the framework's core namespace")

    static func objectName(_ record: RecordReader) -> ObjectName? {
        guard let version = record.required(requiredVersion), let kind = record.required(kind),
            let name = record.required(name)
        else { return nil }
        return ObjectName(
            apiVersion: version, kind: kind, name: name, namespace: record.optional(namespace))
    }

    // MARK: objects by selector

    private static let names = Field("names", FrameworkCodecs.texts, "Only these")
    private static let selector = Field("selector", FrameworkCodecs.text, "Only those with these labels, a=b,c")
    private static let anyNamespace = Field("namespace", FrameworkCodecs.text, "Only there; left out: everywhere")
    private static let finalizer = Field(
        "finalizer", FrameworkCodecs.text, "Taken off, with consent, where its controller is gone")

    static let objects = Codec<FrameworkRemoval.Objects>.record(
        "the objects", plural: "objects",
        [
            requiredVersion, kind, anyNamespace, names, selector, finalizer, FrameworkCodecs.channels,
            FrameworkCodecs.when,
        ]
    ) { record in
        guard let version = record.required(requiredVersion), let kind = record.required(kind) else { return nil }
        return FrameworkRemoval.Objects(
            apiVersion: version, kind: kind, namespace: record.optional(anyNamespace),
            selector: record.optional(selector), names: record.optional(names) ?? [],
            finalizer: record.optional(finalizer), applies: FrameworkCodecs.applies(record))
    }

    // MARK: requests

    private static let endpoint = Field("endpoint", FrameworkCodecs.text, required: true, "The endpoint that is asked")
    private static let method = Field(
        "method",
        Codec<String>.choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map { ($0, "", $0) }),
        defaultText: "GET", "The request's method")
    private static let path = Field("path", FrameworkCodecs.text, required: true, "With a leading slash")
    private static let headers = Field(
        "headers", Codec<[String: String]>.map(FrameworkCodecs.plain), "Headers by name")
    private static let body = Field("body", FrameworkCodecs.json, "Sent as JSON; a text is sent as it is")
    private static let bodyFile = Field("bodyFile", FrameworkCodecs.file, "A file whose content is the body")
    private static let statuses = Codec<[Int]>.list(Codec<Int>.integer(100...599), minimum: 1)
    private static let expect = Field(
        "expect", statuses, defaultText: "200 to 299", "Statuses that are right")
    private static let status = Field("status", statuses, defaultText: "200 to 299", "Statuses that are right")
    private static let requestFields: [any ConfigField] = [
        endpoint, method, path, headers, body, bodyFile, FrameworkCodecs.channels, FrameworkCodecs.when,
    ]

    private static func request(_ record: RecordReader, expect: [Int]) -> EndpointRequest? {
        guard let endpoint = record.required(endpoint), let path = record.required(path) else { return nil }
        return EndpointRequest(
            endpoint: endpoint, method: record.optional(method) ?? "GET", path: path,
            headers: record.optional(headers) ?? [:], body: record.optional(body),
            bodyFile: record.optional(bodyFile), expect: expect, applies: FrameworkCodecs.applies(record))
    }

    static let requests = Codec<[EndpointRequest]>.list(
        .record("the request", plural: "requests", requestFields + [expect]) { record in
            request(record, expect: record.optional(expect) ?? [])
        })

    // MARK: conditions of fields

    private static let equals = Field("equals", FrameworkCodecs.json, "It is this value")
    private static let least = Field("min", Codec<Int>.integer(Int.min...Int.max), "It is this number or more")
    private static let exists = Field("exists", Codec<Bool>.boolean, "It is there and not empty")

    private static func test(_ record: RecordReader) -> FieldCondition.Test? {
        if let value = record.optional(equals) { return .equals(value) }
        if let least = record.optional(least) { return .atLeast(least) }
        return record.optional(exists).flatMap { $0 ? .exists : nil }
    }

    private static let fieldPath = Field("path", FrameworkCodecs.path, required: true, "The way to the field")

    private static let bareTest = Codec<FieldCondition.Test>.record(
        "the test", [equals, least, exists], exactlyOne: [["equals", "min", "exists"]]
    ) { test($0) }

    private static let json = Codec<[FieldCondition]>(shape: .map(key: nil, value: .anything)) { node, decoder in
        guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: .anything)) }
        return node.entries.compactMap { key, value in
            guard let path = FrameworkCodecs.path.read(key, decoder) else { return nil }
            guard value.kind == .mapping else {
                return FieldCondition(path: path, test: .equals(NodeValue.json(value)))
            }
            return bareTest.read(value, decoder).map { FieldCondition(path: path, test: $0) }
        }
    }

    // MARK: checks

    private static let rollout = Field(
        "rollout", FrameworkCodecs.text, "deployment/NAME, statefulset/NAME or daemonset/NAME is rolled out")
    private static let established = Field(
        "established", Codec<[String]>.list(FrameworkCodecs.text, minimum: 1),
        "Custom resource definitions are served")
    private static let type = Field("type", FrameworkCodecs.text, required: true, "The condition's type")
    private static let conditionStatus = Field(
        "status", FrameworkCodecs.plain, defaultText: "\"True\"", "The condition's status")
    private static let condition = Field(
        "condition",
        Codec<(ObjectName, String, String)>.record(
            "the condition", [requiredVersion, kind, name, namespace, type, conditionStatus]
        ) { record in
            guard let object = objectName(record), let type = record.required(type) else { return nil }
            return (object, type, record.optional(conditionStatus) ?? "True")
        }, "An object has a condition")
    private static let endpoints = Field("endpoints", FrameworkCodecs.text, "A service has ready addresses")
    private static let minimum = Field(
        "minimum", Codec<Int>.integer(1...10_000), defaultText: "1", "So many ready addresses, of `endpoints`")
    private static let job = Field("job", FrameworkCodecs.text, "A Job is complete")
    private static let accepted = Field(
        "accepted", FrameworkCodecs.file, "A dry-run create of the object in this file is let in")
    private static let contains = Field("contains", FrameworkCodecs.text, "The answer contains this text")
    private static let jsonTests = Field("json", json, "Fields of the answer by path")
    private static let http = Field(
        "http",
        Codec<(EndpointRequest, String?, [FieldCondition])>.record(
            "the request", requestFields + [status, contains, jsonTests]
        ) { record in
            request(record, expect: record.optional(status) ?? []).map {
                ($0, record.optional(contains), record.optional(jsonTests) ?? [])
            }
        }, "An endpoint answers as expected")
    private static let field = Field(
        "field",
        Codec<(ObjectName, FieldCondition)>.record(
            "the field", [requiredVersion, kind, name, namespace, fieldPath, equals, least, exists],
            exactlyOne: [["equals", "min", "exists"]]
        ) { record in
            guard let object = objectName(record), let path = record.required(fieldPath), let test = test(record) else {
                return nil
            }
            return (object, FieldCondition(path: path, test: test))
        }, "A field of an object is as expected")
    private static let absent = Field("absent", objects, "There are no such objects")

    private static let id = Field("id", FrameworkCodecs.text, "What reports call it")
    private static let explain = Field("explain", FrameworkCodecs.text, "What it means when it does not hold")
    private static let timeout = Field("timeout", FrameworkCodecs.duration, "How long it may take")

    static let check = Codec<ReadinessCheck>.record(
        "the check", plural: "checks",
        [
            rollout, established, condition, endpoints, job, accepted, http, field, absent, id, explain, namespace,
            minimum, timeout, FrameworkCodecs.channels, FrameworkCodecs.when,
        ],
        exactlyOne: [
            ["rollout", "established", "condition", "endpoints", "job", "accepted", "http", "field", "absent"]
        ]
    ) { record in
        guard let subject = subject(record) else { return nil }
        return ReadinessCheck(
            subject, id: record.optional(id), namespace: record.optional(namespace),
            explanation: record.optional(explain), timeout: record.optional(timeout),
            applies: FrameworkCodecs.applies(record))
    }

    private static func subject(_ record: RecordReader) -> ReadinessCheck.Subject? {
        if let text = record.optional(rollout), let node = record.valueNode(rollout) {
            return workload(text, node, record.decoder)
        }
        if let names = record.optional(established) { return .established(names) }
        if let (object, type, status) = record.optional(condition) {
            return .condition(object, type: type, status: status)
        }
        if let service = record.optional(endpoints) {
            return .endpoints(service: service, minimum: record.optional(minimum) ?? 1)
        }
        if let name = record.optional(job) { return .job(name) }
        if let file = record.optional(accepted) { return .accepted(file: file) }
        if let (request, contains, json) = record.optional(http) {
            return .http(request, contains: contains, json: json)
        }
        if let (object, condition) = record.optional(field) { return .field(object, condition) }
        return record.optional(absent).map { .absent($0) }
    }

    private static func workload(
        _ text: String, _ node: ConfigNode, _ decoder: ConfigDecoder
    ) -> ReadinessCheck.Subject? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let kinds = ["Deployment", "StatefulSet", "DaemonSet"]
        guard parts.count == 2, !parts[1].isEmpty, let kind = KnownKinds.find(parts[0])?.kind, kinds.contains(kind)
        else {
            decoder.report(
                "value", at: node, "\(decoder.name(node)) must name a workload, and `\(text)` does not",
                hint: "for example deployment/gateway; statefulset and daemonset are the others")
            return nil
        }
        return .rollout(kind: kind, name: parts[1])
    }
}
