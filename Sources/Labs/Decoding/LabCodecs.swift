internal import ConfigTree
internal import KubernetesAPI

/// Kinds of values that only labs have.
enum LabCodecs {
    static let dnsLabel = TextFormat("a DNS label", pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$") { text in
        let isPart = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard let first = text.utf8.first, let last = text.utf8.last else { return "it is empty" }
        guard text.utf8.count <= 63 else { return "it has \(text.utf8.count) characters, and 63 are allowed" }
        guard text.utf8.allSatisfy({ isPart($0) || $0 == 0x2D }) else {
            return "it has characters other than a-z, 0-9 and `-`"
        }
        return isPart(first) && isPart(last) ? nil : "it begins or ends with a dash"
    }

    static let labID = TextFormat("an id such as E12", pattern: "^[A-Za-z][A-Za-z0-9]{0,15}$") { text in
        guard let first = text.utf8.first, (first | 0x20) >= 0x61, (first | 0x20) <= 0x7A else {
            return "it begins with a letter"
        }
        guard text.utf8.count <= 16 else { return "it is longer than 16 characters" }
        return text.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) }
            ? nil : "it has characters other than letters and digits"
    }

    static let variableName = TextFormat("the name of a variable", pattern: "^[A-Za-z][-A-Za-z0-9_.]*$") { text in
        TextTemplate.isVariableName(text) ? nil : "it has letters, digits, `-`, `_` and dots, and begins with a letter"
    }

    static let id = Codec<String>.text(dnsLabel)
    static let text = Codec<String>.text(.notEmpty)
    /// A text that reports show in one piece: line breaks of the file are spaces.
    static let sentence = text.then { text, _, _ in
        text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ")
    }
    static let texts = Codec<[String]>.list(text, minimum: 1)
    static let ids = Codec<[String]>.list(id, minimum: 1)

    static let duration = Codec<String>.text(
        TextFormat("a span of time such as 90s", pattern: "^([0-9]+(ms|s|m|h))+$") { text in
            LabDuration.parse(text) == nil ? "it is written like 500ms, 90s, 20m or 1h30m" : nil
        }
    ).then { text, _, _ in LabDuration.parse(text) }

    static let path = text.then { text, node, decoder -> FieldPath? in
        do throws(FieldPath.Fault) { return try FieldPath(text) } catch {
            decoder.report(
                "path", at: node,
                "\(decoder.name(node)) must be a path to a field, and `\(ConfigDecoder.shortened(text))` is not",
                detail: error.reason)
            return nil
        }
    }

    static let pattern = text.then { text, node, decoder in compile(text, node, decoder) }

    static func compile(_ text: String, _ node: ConfigNode, _ decoder: ConfigDecoder) -> LinearPattern? {
        do throws(LinearPattern.Fault) { return try LinearPattern(text) } catch {
            decoder.report(
                "pattern", at: node,
                "\(decoder.name(node)) must be a regular expression, and `\(ConfigDecoder.shortened(text))` is not",
                detail: error.reason)
            return nil
        }
    }

    /// A text that may also be written as a number or truth value: values of labels, environments, answers.
    static let plain = Codec<String>(shape: .anything) { node, decoder in
        guard node.kind == .scalar else { return decoder.text(node) }
        switch node.meaning {
        case .text, .integer, .boolean: return node.text
        default: return decoder.text(node)
        }
    }

    /// Any value at all.
    static let json = Codec<JSONValue>(shape: .anything) { node, _ in NodeValue.json(node) }

    static let role = Codec<HostRole>.choice([
        ("control-plane", "Every control plane", .controlPlane), ("worker", "Every worker", .worker),
        ("any", "One host at least", .any), ("all", "Every host", .all),
    ])

    // MARK: counts

    private static let minimum = Field("min", Codec<Int>.integer(0...1_000_000), "At least")
    private static let maximum = Field("max", Codec<Int>.integer(0...1_000_000), "At most")

    /// `3`, or `{min: 1, max: 3}`.
    static let count = Codec<CountRange>.either(
        single: Codec<Int>.integer(0...1_000_000).map { CountRange(least: $0, most: $0) },
        mapping: .record("the count", [minimum, maximum]) { record in
            let range = CountRange(least: record.optional(minimum), most: record.optional(maximum))
            guard range.least != nil || range.most != nil else {
                record.decoder.report(
                    "empty", at: record.node, "\(record.decoder.name(record.node)) needs `min` or `max`")
                return nil
            }
            if let least = range.least, let most = range.most, least > most {
                record.decoder.report(
                    "range", at: record.node, "\(record.decoder.name(record.node)) has a `min` above its `max`")
                return nil
            }
            return range
        })

    // MARK: tests of texts

    private static let oneOrMore = Codec<[String]>(shape: .either([.text(nil), .list(.text(nil), minimum: 1)])) {
        node, decoder in
        node.kind == .sequence ? texts.read(node, decoder) : text.read(node, decoder).map { [$0] }
    }
    private static let patterns = Codec<[LinearPattern]>(shape: .either([.text(nil), .list(.text(nil), minimum: 1)])) {
        node, decoder in
        node.kind == .sequence
            ? Codec<[LinearPattern]>.list(pattern, minimum: 1).read(node, decoder)
            : pattern.read(node, decoder).map { [$0] }
    }
    private static let equals = Field("equals", Codec<String>.text, "It is this text")
    private static let contains = Field("contains", oneOrMore, "It contains each of these")
    private static let notContains = Field("not_contains", oneOrMore, "It contains none of these")
    private static let matches = Field("matches", patterns, "Each of these regular expressions matches somewhere")
    private static let notMatches = Field("not_matches", patterns, "None of these regular expressions matches")

    static let textTestFields: [any ConfigField] = [equals, contains, notContains, matches, notMatches]

    /// The test among the fields of a record.
    static func readTextTest(_ record: RecordReader) -> TextTest {
        var test = TextTest()
        test.equals = record.optional(equals)
        test.contains = record.optional(contains) ?? []
        test.notContains = record.optional(notContains) ?? []
        test.matches = record.optional(matches) ?? []
        test.notMatches = record.optional(notMatches) ?? []
        return test
    }

    /// A text, or a mapping of tests.
    static let textTest = Codec<TextTest>.either(
        single: Codec<String>.text.map { text in
            var test = TextTest()
            test.equals = text
            return test
        },
        mapping: .record("the test", textTestFields) { record in
            guard record.node.count > 0 else {
                record.decoder.report("empty", at: record.node, "\(record.decoder.name(record.node)) tests nothing")
                return nil
            }
            return readTextTest(record)
        })

    // MARK: tests of fields

    private static let op = Field(
        "op", Codec<FieldTest.Operator>.choice(FieldTest.Operator.allCases.map { ($0.rawValue, $0.words, $0) }),
        defaultText: "=", "How the value is compared")
    private static let value = Field("value", json, "What it is held against")
    private static let fieldPath = Field("path", path, required: true, "The way to the field")

    private static func fieldTest(_ record: RecordReader) -> FieldTest? {
        let written = record.valueNode(value)
        guard let op = record.has(op) ? record.optional(op) : .equal else { return nil }
        if op.needsValue, written == nil {
            record.decoder.report(
                "missing-key", at: record.node,
                "\(record.decoder.name(record.node)) needs a `value` for `\(op.rawValue)`")
            return nil
        }
        if !op.needsValue, let written {
            record.decoder.report("conflict", at: written.key ?? written, "`\(op.rawValue)` takes no `value`")
            return nil
        }
        var test = FieldTest(op, written.map(NodeValue.json) ?? .null)
        if op == .matches || op == .notMatches, let written {
            guard let pattern = pattern.read(written, record.decoder) else { return nil }
            test.pattern = pattern
        }
        if op == .oneOf, let written, written.kind != .sequence || written.count == 0 {
            record.decoder.report("empty", at: written, "`in` needs a list with an item or more")
            return nil
        }
        return test
    }

    static let fieldExpectation = Codec<FieldExpectation>.record(
        "the field", plural: "fields", [fieldPath, op, value]
    ) { record in
        let path = record.required(fieldPath)
        guard let test = fieldTest(record), let path else { return nil }
        return FieldExpectation(path: path, test: test)
    }

    private static let bareTest = Codec<FieldTest>.record("the test", [op, value]) { fieldTest($0) }

    /// `{PATH: VALUE}` or `{PATH: {op, value}}`.
    static let jsonExpectations = Codec<[FieldExpectation]>(shape: .map(key: nil, value: .anything)) { node, decoder in
        guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: .anything)) }
        guard node.count > 0 else {
            decoder.report("empty", at: node, "\(decoder.name(node)) needs a path")
            return nil
        }
        return node.entries.compactMap { key, value in
            guard let path = path.read(key, decoder) else { return nil }
            let isTest = value.kind == .mapping && value["op"] != nil
            guard let test = isTest ? bareTest.read(value, decoder) : FieldTest(.equal, NodeValue.json(value)) else {
                return nil
            }
            return FieldExpectation(path: path, test: test)
        }
    }

    // MARK: kinds and references

    static let kind = text.then { text, node, decoder -> ObjectKind? in
        if let kind = KnownKinds.find(text) { return kind }
        decoder.report(
            "unknown-kind", at: node, "the kind `\(ConfigDecoder.shortened(text))` is not known",
            hint: nearest(text, KnownKinds.words) ?? "give its `apiVersion`, too")
        return nil
    }

    static let reference = text.then { text, node, decoder -> ObjectReference? in
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !parts[1].contains("/") else {
            decoder.report(
                "reference", at: node,
                "\(decoder.name(node)) must be kind/name, and `\(ConfigDecoder.shortened(text))` is not",
                hint: "for example deployment/web")
            return nil
        }
        guard let kind = KnownKinds.find(parts[0]) else {
            decoder.report(
                "unknown-kind", at: node, "the kind `\(ConfigDecoder.shortened(parts[0]))` is not known",
                hint: nearest(parts[0], KnownKinds.words))
            return nil
        }
        return ObjectReference(kind: kind, name: parts[1], text: text)
    }

    static func nearest(_ word: String, _ words: [String]) -> String? {
        Suggestions.nearest(word, words).map { "did you mean `\($0)`" }
    }
}
