/// What a scalar without quotes is to readers of YAML: they do not agree, and that is the trap.
///
/// YAML 1.1 (PyYAML, older Go) knows `yes`, `on`, `08:30` and `0o17`'s cousin `017`; YAML 1.2 does not. A field that
/// wants text refuses whatever any of them takes for something else.
package enum ScalarMeaning: Sendable, Hashable {
    case text
    case null
    /// `true` or `false` in both versions.
    case boolean(Bool)
    /// `yes`, `no`, `on`, `off`, `y`, `n`: a boolean in YAML 1.1 only.
    case oldBoolean(Bool)
    /// Decimal digits with an optional sign and no leading zero.
    case integer
    /// A number in some version: octal, hexadecimal, binary, with underscores or leading zeros.
    case oddInteger
    case real
    /// `08:30` is 510 in base 60.
    case sexagesimal
    case timestamp

    package init(of bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first else {
            self = .null
            return
        }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            self = ScalarMeaning.number(bytes)
        default:
            self = bytes.count <= 5 ? ScalarMeaning.word(bytes) : .text
        }
    }

    /// How messages call it, after "reads as".
    package var noun: String {
        switch self {
        case .text: "text"
        case .null: "nothing (null)"
        case .boolean(let value): "the truth value \(value)"
        case .oldBoolean(let value): "the truth value \(value) to YAML 1.1"
        case .integer, .real: "a number"
        case .oddInteger: "a number to some readers of YAML"
        case .sexagesimal: "a number in base 60 to YAML 1.1"
        case .timestamp: "a date"
        }
    }

    private static let words: [String: ScalarMeaning] = {
        var table: [String: ScalarMeaning] = ["~": .null]
        let spellings: [(String, ScalarMeaning)] = [
            ("null", .null), ("true", .boolean(true)), ("false", .boolean(false)), ("yes", .oldBoolean(true)),
            ("no", .oldBoolean(false)), ("on", .oldBoolean(true)), ("off", .oldBoolean(false)),
            ("y", .oldBoolean(true)),
            ("n", .oldBoolean(false)),
        ]
        for (word, meaning) in spellings {
            table[word] = meaning
            table[word.uppercased()] = meaning
            table[word.prefix(1).uppercased() + word.dropFirst()] = meaning
        }
        return table
    }()

    private static func word(_ bytes: ArraySlice<UInt8>) -> ScalarMeaning {
        switch bytes.first.map({ $0 | 0x20 }) {
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "y"), UInt8(ascii: "o"), 0x7E:
            words[String(decoding: bytes, as: UTF8.self)] ?? .text
        default: .text
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> ScalarMeaning {
        var digits = bytes
        let isSigned = digits.first == UInt8(ascii: "+") || digits.first == UInt8(ascii: "-")
        if isSigned { digits = digits.dropFirst() }
        guard let first = digits.first else { return .text }
        if first == UInt8(ascii: ".") {
            let word = String(decoding: digits, as: UTF8.self).lowercased()
            if word == ".inf" || !isSigned && word == ".nan" { return .real }
        }
        guard isDigit(first) || first == UInt8(ascii: ".") else { return .text }
        if digits.count > 2, first == UInt8(ascii: "0"), let base = digits.dropFirst().first, !isDigit(base) {
            let rest = digits.dropFirst(2)
            switch base {
            case UInt8(ascii: "x") where rest.allSatisfy({ isHexadecimal($0) || $0 == underscore }): return .oddInteger
            case UInt8(ascii: "o") where rest.allSatisfy({ isDigit($0) || $0 == underscore }): return .oddInteger
            case UInt8(ascii: "b") where rest.allSatisfy({ $0 == 0x30 || $0 == 0x31 || $0 == underscore }):
                return .oddInteger
            default: break
            }
        }
        if digits.allSatisfy(isDigit) {
            return digits.count == 1 || first != UInt8(ascii: "0") ? .integer : .oddInteger
        }
        if digits.allSatisfy({ isDigit($0) || $0 == underscore }) { return .oddInteger }
        if digits.contains(UInt8(ascii: ":")) { return withColons(bytes, digits) }
        if isReal(digits) { return .real }
        return !isSigned && isDate(bytes) ? .timestamp : .text
    }

    private static func withColons(_ bytes: ArraySlice<UInt8>, _ digits: ArraySlice<UInt8>) -> ScalarMeaning {
        let parts = digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let isSexagesimal = parts.enumerated().allSatisfy { position, part in
            if position == 0 { return !part.isEmpty && part.allSatisfy { isDigit($0) || $0 == underscore } }
            let whole = position == parts.count - 1 ? part.prefix { $0 != UInt8(ascii: ".") } : part
            let fraction = part.dropFirst(whole.count)
            guard whole.count == 1 || whole.count == 2, whole.allSatisfy(isDigit) else { return false }
            return (whole.count == 1 || (whole.first ?? 0) < UInt8(ascii: "6"))
                && fraction.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") || $0 == underscore }
        }
        if isSexagesimal { return .sexagesimal }
        return isDate(bytes.prefix(10)) ? .timestamp : .text
    }

    /// `1.20`, `.5`, `1e3`, `1_000.5`: one point at most, digits, an exponent.
    private static func isReal(_ bytes: ArraySlice<UInt8>) -> Bool {
        let exponentAt = bytes.firstIndex { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }
        let mantissa = bytes[..<(exponentAt ?? bytes.endIndex)]
        var points = 0
        var digits = 0
        for byte in mantissa {
            if byte == UInt8(ascii: ".") {
                points += 1
            } else if isDigit(byte) {
                digits += 1
            } else if byte != underscore {
                return false
            }
        }
        guard points <= 1, digits > 0 else { return false }
        guard let exponentAt else { return points == 1 }
        var exponent = bytes[(exponentAt + 1)...]
        if exponent.first == UInt8(ascii: "+") || exponent.first == UInt8(ascii: "-") {
            exponent = exponent.dropFirst()
        }
        return !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }

    /// `2024-01-31`, also with a time behind it.
    private static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.prefix(10).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0].count == 4 && (1...2).contains(parts[1].count)
            && (1...2).contains(parts[2].count) && parts.allSatisfy { $0.allSatisfy(isDigit) }
    }

    private static let underscore = UInt8(ascii: "_")

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "f")
    }
}
