internal import Planning

/// What systemd says about the kubelet and containerd; asked once for several probes.
struct HostServices {
    struct Unit {
        var load: String
        var active: String
        var sub: String
        /// Automatic restarts since somebody last started it by hand; nil before systemd 235.
        var restarts: Int?
        /// How long its main process has been running, in seconds.
        var age: Double?
    }

    static let question = Probe.script(
        "health.services",
        """
        \(HostShell.requiring("systemctl"))
        read -r uptime rest </proc/uptime
        echo "uptime=$uptime"
        timeout 3 systemctl show -p Id -p LoadState -p ActiveState -p SubState -p NRestarts \
        -p ExecMainStartTimestampMonotonic kubelet.service containerd.service 2>/dev/null || true
        """)

    private let units: [String: Unit]

    init(_ host: HealthHost) throws {
        guard let text = try host.answer(Self.question) else { throw Unmeasured("the host has nothing to answer") }
        let uptime = try HostAnswer(text).number("uptime")
        var units: [String: Unit] = [:]
        var values: [Substring: Substring] = [:]
        func finish() {
            defer { values = [:] }
            guard let id = values["Id"] else { return }
            // systemd counts microseconds of the kernel's monotonic clock; 0 means never.
            let started = values["ExecMainStartTimestampMonotonic"].flatMap { Double($0) } ?? 0
            units[String(id)] = Unit(
                load: String(values["LoadState"] ?? ""), active: String(values["ActiveState"] ?? ""),
                sub: String(values["SubState"] ?? ""), restarts: values["NRestarts"].flatMap { Int($0) },
                age: started > 0 ? max(0, uptime - started / 1_000_000) : nil)
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard let equals = line.firstIndex(of: "=") else {
                finish()
                continue
            }
            values[line[..<equals]] = line[line.index(after: equals)...]
        }
        finish()
        guard !units.isEmpty else { throw Unmeasured("systemd did not answer") }
        self.units = units
    }

    /// Throws if systemd knows no such unit.
    func unit(_ name: String) throws -> Unit {
        guard let unit = units["\(name).service"], unit.load != "not-found" else {
            throw Unmeasured("systemd has no service \(name)")
        }
        return unit
    }
}
