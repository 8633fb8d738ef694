import LocalHosts

extension FleetStatus {
    /// The text form: one line for each host, columns aligned.
    var table: String {
        var rows = [["FLEET", "HOST", "STATE", "ADDRESS", "PID", "UPTIME", "ROLES"]]
        for fleet in fleets {
            if fleet.hosts.isEmpty { rows.append([fleet.name, "-", fleet.phase, "-", "-", "-", "-"]) }
            for host in fleet.hosts {
                rows.append([
                    fleet.name, host.name, fleet.phase == "ready" ? host.state : "\(host.state) (\(fleet.phase))",
                    host.address, host.pid.map { String($0) } ?? "-", host.uptimeSeconds.map(Self.duration) ?? "-",
                    host.roles.joined(separator: ","),
                ])
            }
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// `42s`, `12m`, `3h05m`, `2d04h`.
    static func duration(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h\(two(seconds % 3600 / 60))m"
        default: return "\(seconds / 86400)d\(two(seconds % 86400 / 3600))h"
        }
    }
}
