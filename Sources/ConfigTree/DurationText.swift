/// Spans of time as labs and frameworks write them: `500ms`, `90s`, `20m`, `1h30m`.
package enum DurationText {
    /// nil for anything else.
    package static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total = Duration.zero
        var lastUnit = Int64.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Int64(digits), number < 1_000_000_000, let size = units[unit], size < lastUnit else {
                return nil
            }
            lastUnit = size
            total += .milliseconds(number * size)
        }
        return total
    }

    private static let units: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]

    /// `90 s`, `20 min`, `2 h`.
    package static func text(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let seconds = milliseconds / 1000
        if seconds < 120 || seconds % 60 != 0 { return "\(seconds) s" }
        if seconds < 7200 || seconds % 3600 != 0 { return "\(seconds / 60) min" }
        return "\(seconds / 3600) h"
    }
}

extension Duration {
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
