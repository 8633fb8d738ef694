internal import Diagnostics
internal import Foundation
internal import Health

/// A report that was saved with `--format json`.
enum OlderReport {
    static func load(_ path: String) throws -> HealthReport {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic(code: "file.missing", "\(path) cannot be read", exitCode: .invalid)
        }
        do {
            return try JSONDecoder().decode(HealthReport.self, from: data)
        } catch {
            throw Diagnostic(
                code: "health.report", "\(path) is no report of `martlet health --format json`",
                hint: "save one with `martlet health --format json --output \(path)`", exitCode: .invalid)
        }
    }
}
