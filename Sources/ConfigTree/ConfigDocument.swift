package import Diagnostics

/// A parsed document: one flat array of nodes in the order of the text, and the text itself.
///
/// Text of scalars stays in the source as long as it is written there verbatim; strings, locations and paths are made
/// when somebody asks for them.
package final class ConfigDocument: Sendable {
    package let source: SourceText
    /// Text of scalars that differs from what is written (escapes, folded lines).
    let unescaped: [UInt8]
    let slots: [Slot]

    init(source: SourceText, unescaped: [UInt8], slots: [Slot]) {
        self.source = source
        self.unescaped = unescaped
        self.slots = slots
    }

    package var file: String { source.file }

    package var root: ConfigNode { ConfigNode(document: self, index: 0) }

    package var nodeCount: Int { slots.count }

    /// One node.
    ///
    /// Children of a collection follow it directly; `next` leads from child to child.
    struct Slot: Sendable {
        var kind: ConfigNode.Kind
        var style: ConfigNode.Style
        var isUnescaped: Bool
        var startLine: UInt32
        var startColumn: UInt32
        var endLine: UInt32
        var endColumn: UInt32
        /// Scalars: offset of the text.
        ///
        /// Collections: unused.
        var textStart: UInt32 = 0
        /// Scalars: bytes of text.
        ///
        /// Collections: number of items or entries.
        var count: UInt32 = 0
        /// Index of the next sibling; 0 is none.
        ///
        /// In a mapping keys and values alternate.
        var next: UInt32 = 0
        var parent: UInt32 = 0
        /// Which item or entry of its parent this is, from zero.
        var position: UInt32 = 0
    }
}

/// A place in a document: a scalar, a sequence or a mapping.
///
/// Cheap to copy.
package struct ConfigNode: Sendable {
    package enum Kind: UInt8, Sendable {
        case scalar
        case sequence
        case mapping
    }

    package enum Style: UInt8, Sendable {
        case plain
        case singleQuoted
        case doubleQuoted
        case literal
        case folded
        case block
        case flow
    }

    package let document: ConfigDocument
    let index: Int

    init(document: ConfigDocument, index: Int) {
        self.document = document
        self.index = index
    }

    private var slot: ConfigDocument.Slot { document.slots[index] }

    package var kind: Kind { slot.kind }
    package var style: Style { slot.style }

    /// A scalar without quotes, whose meaning therefore depends on its spelling.
    package var isPlain: Bool { slot.kind == .scalar && slot.style == .plain }

    /// Number of items or entries; 0 for scalars.
    package var count: Int { slot.kind == .scalar ? 0 : Int(slot.count) }

    /// Text of a scalar, escapes resolved; empty for collections.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// UTF-8 of a scalar's text, escapes resolved; empty for collections.
    package var bytes: ArraySlice<UInt8> {
        let slot = slot
        guard slot.kind == .scalar else { return [] }
        let range = Int(slot.textStart)..<(Int(slot.textStart) + Int(slot.count))
        return slot.isUnescaped ? document.unescaped[range] : document.source.bytes[range]
    }

    /// Whether a scalar's text is exactly `other`, without making a string.
    package func hasText(_ other: String) -> Bool {
        let slot = slot
        guard slot.kind == .scalar, Int(slot.count) == other.utf8.count else { return false }
        return bytes.elementsEqual(other.utf8)
    }

    /// What a plain scalar means to readers of YAML 1.1 and 1.2; text for everything in quotes.
    package var meaning: ScalarMeaning { isPlain ? ScalarMeaning(of: bytes) : .text }

    /// A key with nothing behind it, `null` or `~`.
    package var isNull: Bool { meaning == .null }

    package var items: Items {
        Items(document: document, upcoming: firstChild, isFinished: kind != .sequence || count == 0)
    }

    package var entries: Entries {
        Entries(document: document, upcoming: firstChild, isFinished: kind != .mapping || count == 0)
    }

    /// The value under a key; nil for other kinds and absent keys.
    package subscript(_ key: String) -> ConfigNode? { entry(key)?.value }

    package func entry(_ key: String) -> (key: ConfigNode, value: ConfigNode)? {
        for entry in entries where entry.key.hasText(key) { return entry }
        return nil
    }

    private var firstChild: Int { index + 1 }

    package struct Items: Sequence, IteratorProtocol, Sendable {
        let document: ConfigDocument
        var upcoming: Int
        var isFinished: Bool

        package mutating func next() -> ConfigNode? {
            guard !isFinished else { return nil }
            let node = ConfigNode(document: document, index: upcoming)
            upcoming = Int(document.slots[upcoming].next)
            isFinished = upcoming == 0
            return node
        }
    }

    package struct Entries: Sequence, IteratorProtocol, Sendable {
        let document: ConfigDocument
        var upcoming: Int
        var isFinished: Bool

        package mutating func next() -> (key: ConfigNode, value: ConfigNode)? {
            guard !isFinished else { return nil }
            let key = ConfigNode(document: document, index: upcoming)
            let value = ConfigNode(document: document, index: Int(document.slots[upcoming].next))
            upcoming = Int(document.slots[value.index].next)
            isFinished = upcoming == 0
            return (key, value)
        }
    }
}

extension ConfigNode {
    /// Where the node is written; of several lines the first.
    package var location: SourceLocation {
        let slot = slot
        let line = Int(slot.startLine)
        let column = Int(slot.startColumn)
        let end = slot.endLine == slot.startLine ? Int(slot.endColumn) : document.source.lineLength(line)
        return document.source.location(line: line, column: column, endColumn: end > column ? end : nil)
    }

    /// The mapping or sequence around this node; nil for the root.
    package var parent: ConfigNode? {
        index == 0 ? nil : ConfigNode(document: document, index: Int(slot.parent))
    }

    /// The key this value stands under; nil for items and the root.
    package var key: ConfigNode? {
        guard let parent, parent.kind == .mapping else { return nil }
        return ConfigNode(document: document, index: index - 1)
    }

    /// The way from the root as users write it, `hosts[2].ssh.port`; empty for the root.
    package var path: String {
        var parts: [String] = []
        var node = self
        while let parent = node.parent {
            if parent.kind == .sequence {
                parts.append("[\(node.slot.position)]")
            } else {
                parts.append(ConfigNode.pathPart(ConfigNode(document: document, index: node.index - 1).text))
            }
            node = parent
        }
        var path = ""
        for part in parts.reversed() {
            if !path.isEmpty, !part.hasPrefix("[") { path += "." }
            path += part
        }
        return path
    }

    /// The path of an entry's value, given its key.
    package static func path(of child: String, in parent: String) -> String {
        let part = pathPart(child)
        return parent.isEmpty ? part : part.hasPrefix("[") ? parent + part : parent + "." + part
    }

    /// Keys that are not plain words are written in brackets: `labels["a.b/c"]`.
    private static func pathPart(_ key: String) -> String {
        let isWord =
            !key.isEmpty && key.utf8.allSatisfy { $0 >= 0x30 && $0 != 0x5B && $0 != 0x5D && $0 < 0x7F || $0 == 0x2D }
        return isWord ? key : "[\"\(key)\"]"
    }
}
