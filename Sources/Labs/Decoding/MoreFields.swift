internal import ConfigTree
internal import KubernetesAPI

/// Keys of the primitives about the learner and what is left.
enum MoreFields {
    // MARK: command

    private static let argv = Field(
        "argv", LabCodecs.texts, required: true, "The program and its arguments; there is no shell")
    private static let env = Field("env", Codec<[String: String]>.map(LabCodecs.plain), "Variables of its environment")
    private static let exit = Field("exit", Codec<Int>.integer(0...255), defaultText: "0", "The exit status")
    private static let stdout = Field("stdout", LabCodecs.textTest, "Standard output")
    private static let stderr = Field("stderr", LabCodecs.textTest, "Standard error")
    private static let outputJSON = Field(
        "json", LabCodecs.jsonExpectations, "Fields of standard output, which is JSON")

    private struct Expectation: Sendable {
        var exit: Int
        var output: TextTest?
        var errors: TextTest?
        var json: [FieldExpectation]
    }

    private static let expect = Field(
        "expect",
        Codec<Expectation>.record("the result", [exit, stdout, stderr, outputJSON]) { record in
            guard record.node.count > 0 else {
                record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) expects nothing")
                return nil
            }
            return Expectation(
                exit: record.optional(exit) ?? 0, output: record.optional(stdout), errors: record.optional(stderr),
                json: record.optional(outputJSON) ?? [])
        }, required: true, "How it ends and what it prints")

    static let command = Codec<CommandCheck>.record("`command`", [argv, env, expect]) { record in
        let words = record.required(argv)
        guard let expectation = record.required(expect), let words else { return nil }
        return CommandCheck(
            argv: words, environment: record.optional(env) ?? [:], exit: expectation.exit, output: expectation.output,
            errors: expectation.errors, json: expectation.json)
    }

    // MARK: kubeconfig

    private static let leadsHere = Field(
        "leads_here", Codec<Bool>.choice([("true", "", true)]), "Its current context is this cluster")
    private static let isPrivate = Field(
        "private", Codec<Bool>.choice([("true", "", true)]), "Nobody else on this machine may read it")

    static let kubeconfig = Codec<KubeconfigCheck>.record("`kubeconfig`", [leadsHere, isPrivate]) { record in
        let check = KubeconfigCheck(
            leadsHere: record.optional(leadsHere) ?? false, isPrivate: record.optional(isPrivate) ?? false)
        guard record.node.count > 0 else {
            record.decoder.report("empty", at: record.node, "`kubeconfig` asks nothing")
            return nil
        }
        return check
    }

    // MARK: quiz

    private static let ask = Field("ask", LabCodecs.text, required: true, "The question")
    private static let kind = Field(
        "kind",
        Codec<QuizCheck.Kind>.choice([
            ("text", "A text; capitals do not count", .text), ("number", "A number", .number),
            ("quantity", "An amount such as 7Gi, within one in a hundred", .quantity),
        ]), defaultText: "text", "How answers are compared")
    private static let oneOf = Field("one_of", LabCodecs.texts, "Texts that are right")

    private static let apiCount = Field(
        "count",
        Codec<QuizCheck.Source>.choice([("resources", "How many kinds of objects there are", .countResources)]),
        required: true, "What is counted")
    private static let api = Field(
        "api", Codec<QuizCheck.Source>.record("the API", [apiCount]) { $0.required(apiCount) }, "Of the API")
    private static let ref = Field("ref", LabCodecs.reference, required: true, "The object as kind/name")
    private static let path = Field("path", LabCodecs.path, required: true, "The way to the field")
    private static let object = Field(
        "object",
        Codec<QuizCheck.Source>.record("the object", [ref, path, PrimitiveFields.namespace]) { record in
            let reference = record.required(ref)
            guard let path = record.required(path), var reference else { return nil }
            reference.namespace = record.optional(PrimitiveFields.namespace)
            return .field(reference, path)
        }, "A field of an object")
    private static let nodePath = Field("path", LabCodecs.path, "The way to the field")
    private static let nodeCount = Field("count", Codec<Bool>.choice([("true", "", true)]), "How many there are")
    private static let nodes = Field(
        "nodes",
        Codec<QuizCheck.Source>.record(
            "the nodes", [nodePath, nodeCount, PrimitiveFields.selector], exactlyOne: [["path", "count"]]
        ) { record in
            if let path = record.optional(nodePath) {
                return .nodes(path, selector: record.optional(PrimitiveFields.selector))
            }
            return record.optional(nodeCount).map { _ in .countNodes }
        }, "A field of the nodes, any one's, or their number")
    private static let server = Field(
        "server", Codec<QuizCheck.Source>.choice([("version", "The version that it reports", .serverVersion)]),
        "Of the server")
    private static let answerFrom = Field(
        "answer_from",
        Codec<QuizCheck.Source>.record(
            "the answer", [api, object, nodes, server], exactlyOne: [["api", "object", "nodes", "server"]]
        ) { record in
            record.optional(api) ?? record.optional(object) ?? record.optional(nodes) ?? record.optional(server)
        }, "What it is worked out from, while it is judged")

    static let quiz = Codec<QuizCheck>.record(
        "`quiz`", [ask, answerFrom, oneOf, kind], exactlyOne: [["answer_from", "one_of"]]
    ) { record in
        let question = record.required(ask)
        let source = record.optional(answerFrom) ?? record.optional(oneOf).map { .oneOf($0) }
        guard let question, let source else { return nil }
        return QuizCheck(ask: question, source: source, kind: record.optional(kind) ?? .text)
    }

    // MARK: forbid

    private static let places = Field(
        "in",
        Codec<[ForbidCheck.Place]>.list(
            Codec<ForbidCheck.Place>.choice([
                ("objects", "Workloads and config maps", .objects), ("logs", "What pods log", .logs),
                ("files", "The learner's work folder", .files), ("image", "An image, named by `image`", .image),
            ]), minimum: 1), required: true, "Where")
    private static let patterns = Field(
        "patterns",
        Codec<[ForbidCheck.Pattern]>.list(
            LabCodecs.text.then { text, node, decoder -> ForbidCheck.Pattern? in
                if text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") {
                    return LabCodecs.compile(String(text.dropFirst().dropLast()), node, decoder).map {
                        ForbidCheck.Pattern(name: text, pattern: $0)
                    }
                }
                guard let shape = ForbidCheck.known(text) else {
                    decoder.report(
                        "value", at: node, "there is no known shape `\(ConfigDecoder.shortened(text))`",
                        detail:
                            "known are \(ForbidCheck.words.joined(separator: ", ")); a regular expression is written /LIKE THIS/",
                        hint: LabCodecs.nearest(text, ForbidCheck.words))
                    return nil
                }
                return LabCodecs.compile(shape, node, decoder).map { ForbidCheck.Pattern(name: text, pattern: $0) }
            }, minimum: 1), required: true, "What")

    private static let image = Field("image", ImageFields.searched, "Which image, of `in: [image]`")

    static let forbid = Codec<ForbidCheck>.record("`forbid`", [places, patterns, image]) { record in
        let places = record.required(places)
        guard let patterns = record.required(patterns), let places else { return nil }
        let wantsImage = places.contains(.image)
        if let node = record.valueNode(image), !wantsImage {
            record.decoder.report("conflict", at: node.key ?? node, "`image` belongs to `in: [image]`")
        } else if wantsImage, !record.has(image) {
            record.decoder.report(
                "missing-key", at: record.node.key ?? record.node, "`in: [image]` needs an `image`",
                hint: "for example `image: {ref: \"hello:1\", in: engine}`")
            return nil
        }
        return ForbidCheck(places: places, patterns: patterns, image: record.optional(image))
    }

    // MARK: clean

    private static let namespaces = Field("namespaces", LabCodecs.texts, "Namespaces that must be gone")
    private static let selectors = Field("selectors", LabCodecs.texts, "No object with these labels is left")

    static let clean = Codec<CleanCheck>.record("`clean`", [namespaces, selectors]) { record in
        guard record.node.count > 0 else {
            record.decoder.report("empty", at: record.node, "`clean` asks nothing")
            return nil
        }
        return CleanCheck(namespaces: record.optional(namespaces) ?? [], selectors: record.optional(selectors) ?? [])
    }
}
