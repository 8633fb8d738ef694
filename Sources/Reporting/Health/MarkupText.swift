/// Escapes for XML and HTML.
enum MarkupText {
    /// For content and for values of attributes in double quotes, as one line.
    ///
    /// Characters that XML 1.0 forbids even as references, and those that turn the order of reading, become U+FFFD.
    static func escaped(_ text: String) -> String {
        let printable = ForeignText.printable(text, replacement: "\u{fffd}")
        var result = ""
        result.reserveCapacity(printable.utf8.count)
        for scalar in printable.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Several lines, for content that keeps them.
    static func escaped(lines: [String]) -> String { lines.map { escaped($0) }.joined(separator: "\n") }
}
