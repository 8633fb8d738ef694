internal import ConfigTree
internal import KubernetesAPI

/// What an answer must be.
package struct HTTPExpectation: Sendable, Hashable {
    package var status: StatusTest?
    /// By name in lower case.
    package var headers: [String: TextTest]
    package var body: TextTest?
    package var json: [FieldExpectation]

    package var words: String {
        var parts: [String] = []
        if let status { parts.append("status \(status.words)") }
        parts += headers.sorted { $0.key < $1.key }.map { "header \($0.key) \($0.value.words)" }
        if let body { parts.append("the body \(body.words)") }
        parts += json.map(\.words)
        return parts.joined(separator: ", ")
    }

    /// nil if all holds.
    package func problem(in answer: HTTPExchange.Answer, _ fill: (String) -> String) -> String? {
        if let status, !status.holds(answer.status) {
            return "status \(answer.status)" + (answer.text.isEmpty ? "" : ": \(answer.text.shortened(160))")
        }
        for (name, test) in headers.sorted(by: { $0.key < $1.key }) {
            guard let value = answer.headers.first(where: { $0.name.lowercased() == name })?.value else {
                return "there is no header \(name)"
            }
            if let problem = test.problem(in: value, fill) { return "header \(name): \(problem)" }
        }
        if let problem = body?.problem(in: answer.text, fill) { return "the body: \(problem)" }
        if !json.isEmpty {
            guard let value = JSONValue.parse(Array(answer.text.utf8)) else {
                return "the body is no JSON: \(answer.text.shortened(120))"
            }
            for field in json {
                if let problem = field.problem(in: value, fill) { return problem }
            }
        }
        return nil
    }
}

extension HTTPExpectation {
    /// Status 200 and nothing else.
    package static let ok = HTTPExpectation(status: .ok, headers: [:], body: nil, json: [])

    /// nil if there is an answer and all holds.
    func problem(
        in outcome: Result<HTTPExchange.Answer, HTTPExchange.NoAnswer>, _ fill: (String) -> String
    ) -> String? {
        switch outcome {
        case .success(let answer): problem(in: answer, fill)
        case .failure(let silence): silence.text
        }
    }
}

/// One request and its answer.
package struct HTTPCheck: LabPrimitive {
    package static let word = "http"

    package var exchange: HTTPExchange
    package var expectation: HTTPExpectation
    /// What is asked again, `refused` or `503`, while everything else is judged at once.
    ///
    /// Empty asks again in any case.
    package var retryOn: [String]
    package var latencyMost: Duration?

    package var patience: Duration { .seconds(10) }

    package var foreignNamespaces: [String] { exchange.foreignNamespaces }

    package var expected: String {
        "\(exchange.target) answers" + (expectation.words.isEmpty ? "" : " with \(expectation.words)")
            + (latencyMost.map { " within \(LabDuration.text($0))" } ?? "")
    }

    package var question: String { "Sends \(exchange.target) and looks at the answer." }

    package var next: String {
        switch exchange.way {
        case .direct: "what listens there, and what it logs"
        case .pod(let name, _, let namespace): "`kubectl -n \(namespace ?? "${namespace}") logs \(name)`"
        case .podProxy(let selector, _, let namespace):
            "`kubectl -n \(namespace ?? "${namespace}") get pods -l \(selector)`, then their logs"
        case .serviceProxy(let service, _, let namespace), .nodePort(let service, _, let namespace):
            "`kubectl -n \(namespace ?? "${namespace}") describe service \(service)` (its endpoints), then the pods' logs"
        }
    }

    package func observe(_ context: CheckContext) async throws -> Observation {
        do {
            let answer = try await exchange.send(context)
            if let problem = expectation.problem(in: answer, context.fill) {
                let isFinal = !retryOn.isEmpty && !retryOn.contains(String(answer.status))
                return .fail(problem, isFinal: isFinal)
            }
            if let latencyMost, answer.seconds > latencyMost.inSeconds {
                return .fail("it took \(Int(answer.seconds * 1000)) ms")
            }
            return .pass(
                "status \(answer.status) after \(Int(answer.seconds * 1000)) ms",
                object: JSONValue.parse(Array(answer.text.utf8)))
        } catch let silence as HTTPExchange.NoAnswer {
            var observation = Observation.fail(
                silence.text, isFinal: !retryOn.isEmpty && !retryOn.contains(silence.kind.rawValue))
            if silence.kind == .absent { observation.clue = exchange.service.map(Clue.missing) }
            return observation
        }
    }
}
