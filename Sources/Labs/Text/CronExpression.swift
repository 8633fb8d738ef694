package import Foundation

/// A schedule in the five fields of cron, as Kubernetes reads it (robfig/cron: `*`, lists, ranges, steps, names, and `@daily` and
/// its like).
package struct CronExpression: Sendable, Hashable {
    let minutes: Set<Int>
    let hours: Set<Int>
    let days: Set<Int>
    let months: Set<Int>
    let weekdays: Set<Int>
    /// Days of the month and days of the week are alternatives only when both are limited.
    let limitsDays: Bool
    let limitsWeekdays: Bool

    /// Why a text is no schedule.
    package struct Fault: Error, Sendable, Hashable { package var reason: String }

    package init(_ text: String) throws(Fault) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let fields: [String]
        if let first = words.first, first.hasPrefix("@"), words.count == 1 {
            guard let known = Self.nicknames[first] else { throw Fault(reason: "`\(first)` is not known") }
            fields = known.split(separator: " ").map(String.init)
        } else {
            fields = words
        }
        guard fields.count == 5 else {
            let hint = fields.count == 6 || fields.count == 7 ? "; other schedulers put seconds or years there" : ""
            throw Fault(reason: "it has \(fields.count) fields, and cron has 5\(hint)")
        }
        minutes = try Self.field(fields[0], 0...59)
        hours = try Self.field(fields[1], 0...23)
        days = try Self.field(fields[2], 1...31)
        months = try Self.field(fields[3], 1...12, Self.monthNames)
        weekdays = Set(try Self.field(fields[4], 0...7, Self.weekdayNames).map { $0 % 7 })
        limitsDays = !Self.isOpen(fields[2])
        limitsWeekdays = !Self.isOpen(fields[4])
    }

    private static func isOpen(_ field: String) -> Bool { field.hasPrefix("*") || field.hasPrefix("?") }

    private static let nicknames = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ].enumerated().reduce(into: [String: Int]()) { $0[$1.element] = $1.offset + 1 }
    static let weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"].enumerated().reduce(
        into: [String: Int]()
    ) { $0[$1.element] = $1.offset }

    static func field(_ text: String, _ range: ClosedRange<Int>, _ names: [String: Int] = [:]) throws(Fault) -> Set<Int>
    {
        var values = Set<Int>()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let base = pieces.first, pieces.count <= 2 else { throw Fault(reason: "`\(part)` is not understood") }
            var step = 1
            if pieces.count == 2 {
                guard let number = Int(pieces[1]), number > 0 else { throw Fault(reason: "`\(part)` has no step") }
                step = number
            }
            var low = range.lowerBound
            var high = range.upperBound
            if base != "*", base != "?" {
                let ends = base.split(separator: "-", omittingEmptySubsequences: false)
                func number(_ word: Substring) throws(Fault) -> Int {
                    guard let value = Int(word) ?? names[word.uppercased()], range.contains(value) else {
                        throw Fault(
                            reason: "`\(word)` is not between \(range.lowerBound) and \(range.upperBound)")
                    }
                    return value
                }
                guard let first = ends.first, ends.count <= 2 else {
                    throw Fault(reason: "`\(part)` is not understood")
                }
                low = try number(first)
                if ends.count == 2 { high = try number(ends[1]) } else if pieces.count == 1 { high = low }
                guard low <= high else { throw Fault(reason: "`\(base)` runs backwards") }
            }
            values.formUnion(stride(from: low, through: high, by: step))
        }
        return values
    }

    /// The next times after `date` in a time zone; fewer if there are none within eight years.
    package func next(_ count: Int, after date: Date, in zone: TimeZone) -> [Date] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        var found: [Date] = []
        guard var day = calendar.dateInterval(of: .day, for: date)?.start else { return [] }
        for _ in 0..<(366 * 8) {
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: day)
            if isDay(parts) {
                for hour in hours.sorted() {
                    for minute in minutes.sorted() {
                        guard
                            let time = calendar.date(
                                from: DateComponents(
                                    year: parts.year, month: parts.month, day: parts.day, hour: hour, minute: minute)),
                            time > date
                        else { continue }
                        found.append(time)
                        if found.count == count { return found }
                    }
                }
            }
            guard let next = calendar.date(byAdding: .day, value: 1, to: day) else { return found }
            day = next
        }
        return found
    }

    private func isDay(_ parts: DateComponents) -> Bool {
        guard months.contains(parts.month ?? 0) else { return false }
        let isDay = days.contains(parts.day ?? 0)
        // Foundation counts Sunday as 1.
        let isWeekday = weekdays.contains((parts.weekday ?? 0) - 1)
        return limitsDays && limitsWeekdays ? isDay || isWeekday : isDay && isWeekday
    }
}
