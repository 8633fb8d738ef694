/// What a probe found.
///
/// *Unknown* is not *absent*: a question that could not be answered proves nothing.
package enum FactValue: Sendable, Hashable, Codable {
    case absent
    case unknown(String)
    case present(String)

    package var text: String? {
        if case .present(let text) = self { text } else { nil }
    }
}

/// The answers of one host, all from one batch.
package struct HostFacts: Sendable, Hashable, Codable {
    package var answers: [Probe: FactValue]
    /// Text of files whose content is about to change, as far as it was fetched; for differences only.
    package var contents: [String: String]

    package init(answers: [Probe: FactValue] = [:], contents: [String: String] = [:]) {
        self.answers = answers
        self.contents = contents
    }

    package subscript(probe: Probe) -> FactValue {
        answers[probe] ?? .unknown("it was not asked")
    }

    package init(from decoder: any Decoder) throws {
        let stored = try Stored(from: decoder)
        answers = Dictionary(stored.answers.map { ($0.probe, $0.value) }, uniquingKeysWith: { first, _ in first })
        contents = stored.contents
    }

    package func encode(to encoder: any Encoder) throws {
        let sorted = answers.map { Stored.Answer(probe: $0.key, value: $0.value) }
            .sorted { ($0.probe.kind.rawValue, $0.probe.subject) < ($1.probe.kind.rawValue, $1.probe.subject) }
        try Stored(answers: sorted, contents: contents).encode(to: encoder)
    }

    /// The stable form on disk: a sorted list instead of a dictionary with structured keys.
    private struct Stored: Codable {
        struct Answer: Codable {
            var probe: Probe
            var value: FactValue
        }
        var answers: [Answer]
        var contents: [String: String]
    }
}

/// Facts of every host of a spec, by host name.
package struct Facts: Sendable, Hashable, Codable {
    package var hosts: [String: HostFacts]

    package init(hosts: [String: HostFacts] = [:]) { self.hosts = hosts }

    package subscript(host: String) -> HostFacts { hosts[host] ?? HostFacts() }
}
