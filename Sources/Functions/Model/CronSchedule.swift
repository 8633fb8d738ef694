/// When a schedule calls a function: what all frameworks' timers take alike.
///
/// They are CronJobs, PingSources and timers of Go's robfig/cron v3 (parser.go, spec.go), which is the strictest of them: its week
/// begins with 0 and ends with 6. Times are UTC.
package enum CronSchedule {
    private struct Field {
        var name: String
        var range: ClosedRange<Int>
        /// In the order of their numbers, from the range's first on.
        var words: [String] = []

        var expected: String {
            var text = "\(range.lowerBound) to \(range.upperBound)"
            if let first = words.first, let last = words.last { text += " or \(first) to \(last)" }
            return text + ", `*`, a list `1,2`, a range `1-3` or a step `*/2`"
        }
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23),
        Field(name: "day of the month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        Field(name: "day of the week", range: 0...6, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    private static let macros = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"]

    /// What is wrong with a schedule, and what was expected; nil if it is one.
    package static func fault(_ text: String) -> String? {
        let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
        if let first = words.first, first.hasPrefix("@") { return macroFault(first, Array(words.dropFirst())) }
        guard words.count == fields.count else {
            return
                "there \(words.count == 1 ? "is 1 field" : "are \(words.count) fields"): expected the five fields of cron "
                + "(minute, hour, day of the month, month, day of the week), such as `0 6 * * *`, or a word such as @hourly"
        }
        for (field, word) in zip(fields, words) {
            if let fault = fault(word, field) { return "\(field.name) `\(word.prefix(80))`: \(fault)" }
        }
        return nil
    }

    private static func fault(_ word: String, _ field: Field) -> String? {
        for item in word.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let span = parts.first else { return "expected \(field.expected)" }
            if parts.count == 2 {
                // One beyond the range is taken: `*/60` is once an hour.
                guard let step = number(parts[1]), step > 0 else {
                    return "the step `\(parts[1])` is none: expected a number from 1 on"
                }
            }
            if span == "*" || span == "?" { continue }
            let ends = span.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2 else { return "expected \(field.expected)" }
            var values: [Int] = []
            for end in ends {
                guard let value = value(end, field) else {
                    let isSunday = field.range == 0...6 && end == "7"
                    return "expected \(field.expected)" + (isSunday ? "; Sunday is 0" : "")
                }
                values.append(value)
            }
            if let first = values.first, let last = values.last, first > last {
                return "the range `\(span)` ends before it begins"
            }
        }
        return nil
    }

    private static func value(_ text: Substring, _ field: Field) -> Int? {
        if let index = field.words.firstIndex(of: text.lowercased()) { return field.range.lowerBound + index }
        return number(text).flatMap { field.range.contains($0) ? $0 : nil }
    }

    /// Digits only: `Int` also takes signs.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private static func macroFault(_ word: String, _ rest: [String]) -> String? {
        let known = "\(macros.joined(separator: ", ")) or `@every DURATION`"
        guard word == "@every" else {
            return macros.contains(word) && rest.isEmpty ? nil : "`\(word)` is no such word: expected \(known)"
        }
        guard rest.count == 1, let seconds = seconds(rest[0]), seconds >= 1 else {
            return "`@every` takes a duration of a second or more, such as 90s, 15m or 1h30m"
        }
        return nil
    }

    /// As Go writes durations (time.ParseDuration), without parts of a second.
    private static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["h": 3600, "m": 60, "s": 1]
        var total = 0
        var digits = ""
        for character in text {
            if let unit = units[character] {
                // A hundred years, so that nothing overflows.
                guard let count = number(digits[...]), count <= 3_200_000_000 / unit else { return nil }
                total += count * unit
                digits = ""
            } else {
                digits.append(character)
            }
        }
        return digits.isEmpty && !text.isEmpty ? total : nil
    }
}
