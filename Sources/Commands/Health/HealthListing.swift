internal import Diagnostics
internal import Foundation
internal import Health
internal import Reporting

/// What `--list` and `--explain` print.
enum HealthListing {
    static var probes: [HealthProbe] { HealthCatalogue.all() }

    /// Those of profiles, too: for what names one of them.
    static var all: [HealthProbe] { probes + HealthCatalogue.profiles(HealthProfile.allCases) }

    private struct Entry: Encodable {
        struct Limit: Encodable {
            var name: String
            var value: Double
            var unit: String
        }
        var id: String
        var group: String
        var kind: String
        var title: String
        var limits: [Limit]
        /// Only if a real fault turned it red in the end-to-end tests (`manifests/health/proof.json`).
        var proven: Bool
    }

    private struct Listing: Encodable {
        var formatVersion = 1
        var probes: [Entry]
    }

    static func text(_ format: HealthFormat, profiles: [HealthProfile] = []) -> String {
        let probes = probes + HealthCatalogue.profiles(profiles)
        let proven = ProofTable.proven
        if format == .json {
            return JSONOutput.text(
                Listing(
                    probes: probes.map { probe in
                        Entry(
                            id: probe.id, group: probe.group.rawValue, kind: probe.kind.rawValue, title: probe.title,
                            limits: probe.limits.map { .init(name: $0.name, value: $0.value, unit: $0.unit) },
                            proven: proven.contains(probe.id))
                    }))
        }
        let rows = probes.map {
            [$0.id, $0.group.rawValue, $0.kind.rawValue, proven.contains($0.id) ? "proven" : "", $0.title]
        }
        return TextTable.render([["PROBE", "GROUP", "KIND", "", "WHAT HOLDS"]] + rows)
    }

    static func explanation(of id: String) throws -> String {
        guard let probe = all.first(where: { $0.id == id }) else { throw unknown(id) }
        var text = "\(probe.id)  (\(probe.group.rawValue), \(probe.kind.rawValue))\n\(probe.title)\n\n"
        text += TextWrap.wrap(probe.why, columns: 78) + "\n\nIf it does not hold:\n"
        text += TextWrap.wrap(probe.remedy, columns: 78) + "\n"
        if !probe.limits.isEmpty {
            text += "\nLimits (--thresholds):\n"
            for limit in probe.limits {
                text += "  \(limit.name): \(number(limit.value))\(limit.unit.isEmpty ? "" : " " + limit.unit)\n"
            }
        }
        return text
    }

    static func unknown(_ pattern: String) -> Diagnostic {
        let profile = HealthProfile.allCases.first { pattern == $0.rawValue || pattern.hasPrefix($0.rawValue + ".") }
        if let profile, HealthCatalogue.profiles([profile]).contains(where: { HealthCatalogue.matches(pattern, $0) }) {
            return Diagnostic(
                code: "health.unknown-probe", "\(pattern) belongs to a profile that was not asked for",
                hint: "add --profile \(profile.rawValue)", exitCode: .usage)
        }
        let words = all.map(\.id) + HealthProbe.Group.allCases.map(\.rawValue)
        let nearest = Suggestion.nearest(to: pattern, in: words).map { "; did you mean \($0)?" } ?? ""
        return Diagnostic(
            code: "health.unknown-probe", "there is no probe or group \(pattern)\(nearest)",
            hint: "`martlet health --list` names all", exitCode: .usage)
    }

    /// A probe was chosen that does more than the command may.
    static func needs(_ flag: String, for pattern: String) -> Diagnostic {
        Diagnostic(
            code: "health.needs-flag", "\(pattern) does more than read", hint: "add \(flag) to allow it",
            exitCode: .usage)
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
