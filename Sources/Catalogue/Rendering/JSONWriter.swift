/// Writes values as JSON (RFC 8259) in their own order, two spaces for each level.
package enum JSONWriter {
    /// One value with a line feed at its end.
    ///
    /// A number that JSON cannot express (not finite) becomes null.
    package static func text(of value: OrderedValue) -> String {
        var text = ""
        write(value, to: &text, indent: "")
        return text + "\n"
    }

    private static func write(_ value: OrderedValue, to text: inout String, indent: String) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        case .double(let number): text += number.isFinite ? String(number) : "null"
        case .string(let string): text += quoted(string)
        case .list(let values):
            write(values, to: &text, between: "[", "]", indent: indent) { element, text, deeper in
                write(element, to: &text, indent: deeper)
            }
        case .map(let map):
            write(map.entries, to: &text, between: "{", "}", indent: indent) { entry, text, deeper in
                text += quoted(entry.key)
                text += ": "
                write(entry.value, to: &text, indent: deeper)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], to text: inout String, between opening: String, _ closing: String, indent: String,
        each: (Element, inout String, String) -> Void
    ) {
        text += opening
        if !elements.isEmpty {
            let deeper = indent + "  "
            for (offset, element) in elements.enumerated() {
                text += offset == 0 ? "\n" : ",\n"
                text += deeper
                each(element, &text, deeper)
            }
            text += "\n"
            text += indent
        }
        text += closing
    }

    static func quoted(_ text: String) -> String {
        // Most texts need no escape.
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain { return "\"" + text + "\"" }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
