internal import ConfigTree
internal import KubernetesAPI

/// Keys of the primitives about objects of the API.
enum PrimitiveFields {
    static let namespace = Field(
        "namespace", LabCodecs.text, "Another namespace than the lab's; it must be in `needs.namespaces`")
    static let selector = Field("selector", LabCodecs.text, "A label selector, `app=web`")

    // MARK: object

    private static let ref = Field("ref", LabCodecs.reference, "The object as kind/name")
    private static let apiVersion = Field(
        "apiVersion", LabCodecs.text, "Group and version; only for kinds that martlet does not know")
    private static let kindName = Field("kind", LabCodecs.text, "The kind")
    private static let name = Field("name", LabCodecs.text, "The object's name")
    private static let count = Field("count", LabCodecs.count, "How many are as expected")
    private static let conditions = Field(
        "conditions", Codec<[String: String]>.map(LabCodecs.plain), "Conditions of the status, by type")
    private static let fields = Field(
        "fields", Codec<[FieldExpectation]>.list(LabCodecs.fieldExpectation, minimum: 1), "Fields and what they must be"
    )
    private static let observed = Field(
        "observed", Codec<Bool>.boolean, "The status must be about the newest specification")
    private static let absent = Field("absent", Codec<Bool>.boolean, "There must be none")

    static let object = Codec<ObjectCheck>.record(
        "`object`",
        [ref, apiVersion, kindName, name, selector, namespace, count, conditions, fields, observed, absent]
    ) { record in
        let reference = record.optional(ref)
        let isFaulty = record.has(ref) && reference == nil
        guard let kind = reference?.kind ?? (isFaulty ? nil : kind(record)) else { return nil }
        let name = reference?.name ?? record.optional(name)
        let check = ObjectCheck(
            kind: kind, name: name, selector: record.optional(selector), namespace: record.optional(namespace),
            count: record.optional(count), conditions: record.optional(conditions) ?? [:],
            fields: record.optional(fields) ?? [], isObserved: record.optional(observed) ?? false,
            isAbsent: record.optional(absent) ?? false)
        let decoder = record.decoder
        if check.name != nil, let node = record.valueNode(selector) {
            decoder.report("conflict", at: node.key ?? node, "an object has a name or a selector, and not both")
        }
        if record.has(ref), let node = record.valueNode(kindName) ?? record.valueNode(PrimitiveFields.name) {
            decoder.report("conflict", at: node.key ?? node, "`ref` says kind and name already")
        }
        if check.isAbsent,
            let node = record.valueNode(count) ?? record.valueNode(fields) ?? record.valueNode(conditions)
        {
            decoder.report("conflict", at: node.key ?? node, "what is absent has no state")
        }
        return check
    }

    private static func kind(_ record: RecordReader) -> ObjectKind? {
        guard let word = record.optional(kindName) else {
            if !record.has(kindName) {
                record.decoder.report(
                    "missing-key", at: record.node.key ?? record.node, "`object` needs `ref` or `kind`",
                    hint: "for example `ref: deployment/web`")
            }
            return nil
        }
        if record.has(apiVersion) {
            guard let version = record.optional(apiVersion) else { return nil }
            return KnownKinds.find(apiVersion: version, kind: word) ?? ObjectKind(version, word, plural: nil)
        }
        return record.valueNode(kindName).flatMap { LabCodecs.kind.read($0, record.decoder) }
    }

    // MARK: rollout

    private static let workload = Field(
        "ref", LabCodecs.reference, required: true, "A deployment, statefulset or daemonset")
    private static let replicas = Field("replicas", Codec<Int>.integer(0...10_000), "How many there must be")
    private static let stableFor = Field("stable_for", LabCodecs.duration, "Without a change for that long")
    private static let restarts = Field(
        "max_restarts", Codec<Int>.integer(0...10_000), "Restarts of its containers, at most")

    static let rollout = Codec<RolloutCheck>.record(
        "`rollout`", [workload, replicas, stableFor, restarts, namespace]
    ) { record in
        guard var reference = record.required(workload) else { return nil }
        guard ["Deployment", "StatefulSet", "DaemonSet"].contains(reference.kind.kind) else {
            record.decoder.report(
                "value", at: record.valueNode(workload) ?? record.node,
                "`rollout` is about a deployment, statefulset or daemonset, and `\(reference.text)` is none")
            return nil
        }
        reference.namespace = record.optional(namespace)
        return RolloutCheck(
            reference: reference, replicas: record.optional(replicas), stableFor: record.optional(stableFor),
            maximumRestarts: record.optional(restarts))
    }

    // MARK: node

    private static let all = Field(
        "all", Codec<Bool>.boolean, required: true, "true: every node; false: one is enough")
    private static let ready = Field("ready", Codec<Bool>.boolean, "The condition Ready")
    private static let schedulable = Field("schedulable", Codec<Bool>.boolean, "It takes new pods: it is not cordoned")
    private static let labels = Field("labels", Codec<[String: String]>.map(LabCodecs.plain), "Labels and their values")
    private static let taints = Field("taints", LabCodecs.texts, "Taints, `key=value:Effect`")
    private static let version = Field("version", LabCodecs.text, "Version of the kubelet, `1.20` or `1.20.2`")
    private static let runtime = Field("runtime", LabCodecs.text, "The container runtime, `containerd`")

    static let node = Codec<NodeCheck>.record(
        "`node`", [all, selector, count, ready, schedulable, labels, taints, version, runtime]
    ) { record in
        guard let isAboutAll = record.required(all) else { return nil }
        return NodeCheck(
            selector: record.optional(selector), isAboutAll: isAboutAll, count: record.optional(count),
            ready: record.optional(ready), schedulable: record.optional(schedulable),
            labels: record.optional(labels) ?? [:], taints: record.optional(taints) ?? [],
            version: record.optional(version), runtime: record.optional(runtime))
    }

    // MARK: placement

    private static let pods = Field(
        "pods", LabCodecs.text, required: true, "A label selector, or job-owner=cronjob/NAME")
    private static let on = Field("on", LabCodecs.text, "Selector of the nodes they must be on")
    private static let notOn = Field("not_on", LabCodecs.text, "Selector of nodes they must not be on")
    private static let minimumReady = Field("min_ready", Codec<Int>.integer(0...10_000), "So many of them are ready")
    private static let way = Field(
        "via",
        Codec<PlacementCheck.Way>.choice([
            ("observed", "Where they are", .observed), ("spec", "What they demand", .spec),
        ]), defaultText: "observed", "What is looked at")

    static let placement = Codec<PlacementCheck>.record(
        "`placement`", [pods, on, notOn, minimumReady, way, namespace]
    ) { record in
        guard let text = record.required(pods) else { return nil }
        let check = PlacementCheck(
            pods: text.hasPrefix("job-owner=cronjob/")
                ? .cronJob(String(text.dropFirst("job-owner=cronjob/".count))) : .selector(text),
            on: record.optional(on), notOn: record.optional(notOn), minimumReady: record.optional(minimumReady),
            way: record.optional(way) ?? .observed, namespace: record.optional(namespace))
        guard check.on != nil || check.notOn != nil else {
            record.decoder.report(
                "missing-key", at: record.node.key ?? record.node, "`placement` needs `on` or `not_on`")
            return nil
        }
        if check.way == .spec, check.on == nil {
            record.decoder.report("missing-key", at: record.node.key ?? record.node, "`via: spec` needs `on`")
            return nil
        }
        return check
    }

    // MARK: api

    private static let groups = Field("groups", LabCodecs.texts, "Groups or group versions that are served")
    private static let absentGroups = Field("absent", LabCodecs.texts, "Those that are not")
    private static let kinds = Field("kinds", LabCodecs.texts, "Kinds that there are")

    static let api = Codec<ServedAPICheck>.record("`api`", [groups, absentGroups, kinds]) { record in
        guard record.node.count > 0 else {
            record.decoder.report("empty", at: record.node, "`api` asks nothing")
            return nil
        }
        return ServedAPICheck(
            groups: record.optional(groups) ?? [], absent: record.optional(absentGroups) ?? [],
            kinds: record.optional(kinds) ?? [])
    }

    // MARK: fired

    private static let owner = Field(
        "owner",
        LabCodecs.text.then { text, node, decoder -> String? in
            guard text.hasPrefix("cronjob/"), text.count > 8 else {
                decoder.report("value", at: node, "\(decoder.name(node)) must be cronjob/NAME")
                return nil
            }
            return String(text.dropFirst(8))
        }, required: true, "The cron job whose jobs are counted, cronjob/NAME")
    private static let jobs = Field(
        "jobs", Codec<String>.record("the jobs", [owner]) { $0.required(owner) }, required: true, "Jobs of a cron job")
    private static let source = Field(
        "source", Codec<String>.record("the source", [jobs]) { $0.required(jobs) }, required: true, "What is counted")
    private static let since = Field(
        "since",
        Codec<FiredCheck.Since>.choice([
            ("marker", "The moment when the check begins", .marker), ("start", "The beginning of the lab", .start),
            ("ever", "Everything that is there", .ever),
        ]), defaultText: "marker", "From when on it counts")
    private static let least = Field("min", Codec<Int>.integer(0...1000), "At least")
    private static let most = Field("max", Codec<Int>.integer(0...1000), "At most")
    private static let every = Field("every", LabCodecs.duration, "From one to the next")
    private static let jitter = Field("jitter", LabCodecs.duration, defaultText: "20s", "Tolerance of `every`")
    private static let each = Field(
        "each", Codec<Bool>.choice([("success", "Each must have succeeded", true)]), "What each must be")

    static let fired = Codec<FiredCheck>.record(
        "`fired`", [source, since, least, most, every, jitter, each]
    ) { record in
        guard let cronJob = record.required(source) else { return nil }
        let count = CountRange(least: record.optional(least), most: record.optional(most))
        guard count.least != nil || count.most != nil else {
            record.decoder.report("missing-key", at: record.node.key ?? record.node, "`fired` needs `min` or `max`")
            return nil
        }
        return FiredCheck(
            cronJob: cronJob, since: record.optional(since) ?? .marker, count: count, every: record.optional(every),
            jitter: record.optional(jitter) ?? .seconds(20), mustSucceed: record.optional(each) ?? false)
    }

    // MARK: logs

    private static let pod = Field("pod", LabCodecs.text, "Name of the pod")
    private static let container = Field("container", LabCodecs.text, "Name of the container")
    private static let previous = Field("previous", Codec<Bool>.boolean, "Of the container's last run before this one")

    static let logs = Codec<LogsCheck>.record(
        "`logs`", [selector, pod, container, previous, namespace, count] + LabCodecs.textTestFields,
        exactlyOne: [["selector", "pod"]]
    ) { record in
        let pods =
            record.optional(selector).map { LogsCheck.Pods.selector($0) } ?? record.optional(pod).map { .name($0) }
        let test = LabCodecs.readTextTest(record)
        guard test != TextTest() else {
            record.decoder.report(
                "missing-key", at: record.node.key ?? record.node,
                "`logs` needs `contains`, `matches` or their opposites")
            return nil
        }
        guard let pods else { return nil }
        return LogsCheck(
            pods: pods, container: record.optional(container), isPrevious: record.optional(previous) ?? false,
            namespace: record.optional(namespace), test: test, count: record.optional(count))
    }
}
