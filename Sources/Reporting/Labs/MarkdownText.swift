/// Markdown on a terminal: paragraphs wrapped, lists and code kept, marks turned into styles.
enum MarkdownText {
    static func lines(_ text: String, on terminal: Terminal, indent: Int = 0) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let columns = max(20, min(terminal.columns, 100) - indent)
        var result: [String] = []
        var paragraph: [Substring] = []
        // Of the item of a list that the paragraph is; it goes on in the lines below.
        var mark = ""
        var isCode = false
        func flush() {
            guard !paragraph.isEmpty else { return }
            let hang = String(repeating: " ", count: mark.count)
            let parts = styled(wrapped(paragraph.joined(separator: " "), columns - hang.count), terminal)
            for (index, part) in parts.enumerated() { result.append(margin + (index == 0 ? mark : hang) + part) }
            paragraph = []
            mark = ""
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare = line.drop { $0 == " " }
            if bare.hasPrefix("```") {
                flush()
                isCode.toggle()
            } else if isCode {
                result.append(margin + "    " + terminal.styled(ForeignText.printable(String(line)), .cyan))
            } else if bare.isEmpty {
                flush()
                if result.last?.isEmpty == false { result.append("") }
            } else if bare.hasPrefix("#") {
                flush()
                result.append(
                    margin + terminal.styled(ForeignText.printable(String(bare.drop { $0 == "#" || $0 == " " })), .bold)
                )
            } else if let item = listItem(bare) {
                flush()
                mark = item.mark
                paragraph = [item.text]
            } else {
                paragraph.append(bare)
            }
        }
        flush()
        while result.last?.isEmpty == true { result.removeLast() }
        return result
    }

    /// `- text`, `* text`, `1. text`.
    private static func listItem(_ line: Substring) -> (mark: String, text: Substring)? {
        if line.hasPrefix("- ") || line.hasPrefix("* ") { return ("- ", line.dropFirst(2)) }
        let digits = line.prefix { $0.isNumber }
        guard !digits.isEmpty, line.dropFirst(digits.count).hasPrefix(". ") else { return nil }
        return ("\(digits). ", line.dropFirst(digits.count + 2))
    }

    private static func wrapped(_ text: String, _ columns: Int) -> [String] {
        TextWrap.wrap(text, columns: max(10, columns)).split(separator: "\n").map(String.init)
    }

    /// `code` and **bold**, also where they go on in the next line; without colours the marks of code stay, so that nothing is lost.
    private static func styled(_ lines: [String], _ terminal: Terminal) -> [String] {
        var isCode = false
        var isBold = false
        return lines.map { line in
            let line = ForeignText.printable(line)
            guard terminal.hasColour else {
                return line.split(separator: "**", omittingEmptySubsequences: false).joined()
            }
            var result = ""
            for (index, part) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
                if index > 0 { isCode.toggle() }
                if isCode {
                    result += part.isEmpty ? "" : terminal.styled(String(part), .cyan)
                    continue
                }
                for (number, piece) in part.split(separator: "**", omittingEmptySubsequences: false).enumerated() {
                    if number > 0 { isBold.toggle() }
                    result += isBold && !piece.isEmpty ? terminal.styled(String(piece), .bold) : String(piece)
                }
            }
            return result
        }
    }
}
