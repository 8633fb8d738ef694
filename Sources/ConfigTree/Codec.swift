import Diagnostics

/// A shape and the way to read a value of it: the two cannot diverge, because they are made together.
///
/// `read` answers nil when the value is wrong; the reason is then among the decoder's diagnostics.
package struct Codec<Value: Sendable>: Sendable {
    package let shape: Shape
    package let read: @Sendable (ConfigNode, ConfigDecoder) -> Value?

    package init(shape: Shape, read: @escaping @Sendable (ConfigNode, ConfigDecoder) -> Value?) {
        self.shape = shape
        self.read = read
    }

    package func map<Other: Sendable>(_ transform: @escaping @Sendable (Value) -> Other) -> Codec<Other> {
        let read = read
        return Codec<Other>(shape: shape) { node, decoder in read(node, decoder).map(transform) }
    }

    /// A check beyond the shape; `transform` answers nil after it reported the reason.
    package func then<Other: Sendable>(
        _ transform: @escaping @Sendable (Value, ConfigNode, ConfigDecoder) -> Other?
    ) -> Codec<Other> {
        let read = read
        return Codec<Other>(shape: shape) { node, decoder in
            read(node, decoder).flatMap { transform($0, node, decoder) }
        }
    }
}

extension Codec where Value == String {
    package static var text: Codec<String> {
        Codec(shape: .text(nil)) { node, decoder in decoder.text(node) }
    }

    package static func text(_ format: TextFormat) -> Codec<String> {
        Codec(shape: .text(format)) { node, decoder in decoder.text(node, format) }
    }
}

extension Codec where Value == Bool {
    package static var boolean: Codec<Bool> {
        Codec(shape: .boolean) { node, decoder in decoder.boolean(node) }
    }
}

extension Codec where Value == Int {
    package static func integer(_ range: ClosedRange<Int>) -> Codec<Int> {
        Codec(shape: .integer(range)) { node, decoder in decoder.integer(node, range) }
    }
}

extension Codec {
    /// Words that stand for values; `otherWords` are those that people know from elsewhere.
    package static func choice(
        _ choices: [(word: String, summary: String, value: Value)], otherWords: OtherWords = [:]
    ) -> Codec<Value> {
        let shapes = choices.map { Shape.Choice($0.word, $0.summary) }
        let values = choices.map(\.value)
        return Codec(shape: .choice(shapes)) { node, decoder in
            decoder.choice(node, shapes, otherWords).map { values[$0] }
        }
    }

    /// A list; items that are wrong are left out after they were reported.
    package static func list<Item: Sendable>(
        _ item: Codec<Item>, minimum: Int = 0
    ) -> Codec<Value> where Value == [Item] {
        let shape = Shape.list(item.shape, minimum: minimum)
        return Codec(shape: shape) { node, decoder in
            guard node.kind == .sequence else { return decoder.wrongKind(node, shape) }
            guard node.count >= minimum else {
                decoder.report(
                    "empty", at: node, "\(decoder.name(node)) needs \(minimum == 1 ? "an item" : "\(minimum) items")")
                return nil
            }
            var values: [Item] = []
            values.reserveCapacity(node.count)
            for child in node.items {
                if let value = item.read(child, decoder) { values.append(value) }
            }
            return values
        }
    }

    /// A mapping with keys that the user chooses.
    package static func map<Item: Sendable>(
        key format: TextFormat? = nil, _ item: Codec<Item>
    ) -> Codec<Value> where Value == [String: Item] {
        let shape = Shape.map(key: format, value: item.shape)
        return Codec(shape: shape) { node, decoder in
            guard node.kind == .mapping else { return decoder.wrongKind(node, shape) }
            var values: [String: Item] = [:]
            values.reserveCapacity(node.count)
            for (key, value) in node.entries {
                let name = decoder.key(key, value, format)
                let read = item.read(value, decoder)
                if let name, let read { values[name] = read }
            }
            return values
        }
    }

    /// A single value or a mapping, told apart by how it is written.
    package static func either(single: Codec<Value>, mapping: Codec<Value>) -> Codec<Value> {
        let shape = Shape.either([single.shape, mapping.shape])
        return Codec(shape: shape) { node, decoder in
            switch node.kind {
            case .scalar where !(node.isNull && node.bytes.isEmpty): single.read(node, decoder)
            case .mapping: mapping.read(node, decoder)
            default: decoder.wrongKind(node, shape)
            }
        }
    }

    /// The node itself, read later by somebody who knows more.
    package static func node(_ shape: Shape) -> Codec<Value> where Value == ConfigNode {
        Codec(shape: shape) { node, decoder in
            switch (shape, node.kind) {
            case (.record, .mapping), (.map, .mapping), (.list, .sequence), (.anything, _): node
            default: decoder.wrongKind(node, shape)
            }
        }
    }

    /// A mapping with known keys.
    ///
    /// Unknown keys are errors; `build` reads the known ones.
    package static func record(
        _ title: String, plural: String? = nil, _ fields: [any ConfigField], exactlyOne: [[String]] = [],
        otherWords: OtherWords = [:], build: @escaping @Sendable (RecordReader) -> Value?
    ) -> Codec<Value> {
        let record = RecordShape(
            title: title, plural: plural, fields: fields.map(\.fieldShape), exactlyOne: exactlyOne,
            otherWords: otherWords)
        return Codec(shape: .record(record)) { node, decoder in
            RecordReader(node, record, decoder).flatMap(build)
        }
    }
}

/// A key of a record; `Field` is its only conformer and knows the type of the value.
package protocol ConfigField: Sendable {
    var fieldShape: FieldShape { get }
}

package struct Field<Value: Sendable>: ConfigField {
    package let name: String
    package let codec: Codec<Value>
    package let fieldShape: FieldShape

    /// `summary` is one sentence without a full stop; `defaultText` is how the default is written in YAML.
    package init(
        _ name: String, _ codec: Codec<Value>, required: Bool = false, defaultText: String? = nil, _ summary: String
    ) {
        self.name = name
        self.codec = codec
        fieldShape = FieldShape(
            name: name, summary: summary, shape: codec.shape, isRequired: required, defaultText: defaultText)
    }
}

/// Reads the fields of one mapping after its keys were checked.
package struct RecordReader {
    package let node: ConfigNode
    package let decoder: ConfigDecoder
    /// Known keys that an unknown one was probably meant to be: their absence is not reported again.
    private let suggested: [String]

    /// nil, after a report, when the node is no mapping.
    package init?(_ node: ConfigNode, _ record: RecordShape, _ decoder: ConfigDecoder) {
        guard node.kind == .mapping else {
            let _: Never? = decoder.wrongKind(node, .record(record))
            return nil
        }
        self.node = node
        self.decoder = decoder
        var suggested: [String] = []
        for (key, _) in node.entries where !record.fields.contains(where: { key.hasText($0.name) }) {
            // A merge key, refused when the text was read: what it would have brought is not missed as well.
            guard !key.hasText("<<") else {
                suggested += record.fields.map(\.name)
                continue
            }
            if let near = decoder.unknownKey(key, in: node, record) { suggested.append(near) }
        }
        self.suggested = suggested
        for group in record.exactlyOne { decoder.checkExactlyOne(of: group, in: node, suggested) }
    }

    package func has<Value>(_ field: Field<Value>) -> Bool { node[field.name] != nil }

    /// The value's node; nil when the key is absent.
    package func valueNode<Value>(_ field: Field<Value>) -> ConfigNode? { node[field.name] }

    /// nil when the key is absent, and when its value is wrong (and reported).
    package func optional<Value>(_ field: Field<Value>) -> Value? {
        guard let value = node[field.name] else { return nil }
        return field.codec.read(value, decoder)
    }

    /// nil when the value is wrong or absent; both are reported.
    package func required<Value>(_ field: Field<Value>) -> Value? {
        guard let value = node[field.name] else {
            missing(field.fieldShape)
            return nil
        }
        return field.codec.read(value, decoder)
    }

    private func missing(_ field: FieldShape) {
        guard !suggested.contains(field.name) else { return }
        let path = ConfigNode.path(of: field.name, in: node.path)
        decoder.report(
            "missing-key", at: node.key ?? node, "`\(path)` is missing", detail: field.summary,
            hint: "add `\(field.name):`, \(field.shape.noun)")
    }
}

extension ConfigDecoder {
    /// Checks a key that the user chose; nil after a report.
    package func key(_ key: ConfigNode, _ value: ConfigNode, _ format: TextFormat?) -> String? {
        let meaning = key.meaning
        let path = value.path
        if meaning != .text {
            report(
                "unquoted", at: key,
                "the key `\(ConfigDecoder.shortened(key.text))` of `\(path)` reads as \(meaning.noun)",
                hint: "write it in quotes: \"\(ConfigDecoder.shortened(key.text))\"")
            return nil
        }
        let text = key.text
        if let fault = format?.check(text) {
            report(
                "key", at: key, "the key `\(ConfigDecoder.shortened(text))` must be \(format?.noun ?? "text")",
                detail: fault)
            return nil
        }
        return text
    }

    /// Reports a key that the record does not know; answers the known key that was probably meant.
    fileprivate func unknownKey(_ key: ConfigNode, in node: ConfigNode, _ record: RecordShape) -> String? {
        let text = ConfigDecoder.shortened(key.text)
        let free = record.fields.map(\.name).filter { node[$0] == nil }
        let near = Suggestion.nearest(to: text, in: free) ?? Suggestion.nearest(to: text, in: record.fields.map(\.name))
        let word = record.otherWords.meaning(of: text)
        let names = record.fields.map { "`\($0.name)`" }
        let path = ConfigNode.path(of: text, in: node.path)
        report(
            "unknown-key", at: key, "there is no key `\(path)`",
            detail: names.count <= 16 ? "\(record.title) knows \(names.joined(separator: ", "))" : nil,
            hint: word.map { "it is written as `\($0)` here" } ?? near.map { "did you mean `\($0)`" },
            hidesText: ConfigDecoder.mayBeSecret(text))
        // Of `ssh.port` the key of this mapping is `ssh`.
        return word.map { String($0.prefix { $0 != "." }) } ?? near
    }

    fileprivate func checkExactlyOne(of group: [String], in node: ConfigNode, _ suggested: [String]) {
        let present = group.compactMap { node.entry($0) }
        let words = Shape.alternatives(group.map { "`\($0)`" })
        if present.isEmpty, !group.contains(where: { suggested.contains($0) }) {
            report(
                "missing-key", at: node.key ?? node, "\(name(node)) needs one of \(words)",
                hint: "add one of the keys")
        }
        for extra in present.dropFirst() {
            report(
                "conflict", at: extra.key, "\(name(node)) has several of \(words), and only one is allowed",
                hint: "remove `\(extra.key.text)` or the other")
        }
    }
}
