internal import ConfigTree

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
        case .string(let string): text += JSONText.quoted(string)
        case .list(let values):
            write(values, to: &text, between: "[", "]", indent: indent) { element, text, deeper in
                write(element, to: &text, indent: deeper)
            }
        case .map(let map):
            write(map.entries, to: &text, between: "{", "}", indent: indent) { entry, text, deeper in
                text += JSONText.quoted(entry.key)
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
}
