/// A judgement about one answer, as data.
package enum Expectation: Sendable, Hashable, Codable {
    case present
    case absent
    case equals(String)
    case hasPrefix(String)
    /// The answer is a whole number that is not smaller.
    case atLeast(Int)
    /// Every word is among the words of the answer.
    case containsWords([String])
    /// Every piece occurs somewhere in the answer.
    case contains([String])
    /// Every line is among the lines of the answer.
    case containsLines([String])

    /// Whether it wants that something is not there.
    var isNothing: Bool { self == .absent || self == .equals("") }

    /// In words, to follow "expected".
    package var words: String {
        switch self {
        case .present: "to be there"
        case .absent: "to be absent"
        case .equals(let text): text.isEmpty ? "to be empty" : text
        case .hasPrefix(let text): "\(text)…"
        case .atLeast(let number): "at least \(number)"
        case .containsWords(let words): words.joined(separator: " ")
        case .contains(let pieces): pieces.joined(separator: ", ")
        case .containsLines(let lines): lines.joined(separator: ", ")
        }
    }
}

/// A probe and what its answer should be.
package struct Check: Sendable, Hashable, Codable {
    package var probe: Probe
    package var expectation: Expectation
    /// What is checked, as a noun phrase: `file /etc/containerd/config.toml`.
    package var title: String

    package init(_ probe: Probe, _ expectation: Expectation, title: String? = nil) {
        self.probe = probe
        self.expectation = expectation
        self.title = title ?? "\(probe.kind.rawValue) \(probe.subject)"
    }

    package enum Verdict: Sendable, Hashable, Codable {
        case passed
        case failed(observed: String)
        case unknown(String)
    }

    /// Judges an answer.
    ///
    /// An unknown answer is never a pass and never a failure.
    package func verdict(on value: FactValue) -> Verdict {
        switch (value, expectation) {
        case (.unknown(let reason), _): return .unknown(reason)
        case (.absent, .absent): return .passed
        case (.absent, _): return .failed(observed: "absent")
        case (.present, .present): return .passed
        case (.present(let text), .absent): return .failed(observed: text)
        case (.present(let text), .equals(let wanted)):
            return text == wanted ? .passed : .failed(observed: text)
        case (.present(let text), .hasPrefix(let prefix)):
            return text.hasPrefix(prefix) ? .passed : .failed(observed: text)
        case (.present(let text), .atLeast(let least)):
            guard let number = Int(text) else { return .failed(observed: text) }
            return number >= least ? .passed : .failed(observed: text)
        case (.present(let text), .containsWords(let wanted)):
            let words = Set(text.split(whereSeparator: \.isWhitespace))
            return wanted.allSatisfy { words.contains(Substring($0)) } ? .passed : .failed(observed: text)
        case (.present(let text), .contains(let pieces)):
            let missing = pieces.filter { !text.contains($0) }
            return missing.isEmpty ? .passed : .failed(observed: "missing \(missing.joined(separator: ", "))")
        case (.present(let text), .containsLines(let wanted)):
            let lines = Set(text.split(separator: "\n"))
            let missing = wanted.filter { !lines.contains(Substring($0)) }
            return missing.isEmpty ? .passed : .failed(observed: "missing \(missing.joined(separator: ", "))")
        }
    }
}
