package import ClusterModel

/// Writes values as block-style YAML that both YAML 1.1 and 1.2 readers take for the same values.
package enum YAMLWriter {
    /// One document with a line feed at its end; keys of maps are sorted.
    package static func text(of value: ConfigurationValue) -> String { text(of: OrderedValue(value)) }

    /// One document with a line feed at its end, in the order of the value.
    package static func text(of value: OrderedValue) -> String {
        var text = ""
        write(value, to: &text, depth: 0)
        return text
    }

    /// Several documents, separated by `---` lines.
    package static func stream(_ documents: [OrderedMap]) -> String {
        documents.map { text(of: .map($0)) }.joined(separator: "---\n")
    }

    /// Appends whole lines.
    ///
    /// - Parameter isIndented: the first line's indent stands there already, with the dash of a list's element.
    private static func write(_ value: OrderedValue, to text: inout String, depth: Int, isIndented: Bool = false) {
        var isIndented = isIndented
        func indent() {
            if !isIndented { for _ in 0..<depth { text += "  " } }
            isIndented = false
        }
        switch value {
        case .map(let map) where !map.isEmpty:
            for entry in map.entries {
                indent()
                text += scalar(entry.key)
                if isNested(entry.value) {
                    text += ":\n"
                    write(entry.value, to: &text, depth: depth + 1)
                } else {
                    text += ": "
                    text += inline(entry.value)
                    text += "\n"
                }
            }
        case .list(let values) where !values.isEmpty:
            for element in values {
                indent()
                text += "- "
                write(element, to: &text, depth: depth + 1, isIndented: true)
            }
        default:
            indent()
            text += inline(value)
            text += "\n"
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
        let scalars = text.unicodeScalars
        guard let first = scalars.first, isAlphanumeric(first) || first == "/" || first == "_" || first == "." else {
            return false
        }
        guard scalars.allSatisfy(isHarmless) else { return false }
        // No word is longer.
        guard text.utf8.count > 5 || !words.contains(text.lowercased()) else { return false }
        // Whatever consists of nothing but the characters of numbers and dates is quoted: 1.20, 0x1F, 1e3, 2024-01-31.
        return !((isDigit(first) || first == ".") && scalars.allSatisfy(isNumeric))
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar >= "0" && scalar <= "9" }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "/", "_", ".", "-", "+", "%", "@", "=": true
        default: isAlphanumeric(scalar)
        }
    }

    private static func isNumeric(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."f", "A"..."F", "x", "X", "o", "O", ".", "_", "+", "-", "t", "T", "z", "Z": true
        default: false
        }
    }

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
