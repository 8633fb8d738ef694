/// Text for a POSIX shell.
package enum Shell {
    /// The word in single quotes, unless it consists of harmless characters only.
    package static func quote(_ word: String) -> String {
        let isHarmless =
            !word.isEmpty
            && word.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "="),
                    UInt8(ascii: ","), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
        guard !isHarmless else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
