/// Numbers as a person would say them.
enum HostWords {
    /// `64 GiB`, `512 MiB`, `12 KiB`.
    static func bytes(_ count: Double) -> String {
        var value = count
        var unit = "B"
        for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
            value /= 1024
            unit = larger
        }
        return "\(value < 10 && unit != "B" ? decimal(value) : whole(value)) \(unit)"
    }

    /// `38 %`.
    static func percent(_ value: Double) -> String { "\(whole(value)) %" }

    /// `12 ms`, `1.4 s`, of a latency in seconds.
    static func latency(_ seconds: Double) -> String {
        if seconds < 0.01 { return "\(decimal(seconds * 1000)) ms" }
        return seconds < 1 ? "\(whole(seconds * 1000)) ms" : "\(decimal(seconds)) s"
    }

    /// `40 s`, `12 min`, `5 h`, `31 days`.
    static func duration(_ seconds: Double) -> String {
        let size = seconds.magnitude
        if size < 120 { return "\(whole(seconds)) s" }
        if size < 7200 { return "\(whole(seconds / 60)) min" }
        return size < 172_800 ? "\(whole(seconds / 3600)) h" : "\(whole(seconds / 86_400)) days"
    }

    /// `3 hosts`, `1 host`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func whole(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "?" }
        return String(Int(value.rounded()))
    }

    private static func decimal(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "?" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0
            ? String(tenths / 10) : "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }
}
