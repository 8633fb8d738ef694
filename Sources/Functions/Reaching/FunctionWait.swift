package import Diagnostics
internal import KubernetesAPI

/// Waits until a function can answer, and ends early when it never will.
package struct FunctionWait: Sendable {
    package let objects: FunctionObjects
    package var deadline: Duration
    /// An image that cannot be pulled is given this long: registries stumble, too.
    package var patience: Duration

    package init(_ objects: FunctionObjects, deadline: Duration = .seconds(180), patience: Duration = .seconds(8)) {
        self.objects = objects
        self.deadline = deadline
        self.patience = patience
    }

    /// - Parameter look: the function as it is; nil if the framework does not know it yet.
    /// - Throws: what keeps its pods from running, or `function.not-ready` at the deadline.
    package func run(
        _ name: String, pods: FunctionPods?, look: () async throws(Diagnostic) -> FunctionRecord?
    ) async throws(Diagnostic) -> FunctionRecord {
        let clock = ContinuousClock()
        let start = clock.now
        var pause = Duration.milliseconds(50)
        var since: ContinuousClock.Instant?
        while true {
            let record = try await look()
            if let record, record.state == .ready || record.state == .idle { return record }
            if let record, record.state == .failed {
                // The framework's own words name no node; the pods do.
                if let pods, let trouble = try await objects.trouble(pods) { throw trouble.diagnostic(function: name) }
                throw Diagnostic(
                    code: "function.failed", "\(record.framework) gave \(name) up", detail: record.reason,
                    hint: "`martlet function describe \(name)` shows all that is known")
            }
            if let pods, let trouble = try await objects.trouble(pods) {
                let first = since ?? clock.now
                since = first
                if trouble.isHopeless || clock.now - first >= patience {
                    throw trouble.diagnostic(function: name)
                }
            } else {
                since = nil
            }
            guard clock.now - start < deadline else {
                throw Diagnostic(
                    code: "function.not-ready",
                    "\(name) is not ready after \(deadline.components.seconds) s: \(record?.reason ?? "it is not known yet")",
                    hint: "it goes on by itself; `martlet function describe \(name)` shows how far it is")
            }
            do { try await clock.sleep(for: pause) } catch {
                throw Diagnostic(
                    code: "function.interrupted", "\(name) is not ready yet", hint: "it goes on by itself",
                    exitCode: .interrupted)
            }
            pause = min(pause * 3 / 2, .seconds(1))
        }
    }
}
