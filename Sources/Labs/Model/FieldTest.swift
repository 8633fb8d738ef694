package import ConfigTree
package import KubernetesAPI

/// A test of a value: an operator and what it is held against.
package struct FieldTest: Sendable, Hashable {
    package enum Operator: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        case different = "!="
        case greater = ">"
        case notLess = ">="
        case less = "<"
        case notGreater = "<="
        case oneOf = "in"
        case contains
        case matches
        case exists
        case absent
        case quantityEqual = "quantity="
        case quantityNotLess = "quantity>="
        case quantityNotGreater = "quantity<="

        var needsValue: Bool { self != .exists && self != .absent }

        var words: String {
            switch self {
            case .equal: "is"
            case .different: "is not"
            case .greater: "is greater than"
            case .notLess: "is at least"
            case .less: "is less than"
            case .notGreater: "is at most"
            case .oneOf: "is one of"
            case .contains: "contains"
            case .matches: "matches"
            case .exists: "is there"
            case .absent: "is not there"
            case .quantityEqual: "amounts to"
            case .quantityNotLess: "amounts to at least"
            case .quantityNotGreater: "amounts to at most"
            }
        }
    }

    package var op: Operator
    /// Texts in it may hold variables.
    package var value: JSONValue
    /// Only of `matches`.
    package var pattern: LinearPattern?

    package init(_ op: Operator = .equal, _ value: JSONValue = .null, pattern: LinearPattern? = nil) {
        self.op = op
        self.value = value
        self.pattern = pattern
    }

    /// `is 3`, `matches ^v1`.
    package var words: String {
        guard op.needsValue else { return op.words }
        if case .array(let items) = value { return "\(op.words) \(items.map(Self.text).joined(separator: ", "))" }
        return "\(op.words) \(Self.text(value))"
    }

    /// Whether one value passes; `fill` puts variables in.
    package func holds(for found: JSONValue, _ fill: (String) -> String) -> Bool {
        let wanted = Self.filled(value, fill)
        switch op {
        case .exists: return true
        case .absent: return false
        case .equal: return Self.same(found, wanted)
        case .different: return !Self.same(found, wanted)
        case .greater, .notLess, .less, .notGreater:
            guard let left = Self.number(found), let right = Self.number(wanted) else { return false }
            switch op {
            case .greater: return left > right
            case .notLess: return left >= right
            case .less: return left < right
            default: return left <= right
            }
        case .oneOf: return (wanted.array ?? []).contains { Self.same(found, $0) }
        case .contains:
            if case .array(let items) = found { return items.contains { Self.same($0, wanted) } }
            return Self.text(found).contains(Self.text(wanted))
        case .matches:
            // A pattern with variables in it is made when they are known.
            let source = Self.text(wanted)
            let pattern = pattern?.source == source ? pattern : try? LinearPattern(source)
            return pattern?.matches(Self.text(found)) ?? false
        case .quantityEqual, .quantityNotLess, .quantityNotGreater:
            guard let left = Amount.parse(Self.text(found)), let right = Amount.parse(Self.text(wanted)) else {
                return false
            }
            switch op {
            case .quantityEqual: return abs(left - right) <= 1e-9 * max(abs(left), abs(right))
            case .quantityNotLess: return left >= right
            default: return left <= right
            }
        }
    }

    /// Texts in a value with their variables put in.
    static func filled(_ value: JSONValue, _ fill: (String) -> String) -> JSONValue {
        switch value {
        case .string(let text): .string(fill(text))
        case .array(let items): .array(items.map { filled($0, fill) })
        case .object(let members): .object(members.mapValues { filled($0, fill) })
        default: value
        }
    }

    /// Numbers are compared as numbers, also when one of them is written as text.
    static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if left == right { return true }
        if case .string = left, case .string = right { return false }
        if let a = number(left), let b = number(right) { return a == b }
        return text(left) == text(right)
    }

    static func number(_ value: JSONValue) -> Double? { value.double ?? value.string.flatMap(Double.init) }

    /// As a person would write it.
    package static func text(_ value: JSONValue) -> String { value.text }
}

/// A field and its test.
package struct FieldExpectation: Sendable, Hashable {
    package var path: FieldPath
    package var test: FieldTest

    package init(path: FieldPath, test: FieldTest) {
        self.path = path
        self.test = test
    }

    package var words: String { "`\(path.text)` \(test.words)" }

    /// nil if it holds; else what was found, `spec.replicas is 1`.
    package func problem(in object: JSONValue, _ fill: (String) -> String) -> String? {
        let values = path.values(in: object)
        if test.op == .absent {
            return values.isEmpty ? nil : "\(path.text) is \(FieldTest.text(values[0]).shortened(80))"
        }
        guard !values.isEmpty else { return "\(path.text) is not there" }
        guard let wrong = values.first(where: { !test.holds(for: $0, fill) }) else { return nil }
        return "\(path.text) is \(FieldTest.text(wrong).shortened(80))"
    }
}
