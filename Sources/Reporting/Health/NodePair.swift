import Health

/// The two nodes of a subject `node/A -> node/B`.
struct NodePair: Hashable, Sendable {
    var source: String
    var target: String

    init(from source: String, to target: String) {
        self.source = source
        self.target = target
    }

    init?(_ subject: String) {
        let arrow = " -> "
        guard let from = Self.firstRange(of: arrow, in: subject) else { return nil }
        let left = subject[..<from.lowerBound]
        let right = subject[from.upperBound...]
        guard let source = Self.node(left), let target = Self.node(right),
            Self.firstRange(of: arrow, in: String(right)) == nil
        else { return nil }
        self.source = source
        self.target = target
    }

    /// The node that has a part in all pairs, in words: `all from a`, `all to a`, `all with a`.
    static func common(of pairs: [NodePair]) -> String? {
        guard pairs.count > 1, let first = pairs.first else { return nil }
        if pairs.allSatisfy({ $0.source == first.source }) { return "all from \(first.source)" }
        if pairs.allSatisfy({ $0.target == first.target }) { return "all to \(first.target)" }
        let both = [first.source, first.target].filter { name in
            pairs.allSatisfy { $0.source == name || $0.target == name }
        }
        // With both, these are the two ways between the same two nodes.
        return both.count == 1 ? "all with \(both[0])" : nil
    }

    private static func node(_ text: Substring) -> String? {
        text.hasPrefix("node/") && text.count > 5 ? String(text.dropFirst(5)) : nil
    }

    private static func firstRange(of pattern: String, in text: String) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(pattern) {
                return index..<text.index(index, offsetBy: pattern.count)
            }
            index = text.index(after: index)
        }
        return nil
    }
}
