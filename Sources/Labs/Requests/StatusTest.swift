/// What the status of an answer must be.
package struct StatusTest: Sendable, Hashable {
    package var range: CountRange
    /// Anything but these.
    package var not: [Int]

    package init(_ range: CountRange = CountRange(), not: [Int] = []) {
        self.range = range
        self.not = not
    }

    package static let ok = StatusTest(CountRange(least: 200, most: 200))

    package func holds(_ status: Int) -> Bool { range.contains(status) && !not.contains(status) }

    package var words: String {
        var parts: [String] = []
        switch (range.least, range.most) {
        case (let least?, let most?): parts.append(least == most ? "\(least)" : "from \(least) to \(most)")
        case (let least?, nil): parts.append("from \(least) on")
        case (nil, let most?): parts.append("up to \(most)")
        case (nil, nil): break
        }
        if !not.isEmpty { parts.append("not \(not.map(String.init).joined(separator: ", "))") }
        return parts.joined(separator: ", ")
    }
}
