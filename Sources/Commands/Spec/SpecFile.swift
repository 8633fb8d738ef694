internal import Diagnostics

/// Files that a spec names together with their checksums.
enum SpecFile {
    /// - Parameter digest: SHA-256 of what was found.
    static func isAnother(_ location: String, digest: String, wanted: String, code: String) -> Diagnostic {
        Diagnostic(
            code: code, "\(location) is not the file that the spec names",
            detail: "its SHA-256 is \(digest), the spec says \(wanted)",
            hint: "look at the file; if it is the right one, put its checksum into the spec", exitCode: .invalid)
    }
}
