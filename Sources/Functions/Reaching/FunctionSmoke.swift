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
        // Not a part of this task: an interruption must not keep it from tidying up.
        let removal = Task { [platform, name = order.name] () -> Diagnostic? in
            do throws(Diagnostic) { try await platform.remove(name) } catch {
                return error.code == "function.not-found" ? nil : error
            }
            return nil
        }
        let problem = await removal.value
        let outcome = try result.get()
        if let problem { throw problem }
        return outcome
    }

    private func measure() async throws(Diagnostic) -> Outcome {
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await platform.deploy(order)
        _ = try await FunctionWait(objects, deadline: deadline).run(order.name, pods: platform.pods(order.name)) {
            () throws(Diagnostic) in try await platform.find(order.name)
        }
        let ready = clock.now
        var requests = 0
        while true {
            requests += 1
            let answer: Result<InvocationAnswer, Diagnostic>
            do throws(Diagnostic) { answer = .success(try await platform.invoke(order.name, invocation)) } catch {
                answer = .failure(error)
            }
            if case .success(let answer) = answer, isRight(answer) {
                return Outcome(ready: ready - start, answered: clock.now - ready, requests: requests)
            }
            let pause = Duration.milliseconds(500)
            guard clock.now - start + pause < deadline else { throw wrong(answer, requests) }
            do { try await clock.sleep(for: pause) } catch { throw wrong(answer, requests) }
        }
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

extension FunctionPlatform {
    /// Deletes a function and waits until the framework no longer knows it.
    ///
    /// - Throws: `function.not-found`; `function.not-deleted` after a minute.
    package func remove(_ name: String) async throws(Diagnostic) {
        try await delete(name)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        while try await find(name) != nil {
            guard clock.now < end else {
                throw Diagnostic(
                    code: "function.not-deleted", "\(name) is still there after 60 s",
                    hint: "a finalizer may hold it: `martlet framework status \(site.framework)`")
            }
            do { try await clock.sleep(for: .milliseconds(200)) } catch {
                throw Diagnostic(
                    code: "function.interrupted", "\(name) is being deleted", hint: "it goes on by itself",
                    exitCode: .interrupted)
            }
        }
    }
}
