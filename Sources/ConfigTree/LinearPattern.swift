/// A regular expression that is matched in time proportional to the text: without back references and look-around, and
/// so without a pattern that never ends.
///
/// Knows literals, `.`, classes, `\d \w \s \b` and their opposites, `^ $`, groups, `|`, `* + ? {m,n}`, and the options `(?i)`,
/// `(?m)` and `(?s)` at the beginning. Matches anywhere in the text.
package struct LinearPattern: Sendable, Hashable {
    package let source: String
    private let program: [Instruction]

    /// Why a text is no pattern.
    package struct Fault: Error, Sendable, Hashable { package var reason: String }

    package init(_ source: String) throws(Fault) {
        var parser = PatternParser(source)
        let node = try parser.parse()
        var compiler = PatternCompiler(options: parser.options)
        program = try compiler.compile(node)
        self.source = source
    }

    enum Assertion: Sendable, Hashable {
        case textStart
        case textEnd
        case lineStart
        case lineEnd
        case wordBoundary
        case noWordBoundary
    }

    enum Instruction: Sendable, Hashable {
        case scalar(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case match
    }

    /// All states at once, one scalar after the other (Thompson's simulation).
    package func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current = StateSet(count: program.count)
        var next = StateSet(count: program.count)
        for position in 0...scalars.count {
            // Begin anywhere.
            if add(0, to: &current, at: position, in: scalars) { return true }
            guard position < scalars.count else { return false }
            for state in current.states {
                guard case .scalar(let set) = program[state], set.contains(scalars[position]) else { continue }
                if add(state + 1, to: &next, at: position + 1, in: scalars) { return true }
            }
            swap(&current, &next)
            next.clear()
        }
        return false
    }

    /// Follows what consumes nothing; true when it reaches the end of the pattern.
    private func add(_ start: Int, to set: inout StateSet, at position: Int, in text: [Unicode.Scalar]) -> Bool {
        var waiting = [start]
        while let state = waiting.popLast() {
            guard set.insert(state) else { continue }
            switch program[state] {
            case .match: return true
            case .jump(let target): waiting.append(target)
            case .split(let first, let second):
                waiting.append(second)
                waiting.append(first)
            case .assert(let assertion):
                if Self.holds(assertion, at: position, in: text) { waiting.append(state + 1) }
            case .scalar: break
            }
        }
        return false
    }

    private static func holds(_ assertion: Assertion, at position: Int, in text: [Unicode.Scalar]) -> Bool {
        switch assertion {
        case .textStart: position == 0
        case .textEnd: position == text.count || position == text.count - 1 && text[position] == "\n"
        case .lineStart: position == 0 || text[position - 1] == "\n"
        case .lineEnd: position == text.count || text[position] == "\n"
        case .wordBoundary: isBoundary(position, text)
        case .noWordBoundary: !isBoundary(position, text)
        }
    }

    private static func isBoundary(_ position: Int, _ text: [Unicode.Scalar]) -> Bool {
        let before = position > 0 && ScalarSet.word.contains(text[position - 1])
        let after = position < text.count && ScalarSet.word.contains(text[position])
        return before != after
    }

    /// States in the order of their arrival, each once.
    private struct StateSet {
        private(set) var states: [Int] = []
        private var marks: [Bool]

        init(count: Int) { marks = [Bool](repeating: false, count: count) }

        mutating func insert(_ state: Int) -> Bool {
            guard !marks[state] else { return false }
            marks[state] = true
            states.append(state)
            return true
        }

        mutating func clear() {
            for state in states { marks[state] = false }
            states.removeAll(keepingCapacity: true)
        }
    }
}

/// Unicode scalars by ranges.
struct ScalarSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false
    /// Also the other case of ASCII letters.
    var ignoresCase = false

    static let digit = ScalarSet(ranges: [0x30...0x39])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet(ranges: [0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0])
    static let newline = ScalarSet(ranges: [0x0A...0x0A])

    static func one(_ scalar: Unicode.Scalar) -> ScalarSet { ScalarSet(ranges: [scalar.value...scalar.value]) }

    var negated: ScalarSet {
        var set = self
        set.isNegated.toggle()
        return set
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isIn = ranges.contains { $0.contains(scalar.value) }
        if !isIn, ignoresCase, let other = Self.otherCase(scalar.value) {
            isIn = ranges.contains { $0.contains(other) }
        }
        return isIn != isNegated
    }

    private static func otherCase(_ value: UInt32) -> UInt32? {
        switch value {
        case 0x41...0x5A: value + 32
        case 0x61...0x7A: value - 32
        default: nil
        }
    }
}
