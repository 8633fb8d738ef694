internal import ConfigTree
internal import KubernetesAPI

/// Keys of numbers that something counts of itself.
enum MetricFields {
    private static let service = Field("service", LabCodecs.text, "A service that serves the page, NAME:PORT")
    private static let pods = Field("pods", LabCodecs.text, "Selector of pods, each of which serves the page")
    private static let port = Field("port", Codec<Int>.integer(1...65535), "Of `pods`")
    private static let path = Field("path", LabCodecs.text, defaultText: "/metrics", "Path of the page")
    private static let prometheus = Field("prometheus", LabCodecs.text, "Service of a Prometheus server, NAME:PORT")

    private enum Place: Sendable {
        case service(HTTPExchange)
        case pods(String, port: String, path: String)
        case prometheus(HTTPExchange)
    }

    private static let from = Field(
        "from",
        Codec<Place>.record(
            "the place", [service, pods, port, path, prometheus, PrimitiveFields.namespace],
            exactlyOne: [["service", "pods", "prometheus"]]
        ) { record in
            let decoder = record.decoder
            let path = record.optional(path) ?? "/metrics"
            if let selector = record.optional(pods) {
                guard let port = record.optional(port) else {
                    decoder.report("missing-key", at: record.node.key ?? record.node, "`pods` needs a `port`")
                    return nil
                }
                return .pods(selector, port: String(port), path: path)
            }
            let field = record.has(service) ? service : prometheus
            guard let text = record.optional(field),
                let (name, port) = HTTPFields.servicePort(text, record.valueNode(field) ?? record.node, decoder)
            else { return nil }
            let exchange = HTTPExchange(
                way: .serviceProxy(service: name, port: port, namespace: record.optional(PrimitiveFields.namespace)),
                method: "GET", path: path, headers: [:])
            return record.has(service) ? .service(exchange) : .prometheus(exchange)
        }, required: true, "Who tells the number")
    private static let name = Field("name", LabCodecs.text, "Name of the metric")
    private static let labels = Field("labels", Codec<[String: String]>.map(LabCodecs.plain), "Labels of its samples")
    private static let query = Field(
        "query", LabCodecs.text, "A question in PromQL; the numbers of its answer are added up")
    private static let op = Field(
        "op", Codec<FieldTest.Operator>.choice(FieldTest.Operator.allCases.map { ($0.rawValue, $0.words, $0) }),
        defaultText: "=", "How the number is compared")
    private static let value = Field("value", LabCodecs.json, "What it is held against")

    private static let by = Field("by", Codec<Int>.integer(1...1_000_000), required: true, "At least so much more")
    private static let after = Field("after", ActionFields.actions, required: true, "What makes it grow")
    private static let within = Field("within", LoadFields.span, defaultText: "30s", "How long the counter may take")
    private static let grows = Field(
        "grows",
        Codec<MetricCheck.Growth>.record("the growth", [by, after, within]) { record in
            let number = record.required(by)
            let within = record.optional(within) ?? .seconds(30)
            guard let actions = record.required(after), let number else { return nil }
            return MetricCheck.Growth(by: Double(number), after: actions, within: within)
        }, "That it grows, instead of `op` and `value`")

    static let metric = Codec<MetricCheck>.record(
        "`metric`", [from, name, labels, query, op, value, grows],
        exactlyOne: [["name", "query"], ["value", "grows"]]
    ) { record in
        let decoder = record.decoder
        guard let place = record.required(from) else { return nil }
        let test = record.has(value) ? record.optional(value).map { FieldTest(record.optional(op) ?? .equal, $0) } : nil
        let growth = record.optional(grows)
        guard test != nil || growth != nil else { return nil }
        func wrong(_ field: String, _ place: String) -> MetricCheck? {
            decoder.report(
                "conflict", at: record.node[field]?.key ?? record.node, "`\(field)` belongs to `from: {\(place): ..}`")
            return nil
        }
        switch place {
        case .prometheus(let exchange):
            guard let query = record.optional(query) else { return wrong("name", "service") }
            return MetricCheck(source: .query(exchange, query), test: test, growth: growth)
        case .service(let exchange):
            guard let name = record.optional(name) else { return wrong("query", "prometheus") }
            return MetricCheck(
                source: .page(exchange, name: name, labels: record.optional(labels) ?? [:]), test: test, growth: growth)
        case .pods(let selector, let port, let path):
            guard let name = record.optional(name) else { return wrong("query", "prometheus") }
            return MetricCheck(
                source: .pods(
                    selector: selector, port: port, path: path, name: name, labels: record.optional(labels) ?? [:]),
                test: test, growth: growth)
        }
    }
}
