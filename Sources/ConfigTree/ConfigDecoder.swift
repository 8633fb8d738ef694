package import Diagnostics

/// Reads values out of nodes and keeps everything that is wrong; it never throws and never guesses.
///
/// Codes begin with `family`, for example `spec.unknown-key`. Not `Sendable`: one decoder reads one document.
package final class ConfigDecoder {
    package let family: String
    package private(set) var diagnostics: [Diagnostic] = []
    /// Errors counted, also those no longer kept.
    package private(set) var errorCount = 0

    /// More than anybody reads; the rest is counted.
    package static let mostDiagnostics = 1000

    package init(family: String) { self.family = family }

    package var hasErrors: Bool { errorCount > 0 }

    /// Adds a diagnostic about `node`; `code` is without the family.
    ///
    /// `hidesText` keeps the line out of it, for lines that may hold a secret. An empty name of a host is none: it was wrong, and is
    /// reported where it stands.
    package func report(
        _ code: String, at node: ConfigNode, _ summary: @autoclosure () -> String,
        detail: @autoclosure () -> String? = nil, hint: @autoclosure () -> String? = nil, host: String? = nil,
        severity: Diagnostic.Severity = .error, hidesText: Bool = false
    ) {
        if severity == .error { errorCount += 1 }
        guard diagnostics.count < ConfigDecoder.mostDiagnostics else { return }
        var location = node.location
        if hidesText { location.text = nil }
        diagnostics.append(
            Diagnostic(
                severity, code: "\(family).\(code)", summary(), detail: detail(), hint: hint(), location: location,
                host: host?.isEmpty == true ? nil : host, exitCode: .invalid))
    }

    /// Errors that were found and not kept.
    package var droppedErrors: Int {
        max(0, errorCount - diagnostics.reduce(into: 0) { count, each in if each.severity == .error { count += 1 } })
    }

    /// How a message names a node's field: its path in backticks, or the document.
    package func name(_ node: ConfigNode) -> String {
        let path = node.path
        return path.isEmpty ? "the document" : "`\(path)`"
    }
}

// MARK: - Scalars

extension ConfigDecoder {
    /// Text, and nothing that a reader of YAML takes for something else.
    package func text(_ node: ConfigNode, _ format: TextFormat? = nil) -> String? {
        guard node.kind == .scalar else { return wrongKind(node, .text(format)) }
        let meaning = node.meaning
        guard meaning == .text else {
            trap(node, meaning, format)
            return nil
        }
        let text = node.text
        if let format, let fault = format.check(text) {
            report(
                "value", at: node,
                "\(name(node)) must be \(format.noun), and `\(ConfigDecoder.shortened(text))` is not",
                detail: fault)
            return nil
        }
        return text
    }

    package func boolean(_ node: ConfigNode) -> Bool? {
        guard node.kind == .scalar else { return wrongKind(node, .boolean) }
        switch node.meaning {
        case .boolean(let value): return value
        case .oldBoolean(let value):
            report(
                "type", at: node, "\(name(node)) must be true or false, and `\(node.text)` is not",
                detail: "`\(node.text)` is a truth value in YAML 1.1 only; programs disagree about it",
                hint: "write `\(value)`")
        case .null: empty(node, .boolean)
        default:
            let isQuoted = !node.isPlain && (node.hasText("true") || node.hasText("false"))
            report(
                "type", at: node,
                "\(name(node)) must be true or false, and `\(ConfigDecoder.shortened(node.text))` is \(found(node))",
                hint: isQuoted ? "write \(node.text) without quotes" : nil)
        }
        return nil
    }

    package func integer(_ node: ConfigNode, _ range: ClosedRange<Int>) -> Int? {
        let shape = Shape.integer(range)
        guard node.kind == .scalar else { return wrongKind(node, shape) }
        switch node.meaning {
        case .integer:
            if let value = Int(node.text), range.contains(value) { return value }
            report("range", at: node, "\(name(node)) must be \(shape.noun), and \(node.text) is not")
        case .oddInteger:
            report(
                "type", at: node,
                "\(name(node)) must be \(shape.noun), and `\(node.text)` is read differently by programs",
                detail: "a leading zero is octal in YAML 1.1 and decimal in YAML 1.2",
                hint: "write it in decimal digits without leading zeros")
        case .null: empty(node, shape)
        default:
            let isQuoted = !node.isPlain && ScalarMeaning(of: node.bytes) == .integer
            report(
                "type", at: node,
                "\(name(node)) must be \(shape.noun), and `\(ConfigDecoder.shortened(node.text))` is \(found(node))",
                hint: isQuoted ? "write \(node.text) without quotes" : nil)
        }
        return nil
    }

    package func number(_ node: ConfigNode) -> Double? {
        guard node.kind == .scalar else { return wrongKind(node, .number) }
        switch node.meaning {
        case .integer, .real:
            if let value = Double(node.text), value.isFinite { return value }
            report("type", at: node, "\(name(node)) must be a number, and `\(node.text)` is none that can be used")
        case .null: empty(node, .number)
        default:
            report(
                "type", at: node,
                "\(name(node)) must be a number, and `\(ConfigDecoder.shortened(node.text))` is \(found(node))")
        }
        return nil
    }

    /// The position of the word among `choices`.
    package func choice(_ node: ConfigNode, _ choices: [Shape.Choice], _ otherWords: OtherWords = [:]) -> Int? {
        guard node.kind == .scalar else { return wrongKind(node, .choice(choices)) }
        if let index = choices.firstIndex(where: { node.hasText($0.word) }) { return index }
        if node.isNull {
            empty(node, .choice(choices))
            return nil
        }
        let text = ConfigDecoder.shortened(node.text)
        let near = otherWords.meaning(of: text) ?? Suggestion.nearest(to: text, in: choices.map(\.word))
        report(
            "value", at: node, "\(name(node)) must be \(Shape.choice(choices).noun), and `\(text)` is not",
            hint: near.map { "did you mean `\($0)`" })
        return nil
    }

    /// A text field holds something that YAML takes for a number, a truth value or a date.
    private func trap(_ node: ConfigNode, _ meaning: ScalarMeaning, _ format: TextFormat?) {
        guard meaning != .null || !node.bytes.isEmpty else { return empty(node, .text(format)) }
        let text = ConfigDecoder.shortened(node.text)
        // Quotes alone would not make it right: say what the field wants.
        if let fault = format?.check(node.text), meaning != .null {
            report(
                "unquoted", at: node,
                "\(name(node)) must be \(Shape.text(format).noun), and `\(text)` without quotes reads as \(meaning.noun)",
                detail: fault)
            return
        }
        var detail: String?
        switch meaning {
        case .real where text.hasSuffix("0"):
            detail = "as a number it loses its last zero: \(text) and \(text.dropLast()) are the same"
        case .sexagesimal: detail = "YAML 1.1 counts `08:30` as 8 * 60 + 30"
        case .oddInteger: detail = "a leading zero is octal in YAML 1.1; 0x, 0o, 0b and _ are read differently too"
        default: break
        }
        report(
            "unquoted", at: node,
            "\(name(node)) must be \(Shape.text(format).noun), and `\(text)` without quotes reads as \(meaning.noun)",
            detail: detail, hint: "write it in quotes: \"\(text)\"")
    }

    private func empty(_ node: ConfigNode, _ shape: Shape) {
        report(
            "empty", at: node, "\(name(node)) has no value, and it must be \(shape.noun)",
            hint: "give it a value, or remove the key")
    }

    private func found(_ node: ConfigNode) -> String {
        guard node.isPlain else { return "text, because of the quotes" }
        let meaning = node.meaning
        return meaning == .text ? "not" : meaning.noun
    }

    /// Reports that a node is of another kind than its shape; always nil, so that readers can return it.
    package func wrongKind<Value>(_ node: ConfigNode, _ shape: Shape) -> Value? {
        if node.isNull {
            empty(node, shape)
            return nil
        }
        let found: String =
            switch node.kind {
            case .scalar: "the single value `\(ConfigDecoder.shortened(node.text))`"
            case .sequence: "a list"
            case .mapping: "a mapping"
            }
        report(
            "type", at: node, "\(name(node)) must be \(shape.noun), and it is \(found)",
            hint: ConfigDecoder.wayToWrite(node, as: shape))
        return nil
    }

    private static func wayToWrite(_ node: ConfigNode, as shape: Shape) -> String? {
        let text = node.kind == .scalar ? shortened(node.text) : nil
        switch shape {
        case .list: return text.map { "write it as a list: [\($0)]" } ?? "begin each item with `- `"
        case .map: return "write each as `NAME: VALUE`"
        case .record(let record): return text.flatMap { record.wayToWrite($0) }
        case .either(let shapes):
            return shapes.lazy.compactMap {
                if case .record(let record) = $0 { text.flatMap(record.wayToWrite) } else { nil }
            }
            .first
        default: return nil
        }
    }

    /// Whether the value of a key by that name may be a secret, which no message shows.
    static func mayBeSecret(_ key: String) -> Bool {
        let word = key.lowercased()
        return ["passw", "secret", "token", "passphrase"].contains { word.contains($0) }
    }

    /// At most 60 characters, on one line.
    package static func shortened(_ text: String) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < 60 else { return result + "..." }
            let isControl = scalar.value < 0x20 || scalar.value == 0x7F || (0x80..<0xA0).contains(scalar.value)
            result.unicodeScalars.append(isControl ? " " : scalar)
            count += 1
        }
        return result
    }
}
