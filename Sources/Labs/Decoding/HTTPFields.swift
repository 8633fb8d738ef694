internal import ConfigTree

/// Keys of requests.
enum HTTPFields {
    private enum Way { case direct, serviceProxy, pod, node }

    private static let via = Field(
        "via",
        Codec<Way>(
            shape: .choice([
                .init("service-proxy", "Through the API server"), .init("direct", "From this machine"),
                .init("pod", "Through the API server, to the first ready pod"),
                .init("node", "From this machine, to a node port"),
            ])
        ) { node, decoder in
            if let word = ["ingress", "port-forward"].first(where: { node.hasText($0) }) {
                decoder.report(
                    "unsupported", at: node, "the way `\(word)` is planned and not yet known",
                    hint: "use `service-proxy` or `direct`")
                return nil
            }
            let choices: [(word: String, summary: String, value: Way)] = [
                ("service-proxy", "", .serviceProxy), ("direct", "", .direct), ("pod", "", .pod), ("node", "", .node),
            ]
            return Codec<Way>.choice(choices).read(node, decoder)
        }, required: true, "How the request gets there")
    private static let url = Field(
        "url", LabCodecs.text, "Of `direct`: http or https to this machine or a private address")
    private static let service = Field("service", LabCodecs.text, "Of `service-proxy` and `node`: NAME:PORT")
    private static let pod = Field("pod", LabCodecs.text, "Of `pod`: a label selector")
    private static let podPort = Field("port", Codec<Int>.integer(1...65535), "Of `pod`: the container's port")
    private static let method = Field(
        "method",
        Codec<String>.choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map { ($0, "", $0) }),
        defaultText: "GET", "The method")
    private static let path = Field(
        "path",
        Codec<String>.text(
            TextFormat("a path", pattern: "^[/$]") {
                $0.hasPrefix("/") || $0.hasPrefix("$") ? nil : "it begins with `/`"
            }),
        defaultText: "/", "Path and query")
    private static let headers = Field(
        "headers", Codec<[String: String]>.map(LabCodecs.plain), "Headers of the request")
    private static let body = Field("body", Codec<String>.text, "The body")
    private static let json = Field("json", LabCodecs.json, "The body, as JSON")

    static let exchangeFields: [any ConfigField] = [
        via, url, service, pod, podPort, PrimitiveFields.namespace, method, path, headers, body, json,
    ]

    static func exchange(_ record: RecordReader) -> HTTPExchange? {
        guard let chosen = record.required(via) else { return nil }
        let decoder = record.decoder
        if let node = record.valueNode(url), chosen != .direct {
            decoder.report("conflict", at: node.key ?? node, "`url` belongs to `via: direct`")
        }
        if let node = record.valueNode(service), chosen == .direct || chosen == .pod {
            decoder.report("conflict", at: node.key ?? node, "`service` belongs to `via: service-proxy` or `node`")
        }
        if let node = record.valueNode(pod) ?? record.valueNode(podPort), chosen != .pod {
            decoder.report("conflict", at: node.key ?? node, "`pod` and `port` belong to `via: pod`")
        }
        guard let way = way(chosen, record) else { return nil }
        if let node = record.valueNode(json), record.has(body) {
            decoder.report("conflict", at: node.key ?? node, "a request has a `body` or `json`, and not both")
        }
        return HTTPExchange(
            way: way, method: record.optional(method) ?? "GET", path: record.optional(path) ?? "/",
            headers: record.optional(headers) ?? [:], body: record.optional(body), json: record.optional(json))
    }

    private static func way(_ chosen: Way, _ record: RecordReader) -> HTTPExchange.Way? {
        let decoder = record.decoder
        switch chosen {
        case .direct:
            guard let url = record.optional(url) else {
                if !record.has(self.url) {
                    decoder.report("missing-key", at: record.node.key ?? record.node, "`via: direct` needs a `url`")
                }
                return nil
            }
            // What a variable brings is looked at when it is known.
            let isOpen = url.hasPrefix("${") || (PrivateAddress.host(of: url)?.hasPrefix("${") ?? false)
            guard isOpen || PrivateAddress.isAllowed(url) else {
                decoder.report(
                    "outside", at: record.valueNode(self.url) ?? record.node, "`\(url)` lies outside of the lab",
                    detail: "a check asks this machine and private addresses only",
                    hint: "use localhost, or a captured address")
                return nil
            }
            return .direct(url: url)
        case .pod:
            guard let selector = record.optional(pod), let port = record.optional(podPort) else {
                if !record.has(pod) || !record.has(podPort) {
                    decoder.report(
                        "missing-key", at: record.node.key ?? record.node, "`via: pod` needs `pod` and `port`",
                        hint: "for example `pod: app=web, port: 8080`")
                }
                return nil
            }
            return .podProxy(
                selector: selector, port: String(port), namespace: record.optional(PrimitiveFields.namespace))
        case .serviceProxy, .node:
            guard let text = record.optional(service) else {
                if !record.has(service) {
                    decoder.report(
                        "missing-key", at: record.node.key ?? record.node,
                        "`via: \(chosen == .node ? "node" : "service-proxy")` needs a `service`",
                        hint: "write it as NAME:PORT")
                }
                return nil
            }
            guard let (name, port) = servicePort(text, record.valueNode(service) ?? record.node, decoder) else {
                return nil
            }
            let namespace = record.optional(PrimitiveFields.namespace)
            return chosen == .node
                ? .nodePort(service: name, port: port, namespace: namespace)
                : .serviceProxy(service: name, port: port, namespace: namespace)
        }
    }

    /// `web:80`.
    static func servicePort(_ text: String, _ node: ConfigNode, _ decoder: ConfigDecoder) -> (
        name: String, port: String
    )? {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex, text.index(after: colon) != text.endIndex
        else {
            decoder.report(
                "value", at: node,
                "\(decoder.name(node)) must be NAME:PORT, and `\(ConfigDecoder.shortened(text))` is not")
            return nil
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    // MARK: expectations

    private static let leastStatus = Field("min", Codec<Int>.integer(100...599), "From this on")
    private static let mostStatus = Field("max", Codec<Int>.integer(100...599), "Up to this")
    private static let notStatus = Field(
        "not", Codec<[Int]>.list(Codec<Int>.integer(100...599), minimum: 1), "None of these")
    private static let status = Field(
        "status",
        Codec<StatusTest>.either(
            single: Codec<Int>.integer(100...599).map { StatusTest(CountRange(least: $0, most: $0)) },
            mapping: .record("the status", [leastStatus, mostStatus, notStatus]) { record in
                guard record.node.count > 0 else {
                    record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) tests nothing")
                    return nil
                }
                return StatusTest(
                    CountRange(least: record.optional(leastStatus), most: record.optional(mostStatus)),
                    not: record.optional(notStatus) ?? [])
            }), "The status, or {min, max, not: [..]}")
    private static let answerHeaders = Field(
        "headers", Codec<[String: TextTest]>.map(LabCodecs.textTest), "Headers of the answer")
    private static let answerBody = Field("body", LabCodecs.textTest, "The body")
    private static let answerJSON = Field("json", LabCodecs.jsonExpectations, "Fields of the body, which is JSON")

    static let expectation = Codec<HTTPExpectation>.record(
        "the answer", [status, answerHeaders, answerBody, answerJSON]
    ) { record in
        guard record.node.count > 0 else {
            record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) expects nothing")
            return nil
        }
        let headers = record.optional(answerHeaders) ?? [:]
        return HTTPExpectation(
            status: record.optional(status),
            headers: Dictionary(
                headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
            body: record.optional(answerBody), json: record.optional(answerJSON) ?? [])
    }

    private static let expect = Field("expect", expectation, required: true, "What the answer must be")
    private static let retryOn = Field(
        "retry_on",
        Codec<[String]>.list(
            Codec<String>(shape: .anything) { node, decoder in
                let words = ["refused", "timeout", "absent"]
                if node.kind == .scalar,
                    words.contains(node.text) || (Int(node.text).map { (400...599).contains($0) } ?? false)
                {
                    return node.text
                }
                decoder.report(
                    "value", at: node,
                    "\(decoder.name(node)) must be refused, timeout, absent or a status from 400 to 599")
                return nil
            }, minimum: 1), "What is asked again; anything else is judged at once")
    private static let latency = Field("latency_max", LabCodecs.duration, "The whole answer is there within")

    static let http = Codec<HTTPCheck>.record(
        "`http`", exchangeFields + [expect, retryOn, latency]
    ) { record in
        let exchange = exchange(record)
        let expectation = record.required(expect)
        guard let exchange, let expectation else { return nil }
        return HTTPCheck(
            exchange: exchange, expectation: expectation, retryOn: record.optional(retryOn) ?? [],
            latencyMost: record.optional(latency))
    }

    // MARK: cases

    static let request = Codec<HTTPExchange>.record("the request", exchangeFields) { exchange($0) }
    private static let rowRequest = Field("request", request, required: true, "The request, with `${in}` in it")
    private static let input = Field("in", LabCodecs.plain, required: true, "What `${in}` is")
    private static let row = Codec<CasesCheck.Row>.record("the row", plural: "rows", [input, expect]) { record in
        let input = record.required(input)
        guard let expectation = record.required(expect), let input else { return nil }
        return CasesCheck.Row(input: input, expectation: expectation)
    }
    private static let rows = Field(
        "rows", Codec<[CasesCheck.Row]>.list(row, minimum: 1), required: true, "Inputs and what is expected of each")
    private static let order = Field(
        "order", Codec<Bool>.choice([("given", "As written", false), ("shuffle", "Another one each time", true)]),
        defaultText: "given", "In which order they are sent")

    static let cases = Codec<CasesCheck>.record("`cases`", [rowRequest, rows, order]) { record in
        let exchange = record.required(rowRequest)
        guard let rows = record.required(rows), let exchange else { return nil }
        return CasesCheck(exchange: exchange, rows: rows, isShuffled: record.optional(order) ?? false)
    }
}
