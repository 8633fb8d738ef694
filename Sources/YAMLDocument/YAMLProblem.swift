import ConfigTree
import Diagnostics

/// What can be wrong with a text before anybody knows what it means, in our own words.
enum YAMLProblem {
    static func tooLarge(file: String, limit: Int) -> Diagnostic {
        Diagnostic(
            code: "yaml.too-large", "the file is larger than \(limit >> 20) MiB",
            location: SourceLocation(file: file, line: 1, column: 1), exitCode: .invalid)
    }

    static func encoding(_ name: String, file: String) -> Diagnostic {
        Diagnostic(
            code: "yaml.encoding", "the file is written in \(name), and only UTF-8 is read",
            hint: "convert it, for example with `iconv -f \(name) -t UTF-8`",
            location: SourceLocation(file: file, line: 1, column: 1), exitCode: .invalid)
    }

    static func fault(_ fault: SourceText.Fault, file: String) -> Diagnostic {
        let location = SourceLocation(file: file, line: fault.line + 1, column: fault.column + 1)
        switch fault.kind {
        case .invalidUTF8:
            return Diagnostic(
                code: "yaml.encoding", "the file is not UTF-8: byte \(fault.byteOffset) belongs to no character",
                hint: "save the file as UTF-8", location: location, exitCode: .invalid)
        case .controlCharacter(let value):
            let digits = String(value, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            let escape = value <= 0xFF ? "\\x\(padded.suffix(2))" : "\\u\(padded)"
            let name = "U+" + padded
            return Diagnostic(
                code: "yaml.control-character", "the control character \(name) is not allowed in YAML",
                hint: "remove it; in double quotes the escape `\(escape)` stands for it", location: location,
                exitCode: .invalid)
        }
    }

    static func empty(_ source: SourceText) -> Diagnostic {
        Diagnostic(
            code: "yaml.empty", "the file holds no document",
            detail: source.bytes.isEmpty ? "it is empty" : "it holds blank lines, comments or markers only",
            location: source.location(line: 0, column: 0), exitCode: .invalid)
    }

    static func outOfMemory(_ file: String) -> Diagnostic {
        Diagnostic(
            code: "yaml.memory", "there is not enough memory to read the file",
            location: SourceLocation(file: file, line: 1, column: 1), exitCode: .lacking)
    }

    static func at(
        _ range: ConfigDocumentBuilder.Range, _ source: SourceText, _ code: String, _ summary: String,
        detail: String? = nil, hint: String? = nil
    ) -> Diagnostic {
        let end = range.endLine == range.startLine && range.endColumn > range.startColumn ? range.endColumn : nil
        return Diagnostic(
            code: code, summary, detail: detail, hint: hint,
            location: source.location(line: range.startLine, column: range.startColumn, endColumn: end),
            exitCode: .invalid)
    }

    /// Translates what libyaml says; the place is the one a person would look at.
    static func syntax(_ failure: YAMLParser.Failure, _ source: SourceText) -> Diagnostic {
        guard !failure.isOutOfMemory else { return outOfMemory(source.file) }
        if let tab = tab(failure, source) { return tab }
        let phrase = phrases.first { $0.problem == failure.problem }
        let begins = phrase?.pointsAtContext == true && failure.context != nil
        var line = begins ? failure.contextLine : failure.line
        var column = begins ? failure.contextColumn : failure.column
        if line >= source.lineCount || line == source.lineCount - 1 && source.lineBytes(line).isEmpty && line > 0 {
            // The end of the text: show the last line that has something on it.
            line = source.lineCount - 1
            while line > 0, source.lineBytes(line).isEmpty { line -= 1 }
            column = source.lineBytes(line).count
        }
        var summary = phrase?.summary ?? "this is not valid YAML: \(failure.problem)"
        if failure.problem == cannotStart { summary = startSummary(source, line, column) ?? summary }
        var detail = phrase?.detail
        if let context = failure.context.flatMap({ contexts[$0] }), failure.contextLine != line {
            let sentence = "\(context) that begins in line \(failure.contextLine + 1)"
            detail = detail.map { "\($0); this is in \(sentence)" } ?? "this is in \(sentence)"
        }
        return Diagnostic(
            code: "yaml.syntax", summary, detail: detail, hint: phrase?.hint,
            location: source.location(line: line, column: column), exitCode: .invalid)
    }

    private static let cannotStart = "found character that cannot start any token"

    /// A tab among the spaces at the start of the line where libyaml stopped.
    private static func tab(_ failure: YAMLParser.Failure, _ source: SourceText) -> Diagnostic? {
        for line in [failure.line, failure.contextLine] {
            let indentation = source.lineBytes(line).prefix { $0 == 0x20 || $0 == 0x09 }
            guard let tab = indentation.firstIndex(of: 0x09) else { continue }
            guard failure.problem.contains("tab character") || failure.problem == cannotStart || line == failure.line
            else { continue }
            let column = tab - indentation.startIndex
            return Diagnostic(
                code: "yaml.tab", "a tab is used for indentation; YAML indents with spaces only",
                hint: "replace each leading tab by two spaces",
                location: source.location(line: line, column: column, endColumn: column + 1), exitCode: .invalid)
        }
        return nil
    }

    private static func startSummary(_ source: SourceText, _ line: Int, _ column: Int) -> String? {
        let text = String(decoding: source.lineBytes(line), as: UTF8.self).unicodeScalars.dropFirst(column)
        return text.first.map { "a value cannot begin with `\(String($0))`" }
    }

    private struct Phrase {
        var problem: String
        var summary: String
        var detail: String?
        var hint: String?
        /// The mistake is where the construct begins, not where libyaml gave up.
        var pointsAtContext = false
    }

    private static let contexts: [String: String] = [
        "while parsing a block mapping": "a mapping",
        "while parsing a block collection": "a list",
        "while parsing a flow sequence": "a list in brackets",
        "while parsing a flow mapping": "a mapping in braces",
        "while scanning a quoted scalar": "a text in quotes",
        "while parsing a quoted scalar": "a text in quotes",
        "while scanning a block scalar": "a text block",
        "while scanning a plain scalar": "a text without quotes",
        "while scanning a simple key": "a key",
    ]

    private static let phrases: [Phrase] = [
        Phrase(
            problem: "could not find expected ':'", summary: "a colon is missing behind this key",
            detail: "every line of a mapping is `key: value`", hint: "write `key: value` with a space behind the colon",
            pointsAtContext: true),
        Phrase(
            problem: "mapping values are not allowed in this context", summary: "a second `key:` cannot start here",
            detail: "either the line is indented wrongly, or the text holds a colon followed by a space",
            hint: "align the key with its neighbours, or put the text in quotes"),
        Phrase(
            problem: "mapping keys are not allowed in this context", summary: "a `? key` cannot start here",
            hint: "put texts that begin with `?` in quotes"),
        Phrase(
            problem: "block sequence entries are not allowed in this context", summary: "a list item cannot start here",
            detail: "a `-` begins an item only at the start of a line or behind another `-`",
            hint: "put the list on lines of its own below the key"),
        Phrase(
            problem: "did not find expected key", summary: "a key of the mapping is expected here",
            detail: "the line is indented differently from the keys above it, or a text above ended too early",
            hint: "align it with the key it belongs to"),
        Phrase(
            problem: "did not find expected '-' indicator", summary: "a list item beginning with `-` is expected here",
            detail: "the line is indented differently from the items above it",
            hint: "align it with the other items, or indent it to belong to the item above"),
        Phrase(
            problem: "did not find expected ',' or ']'", summary: "a comma or `]` is missing",
            hint: "close the list with `]`, or separate its items by commas"),
        Phrase(
            problem: "did not find expected ',' or '}'", summary: "a comma or `}` is missing",
            hint: "close the mapping with `}`, or separate its entries by commas"),
        Phrase(
            problem: "did not find expected node content", summary: "a value is expected here",
            hint: "remove the stray comma or bracket, or put the text in quotes"),
        Phrase(
            problem: "did not find expected <document start>", summary: "nothing may follow here",
            detail: "the document has ended: the line is not indented like the rest",
            hint: "indent the line like its neighbours; a second document begins with `---`"),
        Phrase(
            problem: "found unexpected end of stream", summary: "a text in quotes is never closed",
            hint: "add the closing quote", pointsAtContext: true),
        Phrase(
            problem: "found unexpected document indicator", summary: "a text in quotes is never closed",
            detail: "`---` or `...` begins a new document inside it", hint: "add the closing quote",
            pointsAtContext: true),
        Phrase(
            problem: "found unknown escape character", summary: "the escape behind the backslash is unknown",
            detail: "double quotes know \\n, \\t, \\\\, \\\", \\x41, \\u00e9 and a few more",
            hint: "write `\\\\` for a backslash, or use single quotes"),
        Phrase(
            problem: "did not find expected hexdecimal number", summary: "the escape needs hexadecimal digits",
            detail: "\\x takes two, \\u four and \\U eight"),
        Phrase(
            problem: "found invalid Unicode character escape code", summary: "the escape names no Unicode character"),
        Phrase(
            problem: "found a tab character that violates indentation",
            summary: "a tab is used for indentation; YAML indents with spaces only"),
        Phrase(
            problem: "found a tab character where an indentation space is expected",
            summary: "a tab is used for indentation; YAML indents with spaces only"),
        Phrase(
            problem: "found an indentation indicator equal to 0",
            summary: "the number behind `|` or `>` must be 1 to 9"),
        Phrase(
            problem: "did not find expected comment or line break", summary: "nothing but a comment may follow here",
            hint: "put the text of a block on the lines below `|` or `>`"),
        Phrase(
            problem: "did not find expected alphabetic or numeric character",
            summary: "a name is expected behind `&` or `*`",
            hint: "texts that begin with `*` or `&` must be written in quotes"),
        Phrase(
            problem: "found undefined tag handle", summary: "tags are not supported",
            hint: "texts that begin with `!` must be written in quotes"),
        Phrase(
            problem: cannotStart, summary: "a value cannot begin with this character",
            detail: "`@`, the backtick and `%` are reserved in YAML", hint: "put the text in quotes"),
        Phrase(
            problem: "found unknown directive name", summary: "lines that begin with `%` are directives",
            hint: "put texts that begin with `%` in quotes"),
        Phrase(
            problem: "found incompatible YAML document",
            summary: "the `%YAML` directive asks for another version of YAML",
            hint: "remove the directive"),
    ]
}
