internal import Diagnostics
internal import KubernetesAPI

/// What needs no load: which code is taken, and what is to be seen of it.
extension Assessment {
    // MARK: rule 7: bring your own code

    func languageFacts() async -> Measured<AssessFacts.Languages> {
        guard !probe.languages.isEmpty else {
            return .unknown("there is no hello function for any of the framework's runtimes")
        }
        var seen = AssessFacts.Languages(answered: [])
        for (language, order) in probe.languages {
            do throws(Diagnostic) {
                _ = try await deploy(order.name, order)
                seen.answered.append(language)
            } catch {
                if Self.isAboutTheImage(error) {
                    seen.unavailable[language] = error.summary
                } else {
                    seen.failed[language] = error.summary
                }
            }
            try? await platform.delete(order.name)
        }
        return .value(seen)
    }

    func imageFacts() async -> Measured<AssessFacts.Image> {
        guard platform.site.takesImages else {
            return .value(.init(isTaken: false, seconds: 0, problem: "\(platform.site.framework) takes no images"))
        }
        guard let order = probe.image else { return .unknown("no image was named (--image)") }
        do throws(Diagnostic) {
            let start = clock.now
            try await trial(order.name, order).deploy(within: limits.patience)
            let answer = try await answer(order.name, within: limits.patience, accepts: Self.isTheFunctionsOwn)
            let seconds = (clock.now - start) / .seconds(1)
            try? await platform.delete(order.name)
            return .value(.init(isTaken: true, seconds: seconds, problem: "", status: answer.status))
        } catch {
            try? await platform.delete(order.name)
            guard !Self.isAboutTheImage(error) else { return .unknown(error.summary) }
            return .value(.init(isTaken: true, seconds: 0, problem: error.summary))
        }
    }

    /// Success, or what only a function says: gateways answer 404 for a route that they do not know yet, 408 and 429 for their limits.
    private static func isTheFunctionsOwn(_ answer: InvocationAnswer) -> Bool {
        answer.isSuccess || (400..<500).contains(answer.status) && ![404, 408, 429].contains(answer.status)
    }

    /// An image that cannot be had, or that ends by itself, says nothing of the framework.
    private static func isAboutTheImage(_ error: Diagnostic) -> Bool {
        ["function.image", "function.crash", "function.runtime-image"].contains(error.code)
    }

    // MARK: rule 8: instrumentation

    func logFacts() async throws(Diagnostic) -> Measured<AssessFacts.Logs> {
        let word = "martletlog\(Int.random(in: 100_000...999_999))"
        guard await ask(Self.first, "log \(word)") != nil else { return .unknown("the function did not answer") }
        let start = clock.now
        let limit = min(Duration.seconds(30), limits.patience)
        while clock.now - start < limit, !Task.isCancelled {
            if try await platform.logs(Self.first, tail: 200).contains(where: { $0.text.contains(word) }) {
                return .value(.init(seconds: (clock.now - start) / .seconds(1), waitedSeconds: 0))
            }
            try? await clock.sleep(for: .milliseconds(300))
        }
        return .value(.init(seconds: nil, waitedSeconds: (clock.now - start) / .seconds(1)))
    }

    func metricFacts() async throws(Diagnostic) -> Measured<AssessFacts.Metrics> {
        let before = try await platform.counted(Self.first)
        let start = clock.now
        var sent = 0
        for _ in 0..<10 where await ask(Self.first, "host") != nil { sent += 1 }
        guard sent > 0 else { return .unknown("the function did not answer") }
        let limit = min(Duration.seconds(30), limits.patience)
        var seen = AssessFacts.Metrics(name: before?.metric ?? "", sent: sent, counted: 0, seconds: 0)
        while clock.now - start < limit, !Task.isCancelled {
            if let now = try await platform.counted(Self.first) {
                seen.name = now.metric
                seen.counted = Int(now.value - (before?.value ?? 0))
                seen.seconds = (clock.now - start) / .seconds(1)
                if seen.counted >= sent { break }
            } else if before == nil, clock.now - start > limit / 3 {
                break
            }
            try? await clock.sleep(for: .milliseconds(300))
        }
        return .value(seen)
    }
}
