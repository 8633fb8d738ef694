import Foundation

/// What a host consists of, as far as a reset must give it back.
struct HostSnapshot {
    private let lines: Set<Substring>

    /// Caches, logs and what programs of the distribution write while they run are not of the kind that a reset gives back.
    private static let script = """
        find /etc /usr/local /opt /var/lib /usr/lib/systemd -xdev \\( -path /var/lib/systemd -o -path /var/lib/apt -o -path /var/lib/dpkg \
        -o -path /var/lib/private -o -path /var/lib/ucf -o -path /var/lib/sudo \\) -prune -o -print | sort | sed 's/^/path /'
        dpkg-query -W -f 'package ${Package} ${Version} ${db:Status-Status}\\n' | sort
        systemctl list-unit-files --no-pager --no-legend | awk '{ print "unit", $1, $2 }' | sort
        ip -o link | awk -F': ' '{ print "link", $2 }' | sort
        ip route | sed 's/^/route /' | sort
        iptables-save 2>/dev/null | grep -E '^-A' | sed 's/^/rule /' | sort
        ps -eo comm= | grep -E '^(kube|etcd|containerd|haproxy|keepalived)' | sed 's/^/process /' | sort -u
        true
        """

    static func take(_ fleet: TestFleet, _ host: String) async throws -> HostSnapshot {
        HostSnapshot(lines: Set(try await fleet.console(host, script).split(separator: "\n")))
    }

    /// What is there now and was not before, and the other way round.
    func difference(to later: HostSnapshot) -> [String] {
        lines.subtracting(later.lines).sorted().map { "gone: \($0)" }
            + later.lines.subtracting(lines).sorted().map { "new: \($0)" }
    }
}
