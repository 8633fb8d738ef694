/// What one flag must say, and what holds where it is not given.
struct FlagRule: Sendable {
    enum Expectation: Sendable {
        case equals(String)
        case isSet
        case isNotSet
        case includes(String)
        case includesAny([String])
        case excludes(String)
        case atLeast(Int)
        case isNot(String)
        /// Given, and nothing beyond these.
        case isWithin([String])
    }

    var flag: String
    var expectation: Expectation
    /// The program's own default; nil where there is none, and then only `isNotSet`, `excludes` and `isNot` are met.
    var fallback: String?
    /// A flag of a file of settings: where that is given, this flag is ignored.
    var ignoredWith: String?

    init(_ flag: String, _ expectation: Expectation, default fallback: String? = nil, ignoredWith: String? = nil) {
        self.flag = flag
        self.expectation = expectation
        self.fallback = fallback
        self.ignoredWith = ignoredWith
    }

    /// - Throws: `Unmeasured` if the flag does not decide.
    func isMet(_ arguments: ProcessArguments) throws -> Bool {
        if let ignoredWith, let file = arguments[ignoredWith] {
            throw Unmeasured("--\(flag) is ignored, because settings come from \(file), which was not read")
        }
        let value = arguments[flag] ?? fallback
        let list = arguments[flag] == nil ? (fallback.map { [$0] } ?? []) : arguments.list(flag)
        switch expectation {
        case .equals(let wanted): return value.map { Self.isSame($0, wanted) } ?? false
        case .isSet: return value?.isEmpty == false
        case .isNotSet: return arguments[flag] == nil
        case .includes(let word): return list.contains(word)
        case .includesAny(let words): return list.contains { words.contains($0) }
        case .excludes(let word): return !list.contains(word)
        case .atLeast(let number): return value.flatMap { Int($0) }.map { $0 >= number } ?? false
        case .isNot(let unwanted): return value.map { !Self.isSame($0, unwanted) } ?? true
        case .isWithin(let words): return !list.isEmpty && list.allSatisfy(words.contains)
        }
    }

    /// `--profiling=true`, or that it is not given.
    func measured(_ arguments: ProcessArguments) -> String {
        if let value = arguments[flag] { return "--\(flag)=\(value.prefix(120))" }
        return "--\(flag) is not set" + (fallback.map { ", which means \($0)" } ?? "")
    }

    var threshold: String {
        switch expectation {
        case .equals(let wanted): "--\(flag)=\(wanted)"
        case .isSet: "--\(flag) is set"
        case .isNotSet: "--\(flag) is not set"
        case .includes(let word): "--\(flag) with \(word)"
        case .includesAny(let words): "--\(flag) with \(words.joined(separator: " or "))"
        case .excludes(let word): "--\(flag) without \(word)"
        case .atLeast(let number): "--\(flag) of \(number) or more"
        case .isNot(let unwanted): "--\(flag) other than \(unwanted)"
        case .isWithin: "--\(flag) with strong suites only"
        }
    }

    /// Equal, or two words for the same truth value (Go's strconv.ParseBool).
    private static func isSame(_ value: String, _ wanted: String) -> Bool {
        switch wanted {
        case "true": ["1", "t", "T", "true", "TRUE", "True"].contains(value)
        case "false": ["0", "f", "F", "false", "FALSE", "False"].contains(value)
        default: value == wanted
        }
    }

    /// One judgement of one host by several rules, all of which must hold.
    static func judge(
        _ rules: [FlagRule], _ arguments: ProcessArguments, _ subject: String, otherwise: HealthStatus
    ) throws -> Judgement {
        let broken = try rules.filter { try !$0.isMet(arguments) }
        return Judgement(
            broken.isEmpty ? .pass : otherwise, subject,
            joined((broken.isEmpty ? rules : broken).map { $0.measured(arguments) }),
            threshold: joined(rules.map(\.threshold)))
    }

    /// Each once: several rules may be about one flag.
    private static func joined(_ words: [String]) -> String {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }
}
