package import Foundation

/// Times as the API writes them: RFC 3339 in UTC, with a fraction of microseconds in a `MicroTime`.
package enum KubernetesTime {
    package static func parse(_ text: String?) -> Date? {
        guard let text, text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: "T")
        guard parts.count == 2 else { return nil }
        let date = parts[0].split(separator: "-").compactMap { Int($0) }
        let clock = parts[1].split(separator: ":")
        guard date.count == 3, clock.count == 3, let hours = Int(clock[0]), let minutes = Int(clock[1]),
            let seconds = Double(clock[2])
        else { return nil }
        let days = daysSinceEpoch(date[0], date[1], date[2])
        return Date(timeIntervalSince1970: Double(days * 86400 + hours * 3600 + minutes * 60) + seconds)
    }

    /// RFC 3339 in UTC, whole seconds.
    package static func text(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    /// Of the proleptic Gregorian calendar.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// A span in words: `3 s`, `12 min`, `5 h`, `3 days`.
package func span(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(Int(seconds)) s"
    case ..<7200: "\(Int(seconds / 60)) min"
    case ..<172_800: "\(Int(seconds / 3600)) h"
    default: "\(Int(seconds / 86400)) days"
    }
}
