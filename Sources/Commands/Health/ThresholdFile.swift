internal import ConfigTree
internal import Diagnostics
internal import Foundation
internal import Health
internal import YAMLDocument

/// Limits of one's own, by probe.
///
///     node.lease: {warn: 20, fail: 60}
enum ThresholdFile {
    /// - Throws: `Diagnostics` with everything that is wrong: probes or limits that do not exist, values that are no numbers.
    static func load(_ path: String?) throws -> [String: [String: Double]] {
        guard let path else { return [:] }
        let document = try YAMLReader.document(try YAMLFile.bytes(at: path), file: path)
        return try read(document.root)
    }

    static func read(_ root: ConfigNode) throws -> [String: [String: Double]] {
        let probes = Dictionary(uniqueKeysWithValues: HealthListing.all.map { ($0.id, $0) })
        let decoder = ConfigDecoder(family: "thresholds")
        var result: [String: [String: Double]] = [:]
        if root.kind != .mapping {
            decoder.report(
                "type", at: root, "the document must be a mapping of probes to limits",
                hint: "for example `node.lease: {warn: 20, fail: 60}`")
        }
        for (key, value) in root.entries {
            guard let probe = probes[key.text] else {
                let nearest = Suggestion.nearest(to: key.text, in: Array(probes.keys))
                decoder.report(
                    "unknown-probe", at: key, "there is no probe `\(key.text)`",
                    hint: nearest.map { "did you mean `\($0)`?" } ?? "`martlet health --list` names all")
                continue
            }
            guard value.kind == .mapping else {
                decoder.report(
                    "type", at: value, "`\(key.text)` must be a mapping of limits to numbers",
                    hint: "its limits are \(names(probe))")
                continue
            }
            for (limit, number) in value.entries {
                guard probe.limits.contains(where: { $0.name == limit.text }) else {
                    decoder.report(
                        "unknown-limit", at: limit, "`\(key.text)` has no limit `\(limit.text)`",
                        hint: "its limits are \(names(probe))")
                    continue
                }
                guard let amount = Double(number.text), amount.isFinite, amount >= 0 else {
                    decoder.report(
                        "value", at: number,
                        "`\(key.text).\(limit.text)` must be a number from 0 on, and `\(number.text)` is not")
                    continue
                }
                result[key.text, default: [:]][limit.text] = amount
            }
        }
        guard !decoder.hasErrors else { throw Diagnostics(decoder.diagnostics) }
        return result
    }

    private static func names(_ probe: HealthProbe) -> String {
        probe.limits.isEmpty ? "none" : probe.limits.map(\.name).joined(separator: ", ")
    }
}
