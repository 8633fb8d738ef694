import Foundation
import TestSupport
import Testing

/// The table of what was proven: `manifests/health/proof.json` for the program, `docs/health-proof.md` for people.
///
/// `MARTLET_RECORD_PROOF=1` writes both; every other run must prove what they claim of the faults that it makes.
struct HealthProof {
    private struct Case: Codable, Hashable {
        var probe: String
        var fault: String
        var status: String
        /// Limits that were lowered to shorten the wait; nil if the probe's own applied.
        var limits: String?
    }

    private struct File: Codable {
        var cases: [Case]
    }

    private var cases: [Case] = []

    mutating func add(_ fault: HealthFault) {
        for (probe, status) in fault.proves {
            cases.append(Case(probe: probe, fault: fault.what, status: status.rawValue, limits: fault.limits))
        }
    }

    /// - Parameter leftOut: faults that were not made in this run.
    func settle(leftOut: Set<String>) throws {
        let sorted = cases.sorted { ($0.probe, $0.fault) < ($1.probe, $1.fault) }
        let data = URL(fileURLWithPath: Checkout.path("manifests/health/proof.json"))
        let page = URL(fileURLWithPath: Checkout.path("docs/health-proof.md"))
        if ProcessInfo.processInfo.environment["MARTLET_RECORD_PROOF"] == "1" {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try FileManager.default.createDirectory(
                at: data.deletingLastPathComponent(), withIntermediateDirectories: true)
            try (encoder.encode(File(cases: sorted)) + Data("\n".utf8)).write(to: data)
            try Self.page(sorted).write(to: page, atomically: true, encoding: .utf8)
        }
        let claimed = try JSONDecoder().decode(File.self, from: Data(contentsOf: data)).cases
        let missing = Set(claimed.filter { !leftOut.contains($0.fault) }).subtracting(sorted)
        #expect(missing.isEmpty, "claimed and not proven: \(missing)")
        #expect(try String(contentsOf: page, encoding: .utf8) == Self.page(claimed))
    }

    private static func page(_ cases: [Case]) -> String {
        var text = """
            # Which probe was seen red, and for what

            Written by the end-to-end tests (`MARTLET_RECORD_PROOF=1 scripts/test end-to-end`): each fault was made on a real
            cluster of three control planes and a worker, the probe was green before, said what stands here, and was green
            again afterwards (but for `versions.support`, of which that cluster is a case by itself). A probe that is not in this table has not been seen failing on a real cluster; `martlet health
            --list` shows which those are. Where limits stand, they were lowered for that case to shorten the wait.

            | probe | said | fault | limits |
            |---|---|---|---|

            """
        for each in cases {
            text += "| `\(each.probe)` | \(each.status) | \(each.fault) | \(each.limits.map { "`\($0)`" } ?? "") |\n"
        }
        return text
    }
}
