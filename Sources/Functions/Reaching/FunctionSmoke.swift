package import Diagnostics

/// The smallest proof that a framework works: one function deployed, asked, and taken away again, whatever happens.
package struct FunctionSmoke: Sendable {
    package static let name = "martlet-smoke"

    package struct Expectation: Sendable, Hashable {
        package var status: Int
        /// A part of the answer's body.
        package var text: String?

        package init(status: Int, text: String?) {
            self.status = status
            self.text = text
        }
    }

    /// What it took.
    package struct Outcome: Sendable, Hashable {
        /// From the order until an instance was ready.
        package var ready: Duration
        /// Until the right answer came, from then on.
        package var answered: Duration
        /// Requests until then: a route may know a function later than its pod is ready.
        package var requests: Int
    }

    let platform: any FunctionPlatform
    let objects: FunctionObjects
    let order: FunctionOrder
    let invocation: Invocation
    let expected: Expectation
    /// For all of it but the removal.
    let deadline: Duration

    package init(
        _ platform: any FunctionPlatform, _ objects: FunctionObjects, order: FunctionOrder, invocation: Invocation,
        expected: Expectation, deadline: Duration
    ) {
        self.platform = platform
        self.objects = objects
        self.order = order
        self.invocation = invocation
        self.expected = expected
        self.deadline = deadline
    }

    /// - Throws: `framework.smoke` with the last answer; what kept the function from being deployed.
    package func run() async throws(Diagnostic) -> Outcome {
        let result: Result<Outcome, Diagnostic>
        do throws(Diagnostic) { result = .success(try await measure()) } catch { result = .failure(error) }
        let problem = await TrialFunction.remove([order.name], from: platform)[order.name]
        let outcome = try result.get()
        if let problem { throw problem }
        return outcome
    }

    private func measure() async throws(Diagnostic) -> Outcome {
        let clock = ContinuousClock()
        let start = clock.now
        let trial = TrialFunction(platform, objects, order: order)
        try await trial.deploy(within: deadline)
        let ready = clock.now
        let answer = await trial.ask(
            invocation, within: deadline - (ready - start), pause: .milliseconds(500), isRight: isRight)
        guard answer.isRight else { throw wrong(answer.last, answer.requests) }
        return Outcome(ready: ready - start, answered: clock.now - ready, requests: answer.requests)
    }

    private func isRight(_ answer: InvocationAnswer) -> Bool {
        answer.status == expected.status && (expected.text.map { answer.text.contains($0) } ?? true)
    }

    private func wrong(_ answer: Result<InvocationAnswer, Diagnostic>, _ requests: Int) -> Diagnostic {
        let words: String
        var evidence: [String] = []
        switch answer {
        case .success(let answer):
            words = "it answered with status \(answer.status)"
            let text = answer.text.split(whereSeparator: \.isNewline).prefix(5).map { String($0.prefix(200)) }
            evidence = text.map { line in
                String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
            }
        case .failure(let problem): words = problem.summary
        }
        let wanted = "expected status \(expected.status)" + (expected.text.map { " and `\($0)` in the answer" } ?? "")
        return Diagnostic(
            code: "framework.smoke",
            "\(platform.site.framework) is ready, and its smallest function does not do what it must: \(words)",
            detail: "\(wanted); \(requests) requests",
            hint: "`martlet framework status \(platform.site.framework)` and the logs of its pods tell more",
            evidence: evidence)
    }
}
