/// Makes what a booting system writes to its console readable elsewhere.
enum ConsoleText {
    /// Lines without escape sequences, carriage returns and blanks at the end; empty lines left out.
    static func plain(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        var inEscape = false
        for scalar in text.unicodeScalars {
            if inEscape {
                // A sequence ends with its first letter; `[`, digits and `;` stand inside.
                if ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) { inEscape = false }
            } else if scalar == "\u{1b}" {
                inEscape = true
            } else if scalar == "\n" {
                lines.append(line)
                line = ""
            } else if scalar.value >= 32 || scalar == "\t" {
                line.unicodeScalars.append(scalar)
            }
        }
        lines.append(line)
        return lines.map { line in
            var line = line
            while line.last?.isWhitespace == true { line.removeLast() }
            return line
        }.filter { !$0.isEmpty }
    }
}
