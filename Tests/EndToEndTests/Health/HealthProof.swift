import Foundation
import Synchronization
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

    /// What was made, whether it was seen or not.
    private var made: Set<String> = []
    private var cases: [Case] = []

    mutating func begin(_ fault: HealthFault) { made.insert(fault.what) }

    mutating func add(_ fault: HealthFault) {
        for (probe, status) in fault.proves {
            cases.append(Case(probe: probe, fault: fault.what, status: status.rawValue, limits: fault.limits))
        }
    }

    /// Faults are made on two clusters at once, and each records only its own.
    private static let files = Mutex<Void>(())

    func settle() throws { try Self.files.withLock { _ in try settleAlone() } }

    private func settleAlone() throws {
        let data = URL(fileURLWithPath: Checkout.path("manifests/health/proof.json"))
        let page = URL(fileURLWithPath: Checkout.path("docs/health-proof.md"))
        let known = Set(HealthFault.whole.map(\.what))
        if ProcessInfo.processInfo.environment["MARTLET_RECORD_PROOF"] == "1" {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let others = try Self.claimed(data).filter { known.contains($0.fault) && !made.contains($0.fault) }
            let all = (others + cases).sorted { ($0.probe, $0.fault) < ($1.probe, $1.fault) }
            try (encoder.encode(File(cases: all)) + Data("\n".utf8)).write(to: data)
            try Self.page(all).write(to: page, atomically: true, encoding: .utf8)
        }
        let claimed = try Self.claimed(data)
        let missing = Set(claimed.filter { made.contains($0.fault) || !known.contains($0.fault) }).subtracting(cases)
        #expect(missing.isEmpty, "claimed and not proven: \(missing)")
        #expect(try String(contentsOf: page, encoding: .utf8) == Self.page(claimed))
    }

    private static func claimed(_ file: URL) throws -> [Case] {
        try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).cases
    }

    private static func page(_ cases: [Case]) -> String {
        var text = """
            # Which probe was seen red, and for what

            Written by the end-to-end tests (`MARTLET_RECORD_PROOF=1 scripts/test end-to-end`): each fault was made on a real
            cluster of three control planes and a worker, or of one of each, the probe was green before, said what stands here, and was green
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
