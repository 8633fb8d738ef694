internal import Foundation

/// Times of reports, RFC 3339.
enum HealthTime {
    /// Seconds since 1970; nil if it is no time.
    static func seconds(_ text: String) -> Double? {
        let whole = try? Date(text, strategy: Date.ISO8601FormatStyle())
        let fine = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        return (whole ?? fine)?.timeIntervalSince1970
    }

    /// Earlier times first; what is no time comes before all others.
    static func isEarlier(_ left: String, _ right: String) -> Bool {
        let times = (seconds(left) ?? -.infinity, seconds(right) ?? -.infinity)
        return times.0 == times.1 ? left < right : times.0 < times.1
    }
}
