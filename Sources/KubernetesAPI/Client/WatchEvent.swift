/// What happened to an object that is watched.
package enum WatchEvent: Sendable, Hashable {
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
    /// Nothing happened up to this resource version.
    case bookmark(String)
    /// The server has forgotten what happened since the last event: list again, and watch from there.
    ///
    /// The watch goes on by itself from the present; what happened in between is not told.
    case restarted
}

/// Cuts the endless answer of a watch into its lines.
struct WatchLines {
    private var rest: [UInt8] = []

    /// One object larger than this is no object of Kubernetes, whose store takes 1.5 MiB by default.
    static let longestLine = 32 << 20

    /// Nil when a line is too long.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: bytes[start..<end])
            if !rest.isEmpty { lines.append(rest) }
            rest = []
            start = end + 1
        }
        rest.append(contentsOf: bytes[start...])
        return rest.count <= Self.longestLine ? lines : nil
    }
}
