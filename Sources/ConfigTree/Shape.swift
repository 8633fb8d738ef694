/// What a value may look like: the one description from which reading, the JSON Schema and `explain` follow.
package indirect enum Shape: Sendable {
    case text(TextFormat?)
    case boolean
    case integer(ClosedRange<Int>)
    case number
    /// One of these words.
    case choice([Choice])
    case list(Shape, minimum: Int)
    case map(key: TextFormat?, value: Shape)
    case record(RecordShape)
    /// The first that fits the kind of the value.
    case either([Shape])
    case anything

    package struct Choice: Sendable, Hashable {
        package var word: String
        package var summary: String

        package init(_ word: String, _ summary: String) {
            self.word = word
            self.summary = summary
        }
    }

    /// How messages call it, after "must be".
    package var noun: String {
        switch self {
        case .text(let format): format?.noun ?? "text"
        case .boolean: "true or false"
        case .integer(let range):
            switch (range.lowerBound == .min, range.upperBound == .max) {
            case (true, true): "a whole number"
            case (false, true): "a whole number, \(range.lowerBound) or more"
            case (true, false): "a whole number, \(range.upperBound) or less"
            case (false, false): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
        case .number: "a number"
        case .choice(let choices): Shape.alternatives(choices.map { "`\($0.word)`" })
        case .list(let item, _):
            if case .record(let record) = item { "a list of \(record.plural)" } else { "a list" }
        case .map: "a mapping"
        case .record(let record): "a mapping with \(record.keyExamples)"
        case .either(let shapes): Shape.alternatives(shapes.map(\.noun))
        case .anything: "a value"
        }
    }

    package static func alternatives(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

/// A mapping with known keys.
package struct RecordShape: Sendable {
    /// What it describes, "a host" style without article: `the host`, `the endpoint`.
    package var title: String
    package var plural: String
    package var fields: [FieldShape]
    /// Groups of keys of which exactly one must be there.
    package var exactlyOne: [[String]]
    /// What other programs call a key, and how it is called here.
    package var otherWords: OtherWords

    package init(
        title: String, plural: String? = nil, fields: [FieldShape], exactlyOne: [[String]] = [],
        otherWords: OtherWords = [:]
    ) {
        self.title = title
        self.plural = plural ?? "mappings"
        self.fields = fields
        self.exactlyOne = exactlyOne
        self.otherWords = otherWords
    }

    /// The first keys, for messages.
    var keyExamples: String {
        let names = fields.prefix(3).map { "`\($0.name)`" }
        return names.isEmpty ? "keys" : names.joined(separator: ", ") + (fields.count > 3 ? " and others" : "")
    }

    package func field(_ name: String) -> FieldShape? { fields.first { $0.name == name } }

    /// The mapping that somebody meant who wrote a single word.
    func wayToWrite(_ word: String) -> String? {
        if let field = field(word) {
            if case .record = field.shape { return "write it as `{ \(word): {} }`" }
            return "write it as `{ \(word): ... }`"
        }
        let owner = fields.first { field in
            guard case .choice(let choices) = field.shape else { return false }
            return choices.contains { $0.word == word }
        }
        if let owner { return "write it as `{ \(owner.name): \(word) }`" }
        let needed = fields.filter(\.isRequired).map { "\($0.name): ..." }
        return needed.isEmpty ? nil : "write it as `{ \(needed.joined(separator: ", ")) }`"
    }
}

package struct FieldShape: Sendable {
    package var name: String
    /// One sentence without a full stop.
    package var summary: String
    package var shape: Shape
    package var isRequired: Bool
    /// How the default is written in YAML; nil when there is none to show.
    package var defaultText: String?

    package init(name: String, summary: String, shape: Shape, isRequired: Bool, defaultText: String?) {
        self.name = name
        self.summary = summary
        self.shape = shape
        self.isRequired = isRequired
        self.defaultText = defaultText
    }
}

/// A kind of text: how it is called, the pattern for editors and the check that decides.
package struct TextFormat: Sendable {
    /// After "must be": `a DNS label`.
    package var noun: String
    /// A regular expression (ECMA 262) that accepts everything that `check` accepts, and as little else as it can.
    package var pattern: String?
    /// What is wrong with a text, as a clause: `it has 70 characters, and 63 are allowed`; nil when it is right.
    package var check: @Sendable (String) -> String?

    package init(_ noun: String, pattern: String? = nil, check: @escaping @Sendable (String) -> String?) {
        self.noun = noun
        self.pattern = pattern
        self.check = check
    }

    /// Anything that is not empty.
    package static let notEmpty = TextFormat("a text that is not empty", pattern: "^[\\s\\S]+$") { text in
        text.isEmpty ? "it is empty" : nil
    }
}
