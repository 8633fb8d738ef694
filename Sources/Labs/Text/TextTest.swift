package import ConfigTree
internal import KubernetesAPI

/// What a text must be: all of these hold.
package struct TextTest: Sendable, Hashable {
    package var equals: String?
    package var contains: [String] = []
    package var notContains: [String] = []
    package var matches: [LinearPattern] = []
    package var notMatches: [LinearPattern] = []

    package init() {}

    package var words: String {
        var parts: [String] = []
        if let equals { parts.append("is `\(equals.shortened(60))`") }
        parts += contains.map { "contains `\($0.shortened(60))`" }
        parts += notContains.map { "does not contain `\($0.shortened(60))`" }
        parts += matches.map { "matches `\($0.source)`" }
        parts += notMatches.map { "does not match `\($0.source)`" }
        return parts.joined(separator: ", ")
    }

    /// nil if all hold; else what does not, after "it".
    package func problem(in text: String, _ fill: (String) -> String) -> String? {
        let shown = text.isEmpty ? "it is empty" : "it is `\(text.shortened(120))`"
        if let equals, text != fill(equals) { return shown }
        for piece in contains where !text.contains(fill(piece)) {
            return "\(shown), without `\(fill(piece).shortened(60))`"
        }
        for piece in notContains where text.contains(fill(piece)) {
            return "\(shown), with `\(fill(piece).shortened(60))`"
        }
        for pattern in matches where !Self.matches(pattern, text, fill) {
            return "\(shown), and `\(fill(pattern.source))` does not match"
        }
        for pattern in notMatches where Self.matches(pattern, text, fill) {
            return "\(shown), and `\(fill(pattern.source))` matches"
        }
        return nil
    }

    /// A pattern with variables is made when they are known.
    private static func matches(_ pattern: LinearPattern, _ text: String, _ fill: (String) -> String) -> Bool {
        let source = fill(pattern.source)
        guard source != pattern.source else { return pattern.matches(text) }
        return (try? LinearPattern(source))?.matches(text) ?? false
    }
}
