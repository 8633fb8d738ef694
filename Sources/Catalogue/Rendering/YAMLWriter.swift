package import ClusterModel

/// Writes values as block-style YAML that both YAML 1.1 and 1.2 readers take for the same values.
package enum YAMLWriter {
    /// One document with a line feed at its end; keys of maps are sorted.
    package static func text(of value: ConfigurationValue) -> String { text(of: OrderedValue(value)) }

    /// One document with a line feed at its end, in the order of the value.
    package static func text(of value: OrderedValue) -> String {
        lines(of: value).map { $0 + "\n" }.joined()
    }

    /// Several documents, separated by `---` lines.
    package static func stream(_ documents: [OrderedMap]) -> String {
        documents.map { text(of: .map($0)) }.joined(separator: "---\n")
    }

    private static func lines(of value: OrderedValue) -> [String] {
        switch value {
        case .map(let map) where !map.isEmpty:
            return map.entries.flatMap { entry in
                let key = scalar(entry.key)
                guard isNested(entry.value) else { return ["\(key): \(inline(entry.value))"] }
                return ["\(key):"] + lines(of: entry.value).map { "  " + $0 }
            }
        case .list(let values) where !values.isEmpty:
            return values.flatMap { element in
                lines(of: element).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
            }
        default:
            return [inline(value)]
        }
    }

    private static func isNested(_ value: OrderedValue) -> Bool {
        switch value {
        case .map(let map): !map.isEmpty
        case .list(let values): !values.isEmpty
        default: false
        }
    }

    private static func inline(_ value: OrderedValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): text(of: number)
        case .string(let text): scalar(text)
        case .list: "[]"
        case .map: "{}"
        }
    }

    private static func text(of number: Double) -> String {
        if number.isNaN { return ".nan" }
        if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
        return String(number)
    }

    /// The string as a plain scalar if no reader can take it for anything else, else in double quotes.
    package static func scalar(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first,
            letters.contains(first) || digits.contains(first) || "/_.".unicodeScalars.contains(first)
        else { return false }
        guard text.unicodeScalars.allSatisfy({ letters.contains($0) || digits.contains($0) || harmless.contains($0) })
        else { return false }
        guard !words.contains(text.lowercased()) else { return false }
        // Whatever consists of nothing but the characters of numbers and dates is quoted: 1.20, 0x1F, 1e3, 2024-01-31.
        let startsLikeNumber = digits.contains(first) || first == "."
        return !(startsLikeNumber && text.unicodeScalars.allSatisfy { numeric.contains($0) })
    }

    private static let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars)
    private static let digits = Set("0123456789".unicodeScalars)
    private static let harmless = Set("/_.-+%@=".unicodeScalars)
    private static let numeric = Set("0123456789abcdefABCDEFxXoO._+-tTzZ".unicodeScalars)
    /// Words that YAML 1.1 or 1.2 read as null or as a boolean.
    private static let words: Set<String> = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", ".inf", ".nan",
    ]

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += escape(scalar)
                }
            }
        }
        return result + "\""
    }

    /// YAML 1.2 section 5.1, without the line separators that readers of version 1.1 break lines at.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let width = scalar.value > 0xFFFF ? 8 : 4
        let prefix = width == 8 ? "\\U" : "\\u"
        return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
