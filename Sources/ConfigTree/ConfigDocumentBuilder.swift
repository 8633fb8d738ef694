/// Puts a document together in the order of its text; used by readers of a notation.
///
/// Lines and columns count from zero, columns in Unicode scalars.
package struct ConfigDocumentBuilder {
    package struct Range: Sendable {
        package var startLine: Int
        package var startColumn: Int
        package var endLine: Int
        package var endColumn: Int

        package init(startLine: Int, startColumn: Int, endLine: Int, endColumn: Int) {
            self.startLine = startLine
            self.startColumn = startColumn
            self.endLine = endLine
            self.endColumn = endColumn
        }
    }

    /// A node already added, by which anchors are remembered.
    package struct Mark: Sendable {
        let index: Int
        /// Levels of collections below and including the node; 0 for scalars.
        ///
        /// Known once the node is complete.
        package fileprivate(set) var height = 0
    }

    private let source: SourceText
    private var slots: [ConfigDocument.Slot] = []
    private var unescaped: [UInt8] = []
    private var open: [Open] = []

    private struct Open {
        var index: Int
        var lastChild: Int
        /// Children so far; in a mapping keys and values count both.
        var children: Int
        var height: Int
    }

    /// `reservingFor` is the number of bytes expected, all of the source unless told.
    package init(source: SourceText, reservingFor bytes: Int? = nil) {
        self.source = source
        slots.reserveCapacity((bytes ?? source.bytes.count) / 10)
    }

    package var nodeCount: Int { slots.count }
    package var depth: Int { open.count }

    /// True when the next node is a key of the innermost mapping.
    package var expectsKey: Bool {
        guard let last = open.last else { return false }
        return slots[last.index].kind == .mapping && last.children.isMultiple(of: 2)
    }

    /// Adds a scalar whose text stands verbatim in the source.
    package mutating func addScalar(style: ConfigNode.Style, range: Range, sourceRange: Swift.Range<Int>) {
        append(kind: .scalar, style: style, range: range)
        slots[slots.count - 1].textStart = UInt32(truncatingIfNeeded: sourceRange.lowerBound)
        slots[slots.count - 1].count = UInt32(truncatingIfNeeded: sourceRange.count)
    }

    /// Adds a scalar whose text is written differently in the source.
    package mutating func addScalar(style: ConfigNode.Style, range: Range, text: some Collection<UInt8>) {
        append(kind: .scalar, style: style, range: range)
        slots[slots.count - 1].isUnescaped = true
        slots[slots.count - 1].textStart = UInt32(truncatingIfNeeded: unescaped.count)
        slots[slots.count - 1].count = UInt32(truncatingIfNeeded: text.count)
        unescaped.append(contentsOf: text)
    }

    package mutating func begin(_ kind: ConfigNode.Kind, style: ConfigNode.Style, range: Range) {
        append(kind: kind, style: style, range: range)
        open.append(Open(index: slots.count - 1, lastChild: 0, children: 0, height: 1))
    }

    /// Closes the innermost collection and returns it.
    @discardableResult
    package mutating func end(line: Int, column: Int) -> Mark? {
        guard let closed = open.popLast() else { return nil }
        let isMapping = slots[closed.index].kind == .mapping
        slots[closed.index].count = UInt32(truncatingIfNeeded: isMapping ? closed.children / 2 : closed.children)
        slots[closed.index].endLine = UInt32(truncatingIfNeeded: line)
        slots[closed.index].endColumn = UInt32(truncatingIfNeeded: column)
        if let last = open.indices.last { open[last].height = max(open[last].height, closed.height + 1) }
        return Mark(index: closed.index, height: closed.height)
    }

    /// The scalar or collection added last.
    package var lastMark: Mark { Mark(index: slots.count - 1) }

    /// Number of nodes of the complete node behind a mark.
    package func size(of mark: Mark) -> Int { end(of: mark) - mark.index }

    /// Adds a copy of a complete node; positions stay those of the original.
    package mutating func addCopy(of mark: Mark) {
        let first = slots.count
        let last = end(of: mark)
        let shift = UInt32(truncatingIfNeeded: first - mark.index)
        link(first)
        var head = slots[mark.index]
        head.next = 0
        head.parent = UInt32(truncatingIfNeeded: open.last?.index ?? 0)
        head.position = position()
        slots.append(head)
        for index in (mark.index + 1)..<max(last, mark.index + 1) {
            var slot = slots[index]
            slot.parent += shift
            if slot.next != 0 { slot.next += shift }
            slots.append(slot)
        }
        count()
        if let top = open.indices.last { open[top].height = max(open[top].height, mark.height + 1) }
    }

    /// Pairs of node indices of keys that are spelled the same: the first one and a later one.
    package func duplicateKeys(of mark: Mark) -> [(first: Int, second: Int)] {
        guard slots[mark.index].kind == .mapping, slots[mark.index].count > 1 else { return [] }
        return slots[mark.index].count <= 12 ? duplicatesByComparing(mark) : duplicatesByHashing(mark)
    }

    private func duplicatesByComparing(_ mark: Mark) -> [(first: Int, second: Int)] {
        var result: [(first: Int, second: Int)] = []
        var second = nextKey(after: mark.index + 1)
        while second != 0 {
            var first = mark.index + 1
            while first != second {
                if slots[first].count == slots[second].count, bytes(of: first).elementsEqual(bytes(of: second)) {
                    result.append((first, second))
                    break
                }
                first = nextKey(after: first)
            }
            second = nextKey(after: second)
        }
        return result
    }

    private func duplicatesByHashing(_ mark: Mark) -> [(first: Int, second: Int)] {
        var result: [(first: Int, second: Int)] = []
        var seen: [String: Int] = [:]
        seen.reserveCapacity(Int(slots[mark.index].count))
        var key = mark.index + 1
        while key != 0 {
            let name = text(of: key)
            if let first = seen[name] { result.append((first, key)) } else { seen[name] = key }
            key = nextKey(after: key)
        }
        return result
    }

    /// 0 behind the last key.
    private func nextKey(after key: Int) -> Int { Int(slots[Int(slots[key].next)].next) }

    /// Text of a scalar.
    package func text(of index: Int) -> String { String(decoding: bytes(of: index), as: UTF8.self) }

    /// Start and end column of a node's first line, counted from zero.
    package func place(of index: Int) -> (line: Int, column: Int, endColumn: Int) {
        let slot = slots[index]
        let end = slot.startLine == slot.endLine ? Int(slot.endColumn) : source.lineLength(Int(slot.startLine))
        return (Int(slot.startLine), Int(slot.startColumn), end)
    }

    package consuming func finish() -> ConfigDocument {
        ConfigDocument(source: source, unescaped: unescaped, slots: slots)
    }

    private func bytes(of index: Int) -> ArraySlice<UInt8> {
        let slot = slots[index]
        let range = Int(slot.textStart)..<(Int(slot.textStart) + Int(slot.count))
        return slot.isUnescaped ? unescaped[range] : source.bytes[range]
    }

    /// Index behind the last descendant of a complete node.
    private func end(of mark: Mark) -> Int {
        var index = mark.index
        var last = index
        // The last descendant is found by walking the last children down.
        while slots[index].kind != .scalar, slots[index].count > 0 {
            var child = index + 1
            while slots[child].next != 0 { child = Int(slots[child].next) }
            index = child
            last = child
        }
        return last + 1
    }

    private mutating func append(kind: ConfigNode.Kind, style: ConfigNode.Style, range: Range) {
        link(slots.count)
        slots.append(
            ConfigDocument.Slot(
                kind: kind, style: style, isUnescaped: false,
                startLine: UInt32(truncatingIfNeeded: range.startLine),
                startColumn: UInt32(truncatingIfNeeded: range.startColumn),
                endLine: UInt32(truncatingIfNeeded: range.endLine),
                endColumn: UInt32(truncatingIfNeeded: range.endColumn),
                parent: UInt32(truncatingIfNeeded: open.last?.index ?? 0), position: position()))
        count()
    }

    private mutating func link(_ index: Int) {
        guard let top = open.indices.last else { return }
        if open[top].lastChild != 0 { slots[open[top].lastChild].next = UInt32(truncatingIfNeeded: index) }
        open[top].lastChild = index
    }

    private func position() -> UInt32 {
        guard let last = open.last else { return 0 }
        let children = slots[last.index].kind == .mapping ? last.children / 2 : last.children
        return UInt32(truncatingIfNeeded: children)
    }

    private mutating func count() {
        if let top = open.indices.last { open[top].children += 1 }
    }
}
