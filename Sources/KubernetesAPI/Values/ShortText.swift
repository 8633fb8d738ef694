extension String {
    /// At most so many characters on one line, without controls.
    package func shortened(_ limit: Int) -> String {
        var result = ""
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            result.unicodeScalars.append(isControl ? " " : scalar)
            if result.unicodeScalars.count >= limit { return result + "..." }
        }
        return result
    }
}
