/// Sizes of memory as people write them.
enum MemorySize {
    /// Bytes of `512M`, `2G`, `2Gi`, `1073741824`; nil if it is not a size of at least 64 MiB.
    static func bytes(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let factors: [String: UInt64] = [
            "": 1, "k": 1 << 10, "ki": 1 << 10, "m": 1 << 20, "mi": 1 << 20, "g": 1 << 30, "gi": 1 << 30,
        ]
        guard let number = UInt64(digits), let factor = factors[text.dropFirst(digits.count).lowercased()] else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow || bytes < 64 << 20 ? nil : bytes
    }
}
