/// Texts with variables: `${nonce}`; `$${x}` is a literal `${x}`.
package enum TextTemplate {
    package struct Reference: Sendable, Hashable {
        package var name: String
        /// Of the `$`, in Unicode scalars from the beginning of the text.
        package var offset: Int
    }

    /// The variables a text names, in its order; a `${` without its end is a reference with an empty name.
    package static func references(in text: String) -> [Reference] {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return [] }
        var found: [Reference] = []
        _ = walk(text) { name, offset in
            found.append(Reference(name: name, offset: offset))
            return nil
        }
        return found
    }

    /// The text with its variables put in; what is not known stays as it is.
    package static func fill(_ text: String, _ values: [String: String]) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        return walk(text) { name, _ in values[name] }
    }

    private static func walk(_ text: String, _ value: (String, Int) -> String?) -> String {
        var result = ""
        var rest = text.unicodeScalars[...]
        var offset = 0
        func advance(_ count: Int) {
            rest = rest.dropFirst(count)
            offset += count
        }
        while let first = rest.first {
            guard first == "$" else {
                result.unicodeScalars.append(first)
                advance(1)
                continue
            }
            if rest.starts(with: "$${".unicodeScalars) {
                result += "${"
                advance(3)
            } else if rest.starts(with: "${".unicodeScalars) {
                let end = rest.firstIndex(of: "}")
                let name = end.map { String(rest[rest.index(rest.startIndex, offsetBy: 2)..<$0]) } ?? ""
                let isName = end != nil && isVariableName(name)
                let count = end.map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 2
                let written = String(rest.prefix(count))
                result += value(isName ? name : "", offset) ?? written
                advance(count)
            } else {
                result += "$"
                advance(1)
            }
        }
        return result
    }

    /// Letters, digits, `-`, `_` and dots.
    package static func isVariableName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic else { return false }
        return name.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0))
        }
    }
}
