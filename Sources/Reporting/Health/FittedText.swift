/// Text in a given number of columns; a column is a character.
enum FittedText {
    /// At most so many characters; what was cut is marked.
    static func cut(_ text: String, to columns: Int, mark: String = "...") -> String {
        guard text.count > columns else { return text }
        guard columns > mark.count else { return String(text.prefix(max(0, columns))) }
        return text.prefix(columns - mark.count) + mark
    }

    /// Lines of at most so many characters.
    ///
    /// No character is lost but the space at which a line breaks, and a word that is too long is broken: names of a
    /// cluster have 253 characters.
    static func fold(_ text: String, columns: Int) -> [String] {
        let width = max(1, columns)
        var lines: [String] = []
        var rest = text[...]
        while rest.count > width {
            let limit = rest.index(rest.startIndex, offsetBy: width)
            // A space at the limit itself counts: the word before it just fits.
            let space = rest[...limit].lastIndex(of: " ").flatMap { space in
                rest[..<space].contains { $0 != " " } ? space : nil
            }
            lines.append(String(rest[..<(space ?? limit)]))
            rest = rest[(space.map { rest.index(after: $0) } ?? limit)...]
        }
        lines.append(String(rest))
        return lines
    }

    static func padded(_ text: String, to columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - text.count))
    }
}
