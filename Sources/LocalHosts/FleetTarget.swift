import Diagnostics

/// A fleet, or some of its hosts, as named on the command line.
package struct FleetTarget: Hashable, Sendable {
    package var fleet: String
    /// nil: all hosts.
    package var hosts: Set<String>?

    package init(fleet: String, hosts: Set<String>? = nil) {
        self.fleet = fleet
        self.hosts = hosts
    }

    func covers(_ host: String) -> Bool { hosts?.contains(host) ?? true }

    /// Finds what `FLEET`, `HOST` or `FLEET/HOST` means among the fleets of this machine.
    package static func resolve(_ text: String, in records: [FleetRecord]) throws -> FleetTarget {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 {
            guard let record = records.first(where: { $0.name == parts[0] }) else {
                throw unknown(parts[0], among: records.map(\.name))
            }
            guard record.hosts.contains(where: { $0.name == parts[1] }) else {
                throw unknown(parts[1], among: record.hosts.map(\.name))
            }
            return FleetTarget(fleet: parts[0], hosts: [parts[1]])
        }
        if records.contains(where: { $0.name == text }) { return FleetTarget(fleet: text) }
        return try resolveHost(text, in: records)
    }

    /// Finds the one host that `HOST` or `FLEET/HOST` means.
    package static func resolveHost(_ text: String, in records: [FleetRecord]) throws -> FleetTarget {
        if text.contains("/") { return try resolve(text, in: records) }
        let owners = records.filter { $0.hosts.contains { $0.name == text || $0.address == text } }
        guard let owner = owners.first else {
            if let fleet = records.first(where: { $0.name == text }) {
                let hosts = fleet.hosts.map { "\(text)/\($0.name)" }
                throw Diagnostic(
                    code: "hosts.fleet", "\(text) is a fleet, not a host",
                    hint: "name one of its hosts: \(hosts.joined(separator: ", "))", exitCode: .usage)
            }
            throw unknown(text, among: records.flatMap { $0.hosts.map(\.name) })
        }
        guard owners.count == 1 else {
            throw Diagnostic(
                code: "hosts.ambiguous", "several fleets have a host \(text)",
                hint: "say which: \(owners.map { "\($0.name)/\(text)" }.joined(separator: " or "))", exitCode: .usage)
        }
        let host = owner.hosts.first { $0.name == text || $0.address == text }
        return FleetTarget(fleet: owner.name, hosts: Set([host?.name].compactMap { $0 }))
    }

    static func unknown(_ text: String, among names: [String]) -> Diagnostic {
        Diagnostic(
            code: "hosts.unknown", "no fleet and no host is called \(text)",
            hint: Suggestion.nearest(to: text, in: names).map { "did you mean \($0)?" }
                ?? "`martlet hosts list` shows what there is",
            exitCode: .usage)
    }
}
