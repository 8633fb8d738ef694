/// A name with wildcards, as known_hosts and ssh_config use them: `*`, `?` and a leading `!` for negation.
struct Pattern: Sendable, Equatable {
    var text: String
    var isNegated: Bool

    init(_ text: some StringProtocol) {
        isNegated = text.hasPrefix("!")
        self.text = String(isNegated ? text.dropFirst() : text[...])
    }

    /// Patterns from a list with a separator; empty ones are dropped.
    static func list(_ text: String, separator: Character) -> [Pattern] {
        text.split(separator: separator).map { Pattern($0) }
    }

    var isLiteral: Bool { !text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

    /// Whether the text, apart from negation, matches.
    func matches(_ name: String) -> Bool { Self.glob(Array(text.utf8), Array(name.utf8)) }

    /// Whether some pattern matches and no negated one does.
    static func listMatches(_ patterns: [Pattern], _ name: String) -> Bool {
        var found = false
        for pattern in patterns where pattern.matches(name) {
            if pattern.isNegated { return false }
            found = true
        }
        return found
    }

    /// Linear in practice: only the last star is ever tried again.
    static func glob(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (p, n) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = star {
                p = last.pattern + 1
                n = last.name + 1
                star = (last.pattern, n)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
