/// One line that the measuring script printed: `martlet|KIND|TARGET|RESULT|NUMBER`.
struct MeasuringLine: Sendable, Hashable {
    enum Kind: String, Sendable {
        case tcp
        case udp
        case big
        case nodePort = "node-port"
        case service
        case apiService = "api-service"
        case policyAllowed = "policy-allowed"
        case policyDenied = "policy-denied"
        case name
        case absent
        case external
        case domain
        case call
        case end
    }

    var kind: Kind
    var target: String
    /// `ok`, or the word for what happened instead.
    var result: String
    /// Milliseconds; of `big` that came short, bytes.
    var number: Int

    var isOK: Bool { result == "ok" }
    var seconds: Double { Double(number) / 1000 }

    /// All lines that are understood; a pod may print others (messages of its shell).
    static func parse(_ text: String) -> [MeasuringLine] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
            guard parts.count == 5, parts[0] == "martlet", let kind = Kind(rawValue: String(parts[1])),
                let number = Int(parts[4])
            else { return nil }
            return MeasuringLine(kind: kind, target: String(parts[2]), result: String(parts[3]), number: number)
        }
    }
}

/// What one node's pod measured, or why it did not.
struct NodeMeasurement: Sendable {
    var node: String
    /// Nodes it was to reach, itself included.
    var peers: [String] = []
    var lines: [MeasuringLine] = []
    var problem: Problem?

    /// Why there are no lines.
    struct Problem: Sendable, Hashable {
        var text: String
        /// It says nothing about the cluster's network: an image that cannot be had, rights that are missing.
        var isOurs: Bool
        var evidence: [String] = []
    }

    var subject: String { "node/\(node)" }

    func lines(_ kind: MeasuringLine.Kind) -> [MeasuringLine] { lines.filter { $0.kind == kind } }

    /// The script ran to its end.
    var isComplete: Bool { lines.contains { $0.kind == .end } }
}

extension [NodeMeasurement] {
    /// Asks every node that measured; the others become a finding `unknown` that says why.
    func judgeEach(_ judge: (NodeMeasurement) -> [Judgement]) -> [Judgement] {
        flatMap { measurement -> [Judgement] in
            if let problem = measurement.problem {
                return [Judgement(.unknown, measurement.subject, problem.text, evidence: problem.evidence)]
            }
            return judge(measurement)
        }
    }
}
