internal import Foundation
import Health

/// What a verdict cost, in words.
enum HealthCost {
    /// `took 1.2 s: 14 API calls (120 kB), 3 hosts over SSH`.
    static func text(_ cost: HealthReport.Cost) -> String {
        let seconds = String(format: "%.1f s", cost.seconds)
        let calls = "\(cost.apiCalls) API call\(cost.apiCalls == 1 ? "" : "s") (\(size(cost.apiBytes)))"
        let hosts = cost.hosts == 0 ? "no host" : "\(cost.hosts) host\(cost.hosts == 1 ? "" : "s")"
        return "took \(seconds): \(calls), \(hosts) over SSH"
    }

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1000: "\(bytes) B"
        case ..<1_000_000: "\((bytes + 500) / 1000) kB"
        default: String(format: "%.1f MB", Double(bytes) / 1e6)
        }
    }
}
