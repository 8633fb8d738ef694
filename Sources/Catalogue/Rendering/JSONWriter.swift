/// Writes values as JSON (RFC 8259) in their own order, two spaces for each level.
package enum JSONWriter {
    /// One value with a line feed at its end.
    ///
    /// A number that JSON cannot express (not finite) becomes null.
    package static func text(of value: OrderedValue) -> String { render(value, indent: "") + "\n" }

    private static func render(_ value: OrderedValue, indent: String) -> String {
        let deeper = indent + "  "
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return String(number)
        case .double(let number): return number.isFinite ? String(number) : "null"
        case .string(let text): return quoted(text)
        case .list(let values):
            guard !values.isEmpty else { return "[]" }
            let items = values.map { deeper + render($0, indent: deeper) }
            return "[\n" + items.joined(separator: ",\n") + "\n\(indent)]"
        case .map(let map):
            guard !map.isEmpty else { return "{}" }
            let items = map.entries.map { "\(deeper)\(quoted($0.key)): \(render($0.value, indent: deeper))" }
            return "{\n" + items.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    static func quoted(_ text: String) -> String {
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
