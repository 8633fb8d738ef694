import Diagnostics

/// Names of fleets and hosts: DNS labels in lower case.
package enum HostName {
    /// Throws unless the text is a DNS label of at most `limit` characters.
    package static func check(_ text: String, what: String, limit: Int = 63) throws {
        let allowed = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        guard allowed, (1...limit).contains(text.utf8.count), text.first != "-", text.last != "-" else {
            throw Diagnostic(
                code: "hosts.invalid-name", "\"\(text)\" cannot be the name of a \(what)",
                detail: "a name has 1 to \(limit) characters a-z, 0-9 and -, and neither starts nor ends with -",
                exitCode: .usage)
        }
    }
}
