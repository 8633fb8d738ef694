internal import ConfigTree
internal import KubernetesAPI

/// A table of inputs and answers; `${in}` in the request is the input of the row.
package struct CasesCheck: LabPrimitive {
    package static let word = "cases"

    package struct Row: Sendable, Hashable {
        package var input: String
        package var expectation: HTTPExpectation
    }

    package var exchange: HTTPExchange
    package var rows: [Row]
    /// In another order each time, so that nothing can count along.
    package var isShuffled: Bool

    package var patience: Duration { .seconds(10) }

    package var foreignNamespaces: [String] {
        if case .serviceProxy(_, _, let namespace?) = exchange.way { [namespace] } else { [] }
    }

    package var expected: String {
        "each of \(counted(rows.count, "case")): "
            + rows.prefix(6).map { "`\($0.input.shortened(30))` gives \($0.expectation.words)" }.joined(separator: "; ")
            + (rows.count > 6 ? "; and others" : "")
    }

    package var question: String { "Sends \(exchange.target) for each of \(counted(rows.count, "input"))." }
    package var next: String { "the first input that is answered wrongly, sent by hand" }

    package func observe(_ context: CheckContext) async throws -> Observation {
        var problems: [String] = []
        for row in isShuffled ? rows.shuffled() : rows {
            let input = context.fill(row.input)
            var variables = context.variables
            variables["in"] = input
            do {
                let answer = try await exchange.send(context, extra: ["in": input])
                if let problem = row.expectation.problem(in: answer, { TextTemplate.fill($0, variables) }) {
                    problems.append("`\(input.shortened(40))`: \(problem)")
                }
            } catch let silence as HTTPExchange.NoAnswer {
                problems.append("`\(input.shortened(40))`: \(silence.text)")
            }
        }
        guard problems.isEmpty else {
            return .fail("\(problems.count) of \(rows.count) are wrong: \(problems.prefix(3).joined(separator: "; "))")
        }
        return .pass("all \(rows.count) as expected")
    }
}
