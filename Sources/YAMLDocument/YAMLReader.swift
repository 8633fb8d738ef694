internal import CLibYAML
package import ConfigTree
package import Diagnostics

/// Reads YAML into documents whose every node knows its place.
///
/// What makes YAML ambiguous is refused with an explanation: duplicate keys, merge keys, tags, keys that are not
/// scalars. Anchors and aliases are expanded within a budget. Codes begin with `yaml.`, the exit code is `.invalid`.
package struct YAMLReader: Sendable {
    package struct Limits: Sendable {
        package var bytes = 64 << 20
        package var nodes = 2_000_000
        /// Nodes that aliases may add; small, because an alias of aliases grows exponentially.
        package var aliasNodes = 100_000
        package var depth = 64

        package init() {}
    }

    /// Documents that could be read and everything that is wrong with them.
    package struct Reading: Sendable {
        package var documents: [ConfigDocument]
        package var diagnostics: [Diagnostic]

        package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    }

    package var limits: Limits
    /// Several documents separated by `---`; empty ones are left out.
    package var allowsSeveralDocuments: Bool

    package init(allowsSeveralDocuments: Bool = false, limits: Limits = Limits()) {
        self.allowsSeveralDocuments = allowsSeveralDocuments
        self.limits = limits
    }

    /// The only document of `bytes`; throws `Diagnostics` with all that is wrong.
    package static func document(_ bytes: [UInt8], file: String) throws(Diagnostics) -> ConfigDocument {
        let reading = YAMLReader().read(bytes, file: file)
        guard !reading.hasErrors, let document = reading.documents.first else { throw Diagnostics(reading.diagnostics) }
        return document
    }

    /// All documents of `bytes`, at least one; throws `Diagnostics` with all that is wrong.
    package static func documents(_ bytes: [UInt8], file: String) throws(Diagnostics) -> [ConfigDocument] {
        let reading = YAMLReader(allowsSeveralDocuments: true).read(bytes, file: file)
        guard !reading.hasErrors else { throw Diagnostics(reading.diagnostics) }
        return reading.documents
    }

    /// Reads `bytes`; `file` is the name for messages.
    ///
    /// Without errors there is at least one document.
    package func read(_ bytes: [UInt8], file: String) -> Reading {
        guard bytes.count <= limits.bytes else {
            return Reading(documents: [], diagnostics: [YAMLProblem.tooLarge(file: file, limit: limits.bytes)])
        }
        if let encoding = YAMLReader.otherEncoding(bytes) {
            return Reading(documents: [], diagnostics: [YAMLProblem.encoding(encoding, file: file)])
        }
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let source: SourceText
        do {
            source = try SourceText(file: file, bytes: hasMark ? Array(bytes.dropFirst(3)) : bytes)
        } catch {
            return Reading(documents: [], diagnostics: [YAMLProblem.fault(error, file: file)])
        }
        var run = YAMLRun(source: source, limits: limits, allowsSeveralDocuments: allowsSeveralDocuments)
        run.read()
        if run.documents.isEmpty, !run.diagnostics.contains(where: { $0.severity == .error }) {
            run.diagnostics.append(YAMLProblem.empty(source))
        }
        return Reading(documents: run.documents, diagnostics: run.diagnostics)
    }

    /// UTF-16 and UTF-32 by their byte order mark or by the zero bytes beside the first ASCII character.
    private static func otherEncoding(_ bytes: [UInt8]) -> String? {
        let head = Array(bytes.prefix(4))
        if head == [0, 0, 0xFE, 0xFF] || head == [0xFF, 0xFE, 0, 0] { return "UTF-32" }
        if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) { return "UTF-16" }
        guard head.count >= 2 else { return nil }
        return (head[0] == 0) != (head[1] == 0) ? "UTF-16" : nil
    }
}

/// One pass over the events of a text.
private struct YAMLRun {
    let source: SourceText
    let limits: YAMLReader.Limits
    let allowsSeveralDocuments: Bool
    var documents: [ConfigDocument] = []
    var diagnostics: [Diagnostic] = []

    private var builder: ConfigDocumentBuilder
    private var anchors: [String: ConfigDocumentBuilder.Mark] = [:]
    /// Anchors of collections that are still open, by depth.
    private var openAnchors: [(depth: Int, name: String)] = []
    private var aliasNodes = 0
    private var documentCount = 0

    init(source: SourceText, limits: YAMLReader.Limits, allowsSeveralDocuments: Bool) {
        self.source = source
        self.limits = limits
        self.allowsSeveralDocuments = allowsSeveralDocuments
        builder = ConfigDocumentBuilder(source: source)
    }

    private enum Flow {
        case more
        case end
    }

    mutating func read() {
        source.bytes.withUnsafeBufferPointer { buffer in
            guard var parser = YAMLParser(input: buffer) else {
                diagnostics.append(YAMLProblem.outOfMemory(source.file))
                return
            }
            while true {
                do throws(YAMLParser.Failure) {
                    guard try parser.next({ handle($0) }) == .more else { return }
                } catch {
                    diagnostics.append(YAMLProblem.syntax(error, source))
                    return
                }
            }
        }
    }

    private mutating func handle(_ event: borrowing yaml_event_t) -> Flow {
        let range = ConfigDocumentBuilder.Range(
            startLine: Int(clamping: event.start_mark.line), startColumn: Int(clamping: event.start_mark.column),
            endLine: Int(clamping: event.end_mark.line), endColumn: Int(clamping: event.end_mark.column))
        switch event.type {
        case YAML_STREAM_END_EVENT: return .end
        case YAML_DOCUMENT_START_EVENT: return beginDocument(range)
        case YAML_DOCUMENT_END_EVENT: endDocument()
        case YAML_SCALAR_EVENT: return addScalar(event, range)
        case YAML_ALIAS_EVENT: return addAlias(event, range)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            let style: ConfigNode.Style = data.style == YAML_FLOW_SEQUENCE_STYLE ? .flow : .block
            return begin(.sequence, style, range, anchor: data.anchor, tag: data.implicit == 0 ? data.tag : nil)
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            let style: ConfigNode.Style = data.style == YAML_FLOW_MAPPING_STYLE ? .flow : .block
            return begin(.mapping, style, range, anchor: data.anchor, tag: data.implicit == 0 ? data.tag : nil)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: endCollection(range)
        default: break
        }
        return .more
    }

    private mutating func beginDocument(_ range: ConfigDocumentBuilder.Range) -> Flow {
        documentCount += 1
        anchors.removeAll()
        openAnchors.removeAll()
        guard documentCount == 1 || allowsSeveralDocuments else {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.several-documents", "there is a second document, and only one is allowed here",
                    hint: "remove the `---` and what follows, or put it into a file of its own"))
            return .end
        }
        builder = ConfigDocumentBuilder(source: source)
        return .more
    }

    private mutating func endDocument() {
        let document = builder.finish()
        builder = ConfigDocumentBuilder(source: source, reservingFor: 0)
        guard document.nodeCount > 0 else { return }
        let root = document.root
        if root.kind == .scalar, root.isPlain, root.bytes.isEmpty { return }
        documents.append(document)
    }

    private mutating func begin(
        _ kind: ConfigNode.Kind, _ style: ConfigNode.Style, _ range: ConfigDocumentBuilder.Range,
        anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?
    ) -> Flow {
        if let tag { refuseTag(tag, range) }
        guard builder.depth < limits.depth else {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.too-deep", "lists and mappings are nested deeper than \(limits.depth) levels"))
            return .end
        }
        guard !builder.expectsKey else {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.complex-key",
                    "a \(kind == .mapping ? "mapping" : "list") stands where a key belongs; keys are plain words",
                    hint: kind == .mapping && style == .flow
                        ? "a value such as `{{ name }}` must be written in quotes" : nil))
            return .end
        }
        guard isWithinBudget(1, range) else { return .end }
        builder.begin(kind, style: style, range: range)
        if let anchor { openAnchors.append((builder.depth, String(cString: anchor))) }
        return .more
    }

    private mutating func endCollection(_ range: ConfigDocumentBuilder.Range) {
        let depth = builder.depth
        // A block collection ends where the next token begins; what it says about itself is its first line.
        guard let mark = builder.end(line: range.endLine, column: range.endColumn) else { return }
        if let last = openAnchors.last, last.depth == depth {
            anchors[last.name] = mark
            openAnchors.removeLast()
        }
        findDuplicates(in: mark)
    }

    private mutating func addScalar(_ event: borrowing yaml_event_t, _ range: ConfigDocumentBuilder.Range) -> Flow {
        let data = event.data.scalar
        if data.plain_implicit == 0, data.quoted_implicit == 0, let tag = data.tag { refuseTag(tag, range) }
        guard isWithinBudget(1, range) else { return .end }
        let style = YAMLRun.style(data.style)
        let text = UnsafeBufferPointer(start: data.value, count: Int(clamping: data.length))
        if style == .plain, builder.expectsKey, text.count == 2, text[0] == 0x3C, text[1] == 0x3C {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.merge-key", "merge keys (`<<`) are not supported",
                    detail: "YAML 1.2 dropped them, and which value wins is not obvious to a reader",
                    hint: "write the values out where they are needed"))
        }
        add(style, range, text)
        if let anchor = data.anchor { anchors[String(cString: anchor)] = builder.lastMark }
        return .more
    }

    /// Keeps the text in the source when it is written there verbatim.
    private mutating func add(
        _ style: ConfigNode.Style, _ range: ConfigDocumentBuilder.Range, _ text: UnsafeBufferPointer<UInt8>
    ) {
        if style == .plain || style == .doubleQuoted || style == .singleQuoted {
            let start =
                source.byteOffset(line: range.startLine, column: range.startColumn) + (style == .plain ? 0 : 1)
            let end = start + text.count
            if end <= source.bytes.count, source.bytes[start..<end].elementsEqual(text) {
                builder.addScalar(style: style, range: range, sourceRange: start..<end)
                return
            }
        }
        builder.addScalar(style: style, range: range, text: text)
    }

    private mutating func addAlias(_ event: borrowing yaml_event_t, _ range: ConfigDocumentBuilder.Range) -> Flow {
        let name = event.data.alias.anchor.map { String(cString: $0) } ?? ""
        if openAnchors.contains(where: { $0.name == name }) {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.recursive-alias", "`*\(name)` stands inside the anchor it refers to"))
            return .end
        }
        guard let mark = anchors[name] else {
            let near = Suggestion.nearest(to: name, in: anchors.keys.sorted())
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.unknown-anchor", "there is no anchor `&\(name)` above this alias",
                    hint: near.map { "did you mean `*\($0)`" }
                        ?? "a text that begins with `*` must be written in quotes"))
            return .end
        }
        let size = builder.size(of: mark)
        aliasNodes += size
        guard aliasNodes <= limits.aliasNodes else {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.alias-bomb", "aliases expand to more than \(limits.aliasNodes) values",
                    hint: "write the values out, or refer to smaller parts"))
            return .end
        }
        guard isWithinBudget(size, range) else { return .end }
        guard builder.depth + mark.height <= limits.depth else {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.too-deep", "lists and mappings are nested deeper than \(limits.depth) levels"))
            return .end
        }
        guard !builder.expectsKey || mark.height == 0 else {
            diagnostics.append(
                YAMLProblem.at(
                    range, source, "yaml.complex-key", "an alias of a collection stands where a key belongs"))
            return .end
        }
        builder.addCopy(of: mark)
        return .more
    }

    private mutating func isWithinBudget(_ more: Int, _ range: ConfigDocumentBuilder.Range) -> Bool {
        guard builder.nodeCount + more > limits.nodes else { return true }
        diagnostics.append(
            YAMLProblem.at(range, source, "yaml.too-many-values", "the document has more than \(limits.nodes) values"))
        return false
    }

    private mutating func refuseTag(_ tag: UnsafeMutablePointer<UInt8>, _ range: ConfigDocumentBuilder.Range) {
        let name = String(cString: tag)
        let shown = name.hasPrefix("tag:yaml.org,2002:") ? "!!" + name.dropFirst(18) : name
        diagnostics.append(
            YAMLProblem.at(
                range, source, "yaml.tag", "the tag `\(shown)` is not supported; types follow from the field",
                hint: shown == "!!str" ? "write the value in quotes instead" : "remove the tag"))
    }

    private mutating func findDuplicates(in mark: ConfigDocumentBuilder.Mark) {
        for (first, second) in builder.duplicateKeys(of: mark) {
            let original = builder.place(of: first)
            let place = builder.place(of: second)
            let key = builder.text(of: second)
            diagnostics.append(
                Diagnostic(
                    code: "yaml.duplicate-key", "the key `\(key)` stands twice in the same mapping",
                    detail: "it is first set in line \(original.line + 1), column \(original.column + 1)",
                    hint: "remove one of the two",
                    location: source.location(line: place.line, column: place.column, endColumn: place.endColumn),
                    exitCode: .invalid))
            guard diagnostics.count < YAMLRun.mostDiagnostics else { return }
        }
    }

    private static let mostDiagnostics = 500

    private static func style(_ style: yaml_scalar_style_t) -> ConfigNode.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }
}
