internal import ClusterModel
internal import ConfigTree
internal import KubernetesAPI

/// Kinds of values that frameworks have.
enum FrameworkCodecs {
    static let text = Codec<String>.text(.notEmpty)
    static let texts = Codec<[String]>.list(text)
    static let dnsLabel = Codec<String>.text(SpecFormats.dnsLabel)

    static let channelName = Codec<String>.text(
        TextFormat("the name of a channel", pattern: "^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$") { text in
            let isPart = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
            guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= 63 else {
                return "it has 1 to 63 characters"
            }
            guard text.utf8.allSatisfy({ isPart($0) || $0 == 0x2D || $0 == 0x2E }) else {
                return "it has characters other than a-z, 0-9, dots and dashes"
            }
            return isPart(first) && isPart(last) ? nil : "it begins or ends with a dot or a dash"
        })

    /// A word that variables can name.
    static let variableName = TextFormat("a name", pattern: "^[A-Za-z][A-Za-z0-9_-]*$") { text in
        TextTemplate.isVariableName(text) && !text.contains(".")
            ? nil : "it has letters, digits, `-` and `_`, and begins with a letter"
    }

    /// A text that may also be written as a number or truth value: ports, names, values.
    static let plain = Codec<String>(shape: .anything) { node, decoder in
        guard node.kind == .scalar else { return decoder.text(node) }
        switch node.meaning {
        case .text, .integer, .boolean, .real: return node.text
        default: return decoder.text(node)
        }
    }

    /// Any value at all.
    static let json = Codec<JSONValue>(shape: .anything) { node, _ in NodeValue.json(node) }

    /// A mapping, as JSON.
    static let jsonObject = Codec<JSONValue>(shape: .map(key: nil, value: .anything)) { node, decoder in
        guard node.kind == .mapping else { return decoder.wrongKind(node, .map(key: nil, value: .anything)) }
        return NodeValue.json(node)
    }

    static let duration = Codec<String>.text(
        TextFormat("a span of time such as 90s", pattern: "^([0-9]+(ms|s|m|h))+$") { text in
            DurationText.parse(text) == nil ? "it is written like 500ms, 90s, 20m or 1h30m" : nil
        }
    ).then { text, _, _ in DurationText.parse(text) }

    static let path = text.then { text, node, decoder -> FieldPath? in
        do throws(FieldPath.Fault) { return try FieldPath(text) } catch {
            decoder.report(
                "path", at: node,
                "\(decoder.name(node)) must be a path to a field, and `\(ConfigDecoder.shortened(text))` is not",
                detail: error.reason)
            return nil
        }
    }

    /// The cases of an enumeration by their names.
    static func words<Word: CaseIterable & RawRepresentable & Hashable & Sendable>(
        _ type: Word.Type, _ summaries: [Word: String] = [:]
    ) -> Codec<Word> where Word.RawValue == String {
        .choice(Word.allCases.map { ($0.rawValue, summaries[$0] ?? "", $0) })
    }

    static let minor = text.then { text, node, decoder -> KubernetesMinor? in
        if let minor = KubernetesMinor(text) { return minor }
        decoder.report(
            "value", at: node, "\(decoder.name(node)) must be a minor version of Kubernetes, and `\(text)` is not",
            hint: "for example \"1.20\", in quotes")
        return nil
    }

    /// A list of texts, or one text.
    static let oneOrMore = Codec<[String]>(shape: .either([.anything, .list(.anything, minimum: 1)])) { node, decoder in
        node.kind == .sequence
            ? Codec<[String]>.list(plain, minimum: 1).read(node, decoder) : plain.read(node, decoder).map { [$0] }
    }

    /// A path below the framework's folder.
    static let file = text.then { text, node, decoder -> String? in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.hasPrefix("/"), !parts.contains(".."), !parts.contains("") else {
            decoder.report(
                "file", at: node, "\(decoder.name(node)) must be a file below the framework's folder",
                detail: "`\(ConfigDecoder.shortened(text))` leads elsewhere")
            return nil
        }
        return text
    }

    // MARK: where a part counts

    static let channels = Field("channels", texts, "The channels in which it counts; left out: all")
    static let when = Field(
        "when", Codec<[String: [String]]>.map(key: variableName, oneOrMore),
        "It counts only if parameters have these values, or one of a list of them")

    static func applies(_ record: RecordReader) -> Applicability {
        Applicability(channels: record.optional(channels) ?? [], when: record.optional(when) ?? [:])
    }
}
