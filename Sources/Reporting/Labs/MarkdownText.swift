/// Markdown on a terminal: paragraphs wrapped, lists and code kept, marks turned into styles.
enum MarkdownText {
    static func lines(_ text: String, on terminal: Terminal, indent: Int = 0) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let columns = max(20, min(terminal.columns, 100) - indent)
        var result: [String] = []
        var paragraph: [Substring] = []
        var isCode = false
        func flush() {
            guard !paragraph.isEmpty else { return }
            let joined = paragraph.joined(separator: " ")
            result += wrapped(joined, columns).map { margin + styled($0, terminal) }
            paragraph = []
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
                let hang = String(repeating: " ", count: item.mark.count)
                for (index, part) in wrapped(String(item.text), columns - hang.count).enumerated() {
                    result.append(margin + (index == 0 ? item.mark : hang) + styled(part, terminal))
                }
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

    /// `code` and **bold**; without colours the marks of code stay, so that nothing is lost.
    private static func styled(_ line: String, _ terminal: Terminal) -> String {
        let line = ForeignText.printable(line)
        guard terminal.hasColour else { return line.split(separator: "**", omittingEmptySubsequences: false).joined() }
        var result = ""
        for (index, part) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 {
                result += terminal.styled(String(part), .cyan)
            } else {
                for (number, piece) in part.split(separator: "**", omittingEmptySubsequences: false).enumerated() {
                    result += number % 2 == 1 ? terminal.styled(String(piece), .bold) : String(piece)
                }
            }
        }
        return result
    }
}
