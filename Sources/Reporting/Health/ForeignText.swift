/// Text that came from a cluster, before it is shown: whoever may name a pod or write a log line chose it.
enum ForeignText {
    /// One line in which every character that could steer a terminal or turn the order of reading is replaced.
    static func printable(_ text: String, replacement: Unicode.Scalar = "?") -> String {
        guard text.unicodeScalars.contains(where: isRefused) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(isRefused(scalar) ? replacement : scalar) }
        return String(scalars)
    }

    /// The lines of quoted evidence, with tabs as spaces; lines within one string count as lines.
    static func lines(_ evidence: [String], replacement: Unicode.Scalar = "?") -> [String] {
        let lines = evidence.flatMap { text in text.split(whereSeparator: \.isNewline) }
        return lines.map { line in
            printable(line.map { $0 == "\t" ? "    " : String($0) }.joined(), replacement: replacement)
        }
    }

    /// Controls (C0, DEL, C1), line and paragraph separators, directional marks, embeddings, overrides and isolates
    /// (Unicode Standard Annex 9), byte order marks, tag characters and noncharacters.
    static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0: true
        case 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff, 0xfff9...0xfffb: true
        case 0xfdd0...0xfdef, 0xe0000...0xe007f: true
        default: scalar.value & 0xfffe == 0xfffe
        }
    }
}
