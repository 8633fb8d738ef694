import Glibc

/// A process that is not mistaken for another one which got the same number later.
struct ProcessIdentity: Hashable, Sendable {
    var pid: Int32
    /// Clock ticks between the machine's boot and the start of the process (field 22 of /proc/PID/stat).
    var startTicks: UInt64
    /// The machine's boot: numbers and ticks begin anew after it.
    var boot: String

    /// Reads what the keeper of a host recorded: its own /proc/PID/stat line, then the boot's identifier.
    init?(record: String) {
        let lines = record.split(separator: "\n")
        guard lines.count == 2, let parsed = Self.parse(stat: String(lines[0])) else { return nil }
        self.init(pid: parsed.pid, startTicks: parsed.startTicks, boot: String(lines[1]))
    }

    init(pid: Int32, startTicks: UInt64, boot: String) {
        self.pid = pid
        self.startTicks = startTicks
        self.boot = boot
    }

    /// Number and start of a process from its stat line.
    ///
    /// The name in parentheses may hold spaces and parentheses.
    static func parse(stat: String) -> (pid: Int32, startTicks: UInt64, state: Character)? {
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close,
            let pid = Int32(stat[..<open].filter { !$0.isWhitespace })
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > 19, let ticks = UInt64(fields[19]), let state = fields[0].first else { return nil }
        return (pid, ticks, state)
    }

    static var currentBoot: String {
        (Files.read("/proc/sys/kernel/random/boot_id") ?? "").filter { !$0.isWhitespace }
    }

    /// Whether this very process still runs.
    var isAlive: Bool {
        guard boot == Self.currentBoot, let text = Files.read("/proc/\(pid)/stat"), let now = Self.parse(stat: text)
        else { return false }
        return now.pid == pid && now.startTicks == startTicks && now.state != "Z"
    }

    /// Sends a signal, if this very process still runs.
    func send(_ signal: Int32) {
        if isAlive { kill(pid, signal) }
    }

    /// Seconds since the process started.
    var uptime: Int? {
        guard let text = Files.read("/proc/uptime"), let now = text.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        return max(0, Int(now - Double(startTicks) / Double(sysconf(Int32(_SC_CLK_TCK)))))
    }
}
