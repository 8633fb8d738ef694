/// Files that a test makes and then executes.
///
/// Another process writes them. What this one has open for writing is open for a moment in whatever another test starts just
/// then, too, and while anybody has it open, executing it fails ("Text file busy").
package enum ProgramFile {
    package static func write(_ bytes: [UInt8], to path: String, mode: Int = 0o755) throws {
        try Running.succeed(
            "sh", ["-c", #"cat >"$1" && chmod "$2" "$1""#, "sh", path, String(mode, radix: 8)], input: .bytes(bytes))
    }

    /// Keeps the mode.
    package static func copy(_ source: String, to path: String) throws {
        try Running.succeed("cp", ["-p", source, path])
    }
}
