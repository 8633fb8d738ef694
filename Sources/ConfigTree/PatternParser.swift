/// The tree of a pattern.
indirect enum PatternNode: Sendable {
    case empty
    case set(ScalarSet)
    case any
    case start
    case end
    case boundary(isNegated: Bool)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

struct PatternOptions: Sendable {
    var ignoresCase = false
    var isMultiline = false
    var dotTakesNewlines = false
}

/// Reads a pattern from left to right.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var options = PatternOptions()
    private var depth = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func parse() throws(LinearPattern.Fault) -> PatternNode {
        guard scalars.count <= 1000 else { throw fault("it is longer than 1000 characters") }
        try readOptions()
        let node = try choice()
        guard next == nil else { throw fault("a `)` has no `(`") }
        return node
    }

    private func fault(_ reason: String) -> LinearPattern.Fault { LinearPattern.Fault(reason: reason) }

    /// `(?im)` at the very beginning.
    private mutating func readOptions() throws(LinearPattern.Fault) {
        guard scalars.starts(with: Array("(?".unicodeScalars)), let end = scalars.firstIndex(of: ")") else { return }
        let letters = scalars[2..<end]
        guard !letters.isEmpty, letters.allSatisfy({ $0.properties.isAlphabetic }) else { return }
        for letter in letters {
            switch letter {
            case "i": options.ignoresCase = true
            case "m": options.isMultiline = true
            case "s": options.dotTakesNewlines = true
            default: throw fault("the option `\(letter)` is not known; i, m and s are")
            }
        }
        position = end + 1
    }

    private mutating func choice() throws(LinearPattern.Fault) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw fault("groups are nested deeper than 50 levels") }
        var branches = [try sequence()]
        while next == "|" {
            position += 1
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(LinearPattern.Fault) -> PatternNode {
        var items: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            items.append(try repetition())
        }
        return items.isEmpty ? .empty : items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func repetition() throws(LinearPattern.Fault) -> PatternNode {
        var node = try atom()
        while let scalar = next {
            switch scalar {
            case "*": node = .repeated(node, least: 0, most: nil)
            case "+": node = .repeated(node, least: 1, most: nil)
            case "?": node = .repeated(node, least: 0, most: 1)
            case "{":
                guard let (least, most, end) = try bounds() else { return node }
                node = .repeated(node, least: least, most: most)
                position = end
            default: return node
            }
            position += 1
            // A lazy or possessive mark changes what is captured and not whether it matches.
            if next == "?" { position += 1 }
        }
        return node
    }

    /// `{2}`, `{2,}`, `{2,5}`; nil for a brace that is meant as one.
    private func bounds() throws(LinearPattern.Fault) -> (least: Int, most: Int?, end: Int)? {
        guard let end = scalars[position...].firstIndex(of: "}") else { return nil }
        var inside = ""
        inside.unicodeScalars.append(contentsOf: scalars[(position + 1)..<end])
        let parts = inside.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let least = Int(parts[0]) else { return nil }
        var most: Int? = least
        if parts.count == 2 {
            if parts[1].isEmpty {
                most = nil
            } else {
                guard let number = Int(parts[1]) else { return nil }
                most = number
            }
        }
        guard least <= 200, most ?? 0 <= 200 else { throw fault("a repetition of more than 200 times") }
        guard most.map({ $0 >= least }) ?? true else { throw fault("`{\(inside)}` counts backwards") }
        return (least, most, end)
    }

    private mutating func atom() throws(LinearPattern.Fault) -> PatternNode {
        guard let scalar = next else { throw fault("it ends too early") }
        position += 1
        switch scalar {
        case ".": return .any
        case "^": return .start
        case "$": return .end
        case "[": return .set(try scalarClass())
        case "(": return try group()
        case "*", "+", "?": throw fault("`\(scalar)` has nothing before it to repeat")
        case "\\": return try escape()
        default: return .set(.one(scalar))
        }
    }

    private mutating func group() throws(LinearPattern.Fault) -> PatternNode {
        if next == "?" {
            position += 1
            guard next == ":" else {
                throw fault("look-around, names and options inside are not known; `(?:...)` is")
            }
            position += 1
        }
        let node = try choice()
        guard next == ")" else { throw fault("a `(` has no `)`") }
        position += 1
        return node
    }

    private mutating func escape() throws(LinearPattern.Fault) -> PatternNode {
        guard let scalar = next else { throw fault("a `\\` stands at its end") }
        if scalar == "b" || scalar == "B" {
            position += 1
            return .boundary(isNegated: scalar == "B")
        }
        return .set(try escapedSet())
    }

    private mutating func escapedSet() throws(LinearPattern.Fault) -> ScalarSet {
        guard let scalar = next else { throw fault("a `\\` stands at its end") }
        position += 1
        switch scalar {
        case "d": return .digit
        case "D": return ScalarSet.digit.negated
        case "w": return .word
        case "W": return ScalarSet.word.negated
        case "s": return .space
        case "S": return ScalarSet.space.negated
        case "n": return .one("\n")
        case "t": return .one("\t")
        case "r": return .one("\r")
        case "0"..."9": throw fault("back references are not known: they may never end")
        case "a"..."z", "A"..."Z": throw fault("`\\\(scalar)` is not known")
        default: return .one(scalar)
        }
    }

    private mutating func scalarClass() throws(LinearPattern.Fault) -> ScalarSet {
        var set = ScalarSet(ranges: [])
        if next == "^" {
            set.isNegated = true
            position += 1
        }
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            position += 1
            var low = ScalarSet.one(scalar)
            if scalar == "\\" { low = try escapedSet() }
            guard !low.isNegated else { throw fault("`\\D`, `\\W` and `\\S` inside of brackets are not known") }
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set.ranges += low.ranges
                continue
            }
            position += 1
            guard let high = next, let start = low.ranges.first?.lowerBound, low.ranges.count == 1 else {
                throw fault("a range in brackets has no end")
            }
            position += 1
            let end = high == "\\" ? try escapedSet().ranges.first?.lowerBound ?? 0 : high.value
            guard end >= start else { throw fault("a range in brackets runs backwards") }
            set.ranges.append(start...end)
        }
        guard next == "]" else { throw fault("a `[` has no `]`") }
        position += 1
        return set
    }
}

/// From the tree to instructions; repetitions are written out, within a bound.
struct PatternCompiler {
    let options: PatternOptions
    private var program: [LinearPattern.Instruction] = []

    private static let longest = 20_000

    init(options: PatternOptions) { self.options = options }

    mutating func compile(_ node: PatternNode) throws(LinearPattern.Fault) -> [LinearPattern.Instruction] {
        try emit(node)
        program.append(.match)
        return program
    }

    private mutating func emit(_ node: PatternNode) throws(LinearPattern.Fault) {
        guard program.count < Self.longest else {
            throw LinearPattern.Fault(reason: "its repetitions amount to too much")
        }
        switch node {
        case .empty: break
        case .set(var set):
            set.ignoresCase = options.ignoresCase
            program.append(.scalar(set))
        case .any:
            program.append(
                .scalar(options.dotTakesNewlines ? ScalarSet(ranges: [], isNegated: true) : ScalarSet.newline.negated))
        case .start: program.append(.assert(options.isMultiline ? .lineStart : .textStart))
        case .end: program.append(.assert(options.isMultiline ? .lineEnd : .textEnd))
        case .boundary(let isNegated): program.append(.assert(isNegated ? .noWordBoundary : .wordBoundary))
        case .sequence(let items): for item in items { try emit(item) }
        case .choice(let branches): try emitChoice(branches)
        case .repeated(let inner, let least, let most): try emitRepetition(inner, least, most)
        }
    }

    private mutating func emitChoice(_ branches: [PatternNode]) throws(LinearPattern.Fault) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try emit(branch)
                break
            }
            let split = program.count
            program.append(.split(split + 1, 0))
            try emit(branch)
            jumps.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emitRepetition(
        _ inner: PatternNode, _ least: Int, _ most: Int?
    ) throws(LinearPattern.Fault) {
        for _ in 0..<least { try emit(inner) }
        guard let most else {
            let split = program.count
            program.append(.split(split + 1, 0))
            try emit(inner)
            program.append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(program.count)
            program.append(.split(program.count + 1, 0))
            try emit(inner)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}
